"""Runs a rule's example on a real MariaDB with 10,000 rows per table, and measures what it does to others.

DDL commits, so nothing can be looked at afterwards: while a statement runs, another session asks again and again which
metadata locks it holds, and what it is doing. What others feel is the lock that it holds while it writes rows; where
the server names no such state, the one held for a good part of the time that the table's rows take to be written once.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pymysql

from neoron.model.plan import LockLevel
from neoron.sql.reading import readings

ROWS = 10_000
VALUES = {
    "int": "seq", "bigint": "seq", "smallint": "seq", "tinyint": "seq % 100", "decimal": "(seq % 900) + 0.25",
    "varchar": "CONCAT('ж', seq)", "text": "CONCAT('ж', seq)", "enum": "1 + seq % 3", "date": "'2024-05-15'",
}  # fmt: skip
LOCKS = {
    "MDL_EXCLUSIVE": LockLevel.ALL, "MDL_SHARED_NO_READ_WRITE": LockLevel.ALL,
    "MDL_SHARED_NO_WRITE": LockLevel.WRITES, "MDL_SHARED_READ_ONLY": LockLevel.WRITES,
}  # fmt: skip
TABLES = (
    "SELECT table_name, create_options, table_type FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')"
)
COLUMNS = (
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = DATABASE() "
    "AND table_name = %s AND is_generated = 'NEVER' AND extra NOT LIKE '%%INVISIBLE%%' ORDER BY ordinal_position"
)
FILES = "SELECT table_id, name FROM information_schema.innodb_sys_tables WHERE name LIKE CONCAT(DATABASE(), '/%%')"
HELD = (
    "SELECT DISTINCT p.state, l.lock_mode FROM information_schema.processlist p "
    "LEFT JOIN information_schema.metadata_lock_info l ON l.thread_id = p.id AND l.table_schema = %s "
    "AND l.lock_type = 'Table metadata lock' WHERE p.id = %s"
)
WRITING_ROWS = ("altering table", "copy to tmp table", "Enabling keys")
"""What ALTER TABLE is doing while it takes as long as there are rows. Source: MariaDB manual, General Thread States."""
Connection = pymysql.connections.Connection


@dataclass(frozen=True)
class Measured:
    """What a script did: the lock that others felt, and whether a table with rows got another file."""

    lock: LockLevel | None
    rewrites: bool
    lost: bool
    error: str = ""


@dataclass
class _Content:
    columns: frozenset[str] = frozenset()
    rows: int = -1
    total: str = ""
    known: bool = field(default=True)


def connected(url: str, mode: str | None = None) -> Connection:
    """A session of the test's user; mode is its sql_mode where the default one is not meant."""
    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username, password=parts.password or "",
        database=parts.path[1:], autocommit=True, charset="utf8mb4", read_timeout=60,
    )  # fmt: skip
    if mode is not None:
        run(connection, f"SET sql_mode = '{mode}'")
    return connection


def run(connection: Connection, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
    """Send one statement; its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall()


def prepare(url: str, schema: str) -> float:
    """Lay out the schema, fill every table of it, and give an account rights on it; the seconds of one fill."""
    spent_s = []
    with connected(url) as connection:
        for text in ("DROP USER IF EXISTS web, purchases", "CREATE OR REPLACE USER app", *_texts(schema)):
            run(connection, text)
        for table, _options, kind in run(connection, TABLES):
            start = time.perf_counter()
            _fill(connection, table)
            spent_s.append(time.perf_counter() - start)
            run(connection, f"GRANT SELECT ON {table} TO app")
            if kind == "SYSTEM VERSIONED":
                run(connection, f"UPDATE {table} SET n = n + 1")  # so that there is a history
            run(connection, f"ANALYZE TABLE {table}")
    return max(spent_s, default=0.05)


def _fill(connection: Connection, table: str) -> None:
    run(connection, "SET foreign_key_checks = 0")
    known = [(name, VALUES[kind]) for name, kind in run(connection, COLUMNS, table) if kind in VALUES]
    names, values = ", ".join(f"`{n}`" for n, _v in known), ", ".join(v for _n, v in known)
    run(connection, f"INSERT INTO {table} ({names}) SELECT {values} FROM seq_1_to_{ROWS}")


def measure(url: str, script: str, fill_s: float, mode: str | None = None) -> Measured:
    """Run a script while another session looks at its locks, and compare what was there before and after."""
    with connected(url) as watcher, connected(url, mode) as worker:
        kinds = {table: kind for table, _options, kind in run(watcher, TABLES)}
        files = dict(run(watcher, FILES))
        before = {table: _content(watcher, table, kind) for table, kind in kinds.items()}
        lock, error = None, ""
        try:
            for text in _texts(script):
                lock = _stronger(lock, _felt(url, worker, text, fill_s))
        except pymysql.err.Error as fault:
            error = f"{type(fault).__name__}: {fault}"
        lock = _stronger(lock, _kept_out(url, list(kinds)))
        run(worker, "UNLOCK TABLES")
        left = {table for table, _options, _kind in run(watcher, TABLES)}
        after = {
            t: _content(watcher, t, kinds[t], before[t].columns) if t in left else _Content() for t in before
        }
        now = dict(run(watcher, FILES))
    emptied = {t for t in after if after[t].rows <= 0}
    fewer = {t for t in after if after[t].rows < before[t].rows}
    gone = {name for number, name in files.items() if number not in now}
    # A partition that was dropped or emptied is not written anew, one that is there with all its rows is.
    rewritten = any(
        _table(n) in left - emptied and ("#" not in n or (n in now.values() and _table(n) not in fewer)) for n in gone
    )
    return Measured(lock, rewritten, any(_is_less(before[t], after[t]) for t in before), error)


def _table(name: str) -> str:
    return name.partition("/")[2].partition("#")[0]


def _is_less(before: _Content, after: _Content) -> bool:
    return not before.columns <= after.columns or after.rows < before.rows or after.total != before.total


def _content(connection: Connection, table: str, kind: str, as_before: frozenset[str] = frozenset()) -> _Content:
    """A table's columns, rows and a sum over its values, the old versions of rows included."""
    columns = frozenset(name for name, _kind in run(connection, COLUMNS, table))
    wanted = ", ".join(f"COALESCE(`{c}`, '?')" for c in sorted(columns & (as_before or columns)))
    is_versioned = kind == "SYSTEM VERSIONED" and "VERSIONING" in run(connection, f"SHOW CREATE TABLE {table}")[0][1]
    every = " FOR SYSTEM_TIME ALL" if is_versioned else ""
    try:
        query = f"SELECT COUNT(*), COALESCE(SUM(CRC32(CONCAT_WS(',', {wanted or 1}))), 0) FROM {table}{every}"
        ((rows, total),) = run(connection, query)
    except pymysql.err.Error:
        return _Content(known=False)
    return _Content(columns, int(rows), str(total))


def _felt(url: str, worker: Connection, text: str, fill_s: float) -> LockLevel | None:
    """The lock that the statement holds for a good part of a fill's time; None when it is over too soon."""
    database = urlsplit(url).path[1:]
    with connected(url) as looker:
        failure: list[Exception] = []

        def work() -> None:
            try:
                run(worker, text)
            except pymysql.err.Error as error:
                failure.append(error)

        thread, seen, writing = threading.Thread(target=work), Counter[LockLevel](), Counter[LockLevel]()
        start = time.perf_counter()
        thread.start()
        while thread.is_alive():
            held = run(looker, HELD, database, worker.thread_id())
            level = max((LOCKS.get(mode, LockLevel.NONE) for _state, mode in held), key=_rank, default=LockLevel.NONE)
            seen[level] += 1
            if any(state in WRITING_ROWS for state, _mode in held):
                writing[level] += 1
        thread.join()
        spent_s = time.perf_counter() - start
    if failure:
        raise failure[0]
    if writing:
        # The short locks before and after last longer on a busy machine, and are none of it.
        return writing.most_common(1)[0][0]
    held_s = {level: spent_s * seen[level] / max(seen.total(), 1) for level in seen}
    all_s, writes_s = held_s.get(LockLevel.ALL, 0.0), held_s.get(LockLevel.WRITES, 0.0)
    if all_s > fill_s / 2 and all_s > writes_s:
        return LockLevel.ALL
    if writes_s > fill_s / 8:
        return LockLevel.WRITES
    return LockLevel.NONE if spent_s > fill_s / 2 else None


def _rank(level: LockLevel) -> int:
    return (LockLevel.NONE, LockLevel.WRITES, LockLevel.ALL).index(level)


def _stronger(one: LockLevel | None, other: LockLevel | None) -> LockLevel | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=_rank)


def _kept_out(url: str, tables: Sequence[str]) -> LockLevel | None:
    """What a reader and a writer meet after the last statement, while the session is still there."""
    with connected(url) as other:
        run(other, "SET lock_wait_timeout = 0")
        reads = [_waits(other, f"SELECT 1 FROM {table} LIMIT 1") for table in tables]
        writes = [_waits(other, f"DELETE FROM {table} WHERE 1 = 0") for table in tables]
    return LockLevel.ALL if any(reads) else LockLevel.WRITES if any(writes) else None


def _waits(other: Connection, query: str) -> bool:
    try:
        run(other, query)
    except pymysql.err.OperationalError as error:
        return bool(error.args[0] == 1205)  # lock wait timeout
    except pymysql.err.Error:
        return False
    return False


def _texts(script: str) -> Iterator[str]:
    return (reading.text for reading in readings(script, "mariadb"))


@contextmanager
def fresh(url: str) -> Iterator[str]:
    """The same database, empty, and another one beside it."""
    database = urlsplit(url).path[1:]
    with connected(url) as connection:
        for text in (
            f"DROP DATABASE {database}", f"CREATE DATABASE {database} CHARACTER SET utf8mb4",
            "DROP DATABASE IF EXISTS archive", "CREATE DATABASE archive",
        ):  # fmt: skip
            run(connection, text)
    yield url
