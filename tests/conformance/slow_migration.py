"""A migration with a statement that takes as long as the test likes, and ways to know that it runs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from conformance.all_engines import ask, engine_of
from conformance.project_counters import ONCE
from fix_project import ProjectFolder

SLOW = 30
"""Seconds; on SQLite a count that takes about as long."""


def prepare(folder: ProjectFolder, url: str, seconds: float = SLOW) -> None:
    """One migration: a counter goes up, the slow statement, the counter goes up again."""
    ask(
        url, "CREATE TABLE pace (seconds real NOT NULL)", f"INSERT INTO pace VALUES ({seconds})",
        "CREATE TABLE counters (name varchar(20) PRIMARY KEY, n int NOT NULL)", "INSERT INTO counters VALUES ('a', 0)",
    )  # fmt: skip
    folder.sql("1", "slow", f"{ONCE}; {engine_of(url).slow_statement()}; {ONCE};", f"{ONCE};")


def hurry(url: str) -> None:
    """Let the slow statement take no time from now on."""
    ask(url, "UPDATE pace SET seconds = 0")


def count(url: str) -> int:
    """The counter."""
    return int(ask(url, "SELECT n FROM counters")[0][0])


def until(condition: Callable[[], object], within_s: float = 15) -> float:
    """Wait for a condition; the seconds that it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s, "it did not come about"
        time.sleep(0.01)
    return time.monotonic() - began


def start_slow(folder: ProjectFolder, url: str) -> subprocess.Popen[str]:
    """Start an update and wait until it is in the slow statement."""
    process = folder.start("--url", url, "database", "update")
    try:
        until(lambda: process.poll() is not None or engine_of(url).is_slow(url))
        assert process.poll() is None, process.communicate()
    except BaseException:
        process.kill()
        raise
    return process
