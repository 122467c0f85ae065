"""What is really in a SQLite file: schema, sizes, contents, broken references."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing

from neoron.engines.roles import Row, Session
from neoron.engines.sqlite.address import is_memory
from neoron.engines.sqlite.content import measure
from neoron.engines.sqlite.raw import raw
from neoron.engines.sqlite.reader import words
from neoron.model.schema import Column, ForeignKey, Index, Schema, Table, TableContent, TableSize
from neoron.sql.quote import quote_identifier

_OURS = " AND ".join(
    f"m.name NOT LIKE '{pattern}' ESCAPE '\\'" for pattern in ("sqlite\\_%", "neoron\\_%", "\\_alembic\\_tmp\\_%")
)
# A virtual table keeps its rows in ordinary ones, which are listed; its module may not be here to ask.
_TABLES = f"m.type = 'table' AND {_OURS} AND m.name <> 'alembic_version' AND m.sql NOT LIKE 'CREATE VIRTUAL%'"
_MOST_ROWS = 100
_SCAN_PROBLEM = re.compile(r"index|\btree\b|page|freelist|malformed", re.IGNORECASE)


def schema(session: Session) -> Schema:
    """All user tables, indexes and foreign keys. Raises: the driver's own error.

    Shape: a foreign key, which has no name here, is named by what it says; an index that a UNIQUE
    constraint made has no definition but its columns.
    Source: SQLite, "The Schema Table" and "PRAGMA Statements": table_xinfo, index_list, foreign_key_list.
    """
    return _schema(raw(session))


def _schema(connection: sqlite3.Connection) -> Schema:
    query = "SELECT DISTINCT tbl_name FROM main.sqlite_master WHERE type = 'trigger' ORDER BY 1"
    triggered = tuple(name for (name,) in connection.execute(query))
    return Schema(_tables(connection), _indexes(connection), _foreign_keys(connection), triggered)


def _tables(connection: sqlite3.Connection) -> tuple[Table, ...]:
    found: dict[str, list[Row]] = defaultdict(list)
    query = (
        'SELECT m.name, x.name, x.type, x."notnull", x.dflt_value, x.pk FROM main.sqlite_master m, '
        f"pragma_table_xinfo(m.name, 'main') x WHERE {_TABLES} AND x.hidden <> 1 ORDER BY m.name, x.cid"
    )
    for table, *column in connection.execute(query):
        found[table].append(tuple(column))
    return tuple(_table(name, columns) for name, columns in found.items())


def _table(name: str, columns: Sequence[Row]) -> Table:
    key = sorted((pk, column) for column, *_, pk in columns if pk)
    is_row_id = len(key) == 1
    return Table(
        name,
        tuple(
            Column(column, type, not notnull and not (pk and is_row_id and type.upper() == "INTEGER"), default)
            for column, type, notnull, default, pk in columns
        ),
        tuple(column for _, column in key),
    )


def _indexes(connection: sqlite3.Connection) -> tuple[Index, ...]:
    query = (
        "SELECT l.name, m.name, l.\"unique\", coalesce(i.sql, ''), (SELECT group_concat(name, ', ') "
        "FROM (SELECT name FROM pragma_index_info(l.name, 'main') ORDER BY seqno)) "
        "FROM main.sqlite_master m, pragma_index_list(m.name, 'main') l "
        "LEFT JOIN main.sqlite_master i ON i.type = 'index' AND i.name = l.name "
        f"WHERE {_TABLES} AND l.origin <> 'pk' ORDER BY m.name, l.name"
    )
    rows = connection.execute(query)
    return tuple(Index(name, table, bool(u), True, sql or f"UNIQUE ({cs})") for name, table, u, sql, cs in rows)


def _foreign_keys(connection: sqlite3.Connection) -> tuple[ForeignKey, ...]:
    query = (
        'SELECT m.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete '
        "FROM main.sqlite_master m, pragma_foreign_key_list(m.name, 'main') f "
        f"WHERE {_TABLES} ORDER BY m.name, f.id DESC, f.seq"
    )
    found: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for table, number, *part in connection.execute(query):
        found[table, number].append(tuple(part))
    return tuple(_foreign_key(table, parts) for (table, _), parts in found.items())


def _foreign_key(table: str, parts: Sequence[Row]) -> ForeignKey:
    parent, _, _, on_update, on_delete = parts[0]
    columns, keys = ", ".join(part[1] for part in parts), ", ".join(part[2] for part in parts if part[2])
    ways = (("UPDATE", on_update), ("DELETE", on_delete))
    actions = "".join(f" ON {event} {action}" for event, action in ways if action != "NO ACTION")
    target = f"{parent}({keys})" if keys else parent
    return ForeignKey(f"{table}({columns}) -> {target}{actions}", table, parent)


def sizes(session: Session) -> tuple[TableSize, ...]:
    """Rows and bytes of each user table; rows are counted, not estimated. Raises: the driver's own error.

    Shape: without the dbstat table in this build of SQLite, the file's bytes are shared out by row counts.
    Source: SQLite, "The DBSTAT Virtual Table".
    """
    names = [row[0] for row in session.query(f"SELECT m.name FROM main.sqlite_master m WHERE {_TABLES} ORDER BY 1")]
    counts = {name: _count(session, name) for name in names}
    try:
        measured = session.query(
            "SELECT m.tbl_name, sum(CASE WHEN m.type = 'table' THEN s.pgsize ELSE 0 END), "
            "sum(CASE WHEN m.type = 'index' THEN s.pgsize ELSE 0 END) "
            "FROM dbstat('main', 1) s JOIN main.sqlite_master m ON m.name = s.name GROUP BY m.tbl_name"
        )
    except sqlite3.OperationalError:
        whole, rows = database_bytes(session), sum(counts.values()) or 1
        return tuple(TableSize(name, count, whole * count // rows) for name, count in counts.items())
    size = {name: (table, index) for name, table, index in measured}
    return tuple(TableSize(name, count, *size.get(name, (0, 0))) for name, count in counts.items())


def _count(session: Session, table: str) -> int:
    return int(session.query(f"SELECT count(*) FROM main.{quote_identifier(table, 'sqlite')}")[0][0])


def database_bytes(session: Session) -> int:
    """The size of the whole database, free pages included. Raises: the driver's own error.

    Source: SQLite, "PRAGMA Statements": page_count, page_size.
    """
    query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    return int(session.query(query)[0][0])


def free_bytes(session: Session) -> int | None:
    """Free space in the file's folder, or None for a database in memory.

    Source: Python manual, shutil.disk_usage.
    """
    if is_memory(session.url):
        return None
    return shutil.disk_usage(os.path.dirname(os.path.realpath(session.url.database))).free


def content(session: Session, table: Table, columns: Sequence[str]) -> TableContent:
    """Row count and order-independent checksum over the columns, exact about types.

    Raises: the driver's own error.
    Source: SQLite, "Datatypes": NULL, INTEGER, REAL, TEXT and BLOB belong to the value, not to the column.
    """
    return TableContent(table.name, tuple(columns), *measure(raw(session), table.name, columns))


def broken_foreign_keys(session: Session) -> list[str]:
    """Rows that break a foreign key, in words: at most 100, then how many more. Raises: the driver's own error.

    Source: SQLite, "PRAGMA Statements": foreign_key_check.
    """
    cursor = raw(session).execute('SELECT "table", rowid, parent FROM pragma_foreign_key_check')
    shown = [
        f"{f'row {rowid}' if rowid is not None else 'a row'} of {table} breaks its reference to {parent}"
        for table, rowid, parent in cursor.fetchmany(_MOST_ROWS)
    ]
    more = sum(1 for _ in cursor)
    return [*shown, f"and {more} more"] if more else shown


def invalid_indexes(session: Session) -> list[str]:
    """What is damaged in an index or in the pages below it, in SQLite's words. Raises: the driver's own error.

    Source: SQLite, "PRAGMA Statements": integrity_check; quick_check does not compare indexes with their tables.
    """
    lines = [str(row[0]) for row in session.query(f"PRAGMA integrity_check({_MOST_ROWS})")]
    return [line for line in lines if line != "ok" and _SCAN_PROBLEM.search(line)]


def after(session: Session, schema: Schema, statements: Sequence[str]) -> Schema | None:
    """The schema that these statements would leave; None when one of them fails on the empty tables.

    Shape: they run on a copy of the schema in memory, without its rows. Raises: the driver's own error.
    Source: SQLite, "The Schema Table": its texts create the objects again.
    """
    objects = session.query(
        "SELECT name, sql FROM main.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC, type <> 'table', rowid"
    )
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as scratch:
        try:
            scratch.execute("PRAGMA legacy_alter_table = ON")
            for name, sql in objects:
                # A virtual table has made its own ordinary tables already.
                if not scratch.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone():
                    scratch.execute(sql)
            scratch.execute("PRAGMA legacy_alter_table = OFF")
            _rehearse(scratch, statements)
            return _schema(scratch)
        except (sqlite3.Error, sqlite3.Warning):
            return None


def _rehearse(scratch: sqlite3.Connection, statements: Sequence[str]) -> None:
    # Only statements that change a schema: VACUUM INTO or ATTACH would reach files.
    from neoron.engines.sqlite.effects import surround

    before, _, _ = surround(statements)
    for statement in (*before, *statements):
        if words(statement, 1) in ("CREATE", "ALTER", "DROP", "PRAGMA"):
            scratch.execute(statement)


def filled(session: Session, table: str, column: str) -> int:
    """Rows of a table, or rows where a column is not NULL when one is named. Raises: the driver's own error.

    Source: SQLite, "Built-in Aggregate Functions": count(X).
    """
    what = quote_identifier(column, "sqlite") if column else "*"
    return int(session.query(f"SELECT count({what}) FROM main.{quote_identifier(table, 'sqlite')}")[0][0])


def writes_by_table(session: Session) -> dict[str, int] | None:
    """None: SQLite counts no writes per table.

    Source: SQLite, "PRAGMA Statements": data_version tells that some other connection wrote something since, and
    neither where nor how much.
    """
    return None
