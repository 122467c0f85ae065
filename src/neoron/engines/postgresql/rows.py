"""Rows in bulk, through COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from neoron.engines.roles import Row, Session
from neoron.sql.quote import quote_identifier


def insert(session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows in the open transaction; how many.

    Shape: table may be `schema.table`; rows are tuples in the order of columns, read once and streamed;
    a text is read by the server in the column's own type, so `2026-08-01T10:00:00Z` fits a timestamp.
    Raises: the driver's own error.
    """
    names = ", ".join(quote_identifier(column, "postgresql") for column in columns)
    copy = f"COPY {qualified(table)} ({names}) FROM STDIN"
    count = 0
    cast(Any, session).begin_now()
    raw = cast(Any, session).raw
    with raw.cursor() as cursor, cursor.copy(copy) as target:
        for row in rows:
            target.write_row(row)
            count += 1
    return count


def qualified(table: str) -> str:
    """A table's name as it was found in the catalog, quoted, its schema too."""
    schema, dot, name = table.rpartition(".")
    prefix = quote_identifier(schema, "postgresql") + "." if dot else ""
    return prefix + quote_identifier(name, "postgresql")
