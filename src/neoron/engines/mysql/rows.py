"""Rows in bulk: many to one INSERT, cut by size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from neoron.engines.roles import Row, Session
from neoron.sql.quote import quote_identifier

ROWS_AT_ONCE = 500


def insert(session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows in the open transaction; how many.

    Shape: rows are tuples in the order of columns, read once; an ISO 8601 text with `Z` fits a DATETIME.
    Raises: the driver's own error.
    Source: MariaDB manual, "How to Quickly Insert Data Into MariaDB".
    """
    names = ", ".join(quote_identifier(column, "mysql") for column in columns)
    row_mark = f"({', '.join(['%s'] * len(columns))})"
    count, waiting = 0, iter(rows)
    while part := [tuple(map(_fitting, row)) for row in islice(waiting, ROWS_AT_ONCE)]:
        sql = f"INSERT INTO {quote_identifier(table, 'mysql')} ({names}) VALUES {', '.join([row_mark] * len(part))}"
        session.execute(sql, tuple(value for row in part for value in row))
        count += len(part)
    return count


def _fitting(value: object) -> object:
    """A UTC moment without its `Z`, which strict mode refuses; the session's zone is UTC."""
    if isinstance(value, str) and len(value) in range(20, 28) and value[10:11] == "T" and value.endswith("Z"):
        return value[:10] + " " + value[11:-1]
    return value
