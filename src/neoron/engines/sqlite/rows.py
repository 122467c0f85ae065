"""Rows into a SQLite table in bulk, and out of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from neoron.engines.json_objects import JsonKind, name_text, object_text, select_text
from neoron.engines.roles import Row, Session
from neoron.engines.sqlite.raw import raw
from neoron.model.schema import Table
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


def freeze(session: Session) -> bool:
    """Begin a transaction that only reads; all that it reads is of one moment.

    Raises: the driver's own error.
    Source: SQLite, "Isolation In SQLite".
    """
    raw(session).execute("BEGIN")
    return True


def objects(session: Session, table: Table) -> Iterator[str]:
    """Every row of a table as a JSON object, by the primary key, a few at a time.

    Raises: the driver's own error.
    """
    names = [name_text(column.name) for column in table.columns]
    kinds = [_kind(column.type) for column in table.columns]
    for row in raw(session).execute(select_text(table, "sqlite")):
        yield object_text(names, kinds, row)


def _kind(type: str) -> JsonKind:
    """A declared type, which in SQLite is a wish: a value of another kind stays what it is."""
    word = type.upper()
    if word.startswith(("BOOL", "BIT")):
        return JsonKind.TRUTH
    return JsonKind.MOMENT if "DATE" in word or "TIME" in word else JsonKind.PLAIN
