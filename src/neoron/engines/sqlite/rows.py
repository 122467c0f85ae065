"""Rows into a SQLite table in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from neoron.engines.roles import Row, Session
from neoron.engines.sqlite.raw import raw
from neoron.sql.quote import quote_identifier

CHUNK_ROWS = 5_000


def insert(session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows in the open transaction; how many.

    Shape: rows are read once and never all in memory. Raises: the driver's own error.
    """
    names = ", ".join(quote_identifier(column, "sqlite") for column in columns)
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {quote_identifier(table, 'sqlite')} ({names}) VALUES ({marks})"
    connection = raw(session)
    count, waiting = 0, iter(rows)
    # Between two chunks the interpreter sees an interrupt; one call over all rows would not until its end.
    while chunk := list(islice(waiting, CHUNK_ROWS)):
        connection.executemany(sql, chunk)
        count += len(chunk)
    return count
