"""Rows in bulk: in, parameter arrays, many rows to a round trip; out, objects that the server itself writes.

The driver has `bulkcopy`, which opens a connection of its own: its rows would not be part of the open transaction, and
would wait for its locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from neoron.engines.roles import Row, Session
from neoron.model.schema import Table
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


SNAPSHOT = "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()"
"""1 where a transaction may see one moment. Source: Microsoft, "sys.databases"."""

_CLR = ("geography", "geometry", "hierarchyid")


def freeze(session: Session) -> bool:
    """Begin a transaction that only reads, and whether all that it reads is of one moment.

    Shape: without ALLOW_SNAPSHOT_ISOLATION it is not, as each row would have to be locked until the end.
    Raises: the driver's own error.
    Source: Microsoft, "SET TRANSACTION ISOLATION LEVEL".
    """
    rows = session.query(SNAPSHOT)
    is_snapshot = bool(rows) and int(rows[0][0]) == 1
    session.execute(f"SET TRANSACTION ISOLATION LEVEL {'SNAPSHOT' if is_snapshot else 'READ COMMITTED'}")
    session.begin()
    return is_snapshot


def objects(session: Session, table: Table) -> Iterator[str]:
    """Every row of a table as a JSON object, by the primary key, a few at a time.

    Raises: the driver's own error.
    """
    cursor = cast(Any, session).raw.cursor()
    try:
        cursor.execute(objects_sql(table))
        while part := cursor.fetchmany(ROWS_AT_ONCE):
            yield from (str(row[0]) for row in part)
    finally:
        cursor.close()


def objects_sql(table: Table) -> str:
    """The query of `objects`: an object for each row, as a file of one object for all rows would not fit a value.

    Source: Microsoft, "Format query results as JSON with FOR JSON"; types of the CLR are not taken as they are.
    """
    values = ", ".join(_value(column.name, column.type) for column in table.columns)
    order = ", ".join(f"t.{quote_identifier(column, 'mssql')}" for column in table.primary_key)
    row = f"SELECT {values} FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER"
    return f"SELECT ({row}) FROM {qualified(table.name)} AS t" + (f" ORDER BY {order}" if order else "")


def _value(column: str, type: str) -> str:
    name = quote_identifier(column, "mssql")
    return f"t.{name}.ToString() AS {name}" if type in _CLR else f"t.{name}"


def qualified(table: str) -> str:
    """A table's name as it was found in the catalog, quoted, its schema too."""
    schema, dot, name = table.rpartition(".")
    prefix = quote_identifier(schema, "mssql") + "." if dot else ""
    return prefix + quote_identifier(name, "mssql")
