"""Rows in bulk: in through COPY, out through a cursor of the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from neoron.engines.json_objects import JsonKind, name_text, object_text
from neoron.engines.roles import Row, Session
from neoron.model.schema import Table
from neoron.sql.quote import quote_identifier

_AT_ONCE = 2_000
# The text of a value depends on these, and a database may have its own.
_NEUTRAL = ("TimeZone = 'UTC'", "DateStyle = 'ISO, MDY'", "IntervalStyle = 'iso_8601'", "extra_float_digits = 1",
            "lc_monetary = 'C'")  # fmt: skip
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_MOMENTS = ("date", "time")


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


def freeze(session: Session) -> bool:
    """Begin a transaction that only reads; all that it reads is of one moment.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "Transaction Isolation".
    """
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    for setting in _NEUTRAL:
        session.execute(f"SET LOCAL {setting}")
    return True


def objects(session: Session, table: Table) -> Iterator[str]:
    """Every row of a table as a JSON object, by the primary key, a few at a time.

    Shape: values come as texts, which hold what Python's types cannot: infinity, years before Christ, all digits.
    Raises: the driver's own error.
    """
    quoted = {column.name: quote_identifier(column.name, "postgresql") for column in table.columns}
    values = ", ".join(quoted[c.name] + ("" if c.type == "bytea" else "::text") for c in table.columns)
    # With its table's name a column is what it is there, and not the text that it was made into.
    order = ", ".join(f"t.{quoted[column]}" for column in table.primary_key)
    sql = f"SELECT {values} FROM {qualified(table.name)} t" + (f" ORDER BY {order}" if order else "")
    names = [name_text(column.name) for column in table.columns]
    kinds = [_kind(column.type) for column in table.columns]
    with cast(Any, session).raw.cursor(name="neoron_export") as cursor:
        cursor.itersize = _AT_ONCE
        for row in cursor.execute(sql.encode()):
            yield object_text(names, kinds, row)


def _kind(type: str) -> JsonKind:
    if type == "boolean":
        return JsonKind.TRUTH
    if type.endswith("]"):
        return JsonKind.PLAIN
    if type.startswith(_NUMBERS):
        return JsonKind.NUMBER
    return JsonKind.MOMENT if type.startswith(_MOMENTS) else JsonKind.PLAIN
