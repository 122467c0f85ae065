"""Rows in bulk: in, many to one INSERT; out, as the server sends them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from neoron.engines.json_objects import JsonKind, name_text, object_text, select_text
from neoron.engines.roles import Row, Session
from neoron.model.schema import Table
from neoron.sql.quote import quote_identifier

ROWS_AT_ONCE = 500
_MOMENTS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name = %s AND data_type IN ('datetime', 'timestamp')
"""
_UTC = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|\+00:00)")


def insert(session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert rows in the open transaction; how many.

    Shape: rows are tuples in the order of columns, read once; an ISO 8601 text in UTC fits a DATETIME.
    Raises: the driver's own error.
    Source: MariaDB manual, "How to Quickly Insert Data Into MariaDB".
    """
    names = ", ".join(quote_identifier(column, "mysql") for column in columns)
    row_mark = f"({', '.join(['%s'] * len(columns))})"
    moments = {str(name) for (name,) in session.query(_MOMENTS, (table,))}
    places = tuple(place for place, column in enumerate(columns) if column in moments)
    count, waiting = 0, iter(rows)
    while part := [_fitting(row, places) for row in islice(waiting, ROWS_AT_ONCE)]:
        sql = f"INSERT INTO {quote_identifier(table, 'mysql')} ({names}) VALUES {', '.join([row_mark] * len(part))}"
        session.execute(sql, tuple(value for row in part for value in row))
        count += len(part)
    return count


def _fitting(row: Row, places: Sequence[int]) -> Row:
    """A row whose moments in UTC come without their zone, which strict mode refuses; the session's zone is UTC."""
    values = list(row)
    for place in places:
        if isinstance(values[place], str):
            values[place] = _UTC.sub(r"\1 \2", values[place])
    return tuple(values)


def freeze(session: Session) -> bool:
    """Begin a transaction that only reads; all that it reads of transactional tables is of one moment.

    Raises: the driver's own error.
    Source: MariaDB manual, "START TRANSACTION", WITH CONSISTENT SNAPSHOT.
    """
    session.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    return True


def objects(session: Session, table: Table) -> Iterator[str]:
    """Every row of a table as a JSON object, by the primary key, a few at a time.

    Raises: the driver's own error.
    """
    from pymysql.cursors import SSCursor

    names = [name_text(column.name) for column in table.columns]
    kinds = [_kind(column.type) for column in table.columns]
    with cast(Any, session).raw.cursor(SSCursor) as cursor:
        cursor.execute(select_text(table, "mysql"))
        for row in cursor.fetchall_unbuffered():
            yield object_text(names, kinds, row)


def _kind(type: str) -> JsonKind:
    """A column's type; a TIMESTAMP is an instant, and the session's zone is UTC."""
    if type in ("tinyint(1)", "bit(1)"):
        return JsonKind.TRUTH
    if type.startswith("timestamp"):
        return JsonKind.INSTANT
    return JsonKind.MOMENT if type.startswith(("date", "time")) else JsonKind.PLAIN
