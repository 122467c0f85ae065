"""Rows in bulk: parameter arrays, many rows to a round trip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, cast

from neoron.engines.roles import Row, Session
from neoron.sql.quote import quote_identifier

ROWS_AT_ONCE = 1000
NUMBERED = "SELECT name FROM sys.identity_columns WHERE object_id = OBJECT_ID(?)"
"""The column that the server numbers by itself. Source: Microsoft, "sys.identity_columns"."""


def insert(session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows in the open transaction; how many. Numbers that the rows bring are kept.

    Shape: table may be `schema.table`; rows are tuples in the order of columns, read once.
    Raises: the driver's own error.
    Source: Microsoft, "SET IDENTITY_INSERT"; mssql-python documentation, `executemany`.
    """
    name = qualified(table)
    numbered = {str(row[0]).casefold() for row in session.query(NUMBERED, (name,))}
    keeps = bool(numbered & {column.casefold() for column in columns})
    names = ", ".join(quote_identifier(column, "mssql") for column in columns)
    sql = f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' * len(columns))})"
    if keeps:
        session.execute(f"SET IDENTITY_INSERT {name} ON")
    cursor = cast(Any, session).raw.cursor()
    try:
        count, waiting = 0, iter(rows)
        while part := [tuple(row) for row in islice(waiting, ROWS_AT_ONCE)]:
            cursor.executemany(sql, part)
            count += len(part)
    finally:
        cursor.close()
    if keeps:
        session.execute(f"SET IDENTITY_INSERT {name} OFF")
    return count


def qualified(table: str) -> str:
    """A table's name as it was found in the catalog, quoted, its schema too."""
    schema, dot, name = table.rpartition(".")
    prefix = quote_identifier(schema, "mssql") + "." if dot else ""
    return prefix + quote_identifier(name, "mssql")
