"""A migration with a statement that takes as long as the test likes, and ways to know that it runs."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing

import psycopg
from fault_checks import is_lock_held, query
from fault_projects import ONCE
from fault_targets import path_of

from fix_project import ProjectFolder

SLOW = 30
"""Seconds on PostgreSQL; on SQLite a count that takes about as long."""
_SQLITE_COUNT_PER_S = 4_000_000


def slow_statement(url: str) -> str:
    """A statement that takes `pace.seconds`; nothing of the target is changed by it."""
    if url.startswith("sqlite"):
        limit = f"(SELECT seconds * {_SQLITE_COUNT_PER_S} FROM pace)"
        count = f"WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {limit})"
        return f"UPDATE pace SET seconds = seconds WHERE ({count} SELECT count(*) FROM c) < 0"
    return "SELECT pg_sleep(seconds) FROM pace"


def prepare(folder: ProjectFolder, url: str, seconds: float = SLOW) -> None:
    """One migration: a counter goes up, the slow statement, the counter goes up again."""
    execute(
        url, "CREATE TABLE pace (seconds real NOT NULL)", f"INSERT INTO pace VALUES ({seconds})",
        "CREATE TABLE counters (name varchar(20) PRIMARY KEY, n int NOT NULL)", "INSERT INTO counters VALUES ('a', 0)",
    )  # fmt: skip
    folder.sql("1", "slow", f"{ONCE}; {slow_statement(url)}; {ONCE};", f"{ONCE};")


def execute(url: str, *statements: str) -> None:
    """Send statements to a target, each on its own."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path_of(url), isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def hurry(url: str) -> None:
    """Let the slow statement take no time from now on."""
    execute(url, "UPDATE pace SET seconds = 0")


def count(url: str) -> int:
    """The counter."""
    return int(query(url, "SELECT n FROM counters")[0][0])


def until(condition: Callable[[], object], within_s: float = 15) -> float:
    """Wait for a condition; the seconds that it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s, "it did not come about"
        time.sleep(0.01)
    return time.monotonic() - began


def is_in_slow_statement(url: str) -> bool:
    """Whether a run is in the middle of it."""
    if url.startswith("sqlite"):
        return is_lock_held(url) and path_of(url, "-journal").exists() and path_of(url, "-journal").stat().st_size > 0
    active = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
    return bool(query(url, f"{active} AND query LIKE '%pg_sleep(seconds)%' AND pid <> pg_backend_pid()"))


def start_slow(folder: ProjectFolder, url: str) -> subprocess.Popen[str]:
    """Start an update and wait until it is in the slow statement."""
    process = folder.start("--url", url, "database", "update")
    try:
        until(lambda: process.poll() is not None or is_in_slow_statement(url))
        assert process.poll() is None, process.communicate()
        if url.startswith("sqlite"):
            time.sleep(0.2)
    except BaseException:
        process.kill()
        raise
    return process


def names_holder(text: str, pid: int) -> bool:
    """Whether a message says who holds the lock: user, host, process and since when."""
    return bool(re.search(r"@|user", text) and str(pid) in text and re.search(r"since \S*\d\d:\d\d", text))
