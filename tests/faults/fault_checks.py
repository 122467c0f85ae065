"""What must hold of a target after any fault, read with the engine's own driver and the independent oracle."""

from __future__ import annotations

import fcntl
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
from fault_targets import path_of

from fix_oracle import dump_rows, dump_schema, journal_faults

HISTORY = "SELECT version, progress FROM neoron_history ORDER BY position"
JOURNAL = (
    "SELECT seq, at, run_id, event, version, step, outcome, detail, by_user, host, hash FROM neoron_journal"
    " ORDER BY seq"
)
POSTGRES_REMAINS = (
    "SELECT 'invalid index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid",
    "SELECT 'temporary object ' || oid::regclass FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'",
    "SELECT 'lock of session ' || pid FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    "SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts",
)


@dataclass(frozen=True)
class Facts:
    """A target as it is. Shape: history is (version, progress) in order; faults must be empty."""

    schema: str
    rows: dict[str, tuple[int, str]]
    history: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]


def facts(url: str) -> Facts:
    """Read a target whole."""
    is_file = url.startswith("sqlite")
    history, journal = (_ask_sqlite if is_file else _ask_postgresql)(url, HISTORY, JOURNAL)
    remains = _sqlite_remains(url) if is_file else _postgresql_remains(url)
    return Facts(dump_schema(url), dump_rows(url), tuple(history), (*journal_faults(journal), *remains))


def difference(found: Facts, wanted: Facts) -> str:
    """What is wrong in one line; empty when nothing is."""
    pairs = [(name, getattr(found, name), getattr(wanted, name)) for name in ("schema", "rows", "history")]
    wrong = [f"{name}: {is_now} != {should_be}" for name, is_now, should_be in pairs if is_now != should_be]
    return "; ".join([*wrong, *found.faults])


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    """One query on a target, by its driver."""
    return (_ask_sqlite if url.startswith("sqlite") else _ask_postgresql)(url, sql)[0]


def _ask_sqlite(url: str, *queries: str) -> list[list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path_of(url))) as connection:
        return [connection.execute(sql).fetchall() for sql in queries]


def _ask_postgresql(url: str, *queries: str) -> list[list[tuple[Any, ...]]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return [connection.execute(sql.encode()).fetchall() for sql in queries]


def _postgresql_remains(url: str) -> list[str]:
    return [text for rows in _ask_postgresql(url, *POSTGRES_REMAINS) for (text,) in rows]


def _sqlite_remains(url: str) -> list[str]:
    integrity, keys = _ask_sqlite(url, "PRAGMA integrity_check", "PRAGMA foreign_key_check")
    wrong = [str(row) for row in integrity if row != ("ok",)] + [f"broken reference {row}" for row in keys]
    return wrong + (["the lock file is held"] if is_lock_held(url) else [])


def is_lock_held(url: str) -> bool:
    """Whether anybody holds the deploy lock of a SQLite file."""
    path = path_of(url, ".neoron-lock")
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
