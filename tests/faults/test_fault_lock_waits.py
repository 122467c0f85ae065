"""Locks of the database itself: bounded waits, retries, and a clean end that names who is in the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest

from conformance import slow_migration
from conformance.all_engines import ask, engine_of
from conformance.engine_postgresql import Postgresql
from conformance.engine_sqlite import path_of
from conformance.facts import facts
from conformance.forked_runs import Driver
from conformance.project_counters import ONCE
from conformance.script_runs import script
from fix_oracle import dump_schema
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]
UPDATE = ("database", "update")
TABLE = ("CREATE TABLE t (id int PRIMARY KEY, note text)", "INSERT INTO t VALUES (1, 'x')")
COUNTERS = (
    "CREATE TABLE counters (name varchar(20) PRIMARY KEY, n int NOT NULL)",
    "INSERT INTO counters VALUES ('a', 0)",
)


@contextmanager
def reader(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A transaction that has read the table and stays open."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT * FROM t")
        yield connection
        connection.rollback()


class Application:
    """Threads that read the table all the time. Shape: longest_s is the worst wait that any of them had."""

    def __init__(self, url: str, threads: int = 4) -> None:
        self.url, self.longest_s, self.reads, self._is_over = url, 0.0, 0, threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(threads)]

    def __enter__(self) -> Application:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self._is_over.wait(0.01):
                began = time.monotonic()
                connection.execute("SELECT * FROM t")
                self.longest_s = max(self.longest_s, time.monotonic() - began)
                self.reads += 1


def test_an_alter_behind_a_reader_gives_up_cleanly_and_names_it(
    driver: Driver, project: MakeProject, postgres_url: str, record_property: Record
) -> None:
    """Applications never wait longer than the lock limit; the run retries, then ends with 75 and nothing changed."""
    ask(postgres_url, *TABLE, *COUNTERS)
    folder = project(postgres_url, "lock_timeout_ms = 400\nlock_attempts = 4")
    folder.sql("1", "alter", f"{ONCE}; ALTER TABLE t ADD COLUMN extra int;")
    before = dump_schema(postgres_url)
    with reader(postgres_url) as blocker, Application(postgres_url) as application:
        ran = driver.run(folder, *UPDATE)
        pid = blocker.info.backend_pid
    assert ran.exit_code == 75, ran.output
    assert f"session {pid}" in ran.output
    assert "Nothing changed" in ran.output
    assert dump_schema(postgres_url) == before
    assert slow_migration.count(postgres_url) == 0
    assert application.reads > 50
    record_property("figure", f"application's longest wait {application.longest_s:.2f} s, lock limit 0.4 s")
    assert application.longest_s < 0.4 + 0.5
    attempts = ask(postgres_url, "SELECT count(*) FROM neoron_journal WHERE outcome = 'failed'")
    assert attempts == [(1,)]


def test_an_alter_behind_a_reader_that_ends_in_time_succeeds(
    driver: Driver, project: MakeProject, postgres_url: str
) -> None:
    """The same run gets its lock when the reader ends while it still tries, and has worked once."""
    ask(postgres_url, *TABLE, *COUNTERS)
    folder = project(postgres_url, "lock_timeout_ms = 300")
    folder.sql("1", "alter", f"{ONCE}; ALTER TABLE t ADD COLUMN extra int;")
    with ThreadPoolExecutor(1) as pool:
        with reader(postgres_url):
            running = pool.submit(driver.run, folder, *UPDATE)
            time.sleep(1)
            assert not running.done()
        ran = running.result(timeout=30)
    assert ran.exit_code == 0, ran.output
    assert slow_migration.count(postgres_url) == 1
    assert facts(postgres_url).faults == ()


def test_a_deadlock_with_an_application_is_tried_again_whole(
    driver: Driver, project: MakeProject, postgres_url: str
) -> None:
    """The migration that loses a deadlock is run again from its start: each effect once, nobody asked."""
    ask(
        postgres_url, *COUNTERS, "CREATE TABLE a (n int)", "CREATE TABLE b (n int)", "INSERT INTO a VALUES (0)",
        "INSERT INTO b VALUES (0)",
    )  # fmt: skip
    quick = f"{postgres_url}?options=-cdeadlock_timeout%3D200ms"
    folder = project(quick)
    # Tables whose rows a migration changes are locked by the stash before its first statement; these two are not.
    crossing = "LOCK TABLE b; INSERT INTO b VALUES (1); SELECT pg_sleep(0.6); LOCK TABLE a; INSERT INTO a VALUES (1);"
    folder.sql("1", "crossing", f"{ONCE}; {crossing}")
    with ThreadPoolExecutor(1) as pool, psycopg.connect(postgres_url) as application:
        application.execute("SET deadlock_timeout = '60s'")
        application.execute("UPDATE a SET n = n + 10")
        running = pool.submit(driver.run, folder, *UPDATE)
        sleeping = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.6)%' AND pid <> pg_backend_pid()"
        slow_migration.until(lambda: ask(postgres_url, sleeping))
        application.execute("UPDATE b SET n = n + 10")  # waits for the migration, which then waits for us
        application.commit()
        ran = running.result(timeout=30)
    assert ran.exit_code == 0, ran.output
    assert slow_migration.count(postgres_url) == 1
    assert ask(postgres_url, "SELECT (SELECT sum(n) FROM a), (SELECT sum(n) FROM b)") == [(11, 11)]
    with psycopg.connect(postgres_url) as connection:
        deadlocks = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert deadlocks.fetchone() != (0,)


@pytest.mark.parametrize("kind", ["EXCLUSIVE", "IMMEDIATE"])
def test_a_file_locked_by_another_process_is_named_with_it(
    kind: str, driver: Driver, project: MakeProject, sqlite_url: str
) -> None:
    """The run waits to its limit, then ends with 75, naming file and process; nothing partial, and a rerun works."""
    ask(sqlite_url, *COUNTERS)
    folder = project(sqlite_url, "lock_timeout_ms = 200\nlock_attempts = 3")
    folder.sql("1", "up", f"{ONCE}; {ONCE};")
    with closing(sqlite3.connect(path_of(sqlite_url), isolation_level=None)) as other:
        other.execute(f"BEGIN {kind}")
        began = time.monotonic()
        ran = driver.run(folder, *UPDATE)
        took_s = time.monotonic() - began
        other.execute("ROLLBACK")
    assert ran.exit_code == 75, ran.output
    assert str(path_of(sqlite_url)) in ran.output
    assert f"process {os.getpid()}" in ran.output
    assert "Nothing changed" in ran.output
    assert took_s < 15
    assert slow_migration.count(sqlite_url) == 0
    assert driver.run(folder, *UPDATE).exit_code == 0
    assert slow_migration.count(sqlite_url) == 2


def end_sessions(url: str) -> None:
    """End every Neoron session of a database, as an administrator would."""
    who = "datname = current_database() AND application_name LIKE 'neoron%'"
    ask(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {who}")


def test_a_lock_session_ended_in_the_middle_is_not_missed(
    driver: Driver, project: MakeProject, postgres_url: str
) -> None:
    """When an administrator ends the session, the transaction is done again on a new one that has the lock."""
    folder = project(postgres_url)
    slow_migration.prepare(folder, postgres_url)
    process = slow_migration.start_slow(folder, postgres_url)
    slow_migration.hurry(postgres_url)
    end_sessions(postgres_url)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stdout + stderr
    assert slow_migration.count(postgres_url) == 2
    assert facts(postgres_url).faults == ()


@pytest.mark.parametrize("options", ["", "transaction:false"])
def test_a_run_that_was_overtaken_writes_nothing_more(
    options: str, driver: Driver, project: MakeProject, postgres_url: str
) -> None:
    """A stopped run loses its session, another one finishes; woken up, the first fails loudly and changes nothing."""
    folder = project(postgres_url)
    slow_migration.prepare(folder, postgres_url)
    slow = engine_of(postgres_url).slow_statement()
    folder.sql("1", "slow", f"{ONCE}; {slow}; {ONCE};", options=options)
    folder.sql("2", "next", f"{ONCE};")
    first = slow_migration.start_slow(folder, postgres_url)
    os.kill(first.pid, signal.SIGSTOP)
    slow_migration.hurry(postgres_url)
    end_sessions(postgres_url)
    second = driver.run(folder, *UPDATE)
    os.kill(first.pid, signal.SIGCONT)
    stdout, stderr = first.communicate(timeout=30)
    assert second.exit_code == 0, second.output
    assert first.returncode not in (0, None), stdout + stderr
    assert "another run" in stdout + stderr
    assert "Traceback" not in stdout + stderr
    assert slow_migration.count(postgres_url) == 3
    found = facts(postgres_url)
    assert found.history == (("1", "applied"), ("2", "applied"))
    assert found.faults == ()


def test_a_run_keeps_a_script_waiting(project: MakeProject, postgres_url: str) -> None:
    """While a run is at work, the script's first statement does not get the lock."""
    folder = project(postgres_url)
    slow_migration.prepare(folder, postgres_url)
    text = script(folder, "0", "1")
    process = slow_migration.start_slow(folder, postgres_url)
    try:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("SET statement_timeout = '700ms'")
            with pytest.raises(psycopg.errors.QueryCanceled):
                connection.execute(next(s for s in Postgresql.statements(text) if "advisory" in s).encode())
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert slow_migration.count(postgres_url) == 0
