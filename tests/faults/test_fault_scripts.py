"""Scripts of `migrations script`, run by the engine's own client, killed at each statement and run again."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress

import psycopg
import pytest

from conformance import project_counters, slow_migration
from conformance.engine_postgresql import Postgresql
from conformance.engine_sqlite import path_of
from conformance.facts import difference, facts
from conformance.forked_runs import Driver
from fix_oracle import dump_schema
from fix_postgres_server import PostgresServer
from fix_project import ProjectFolder
from neoron.sql.split import split

MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]
UPDATE = ("database", "update")
UP, DOWN = ("0", "4"), ("4", "0")


@pytest.fixture
def folder(project: MakeProject, postgres_server: PostgresServer) -> ProjectFolder:
    """Four migrations with index builds outside transactions; the fifth, in Python, fits no script."""
    folder = project(postgres_server.url("unused"))
    project_counters.write(folder, "postgresql")
    return folder


def script(driver: Driver, folder: ProjectFolder, *words: str) -> str:
    """The script that the command prints."""
    ran = driver.run(folder, "migrations", "script", *words)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


@pytest.mark.parametrize("way", [UP, DOWN], ids=["up", "down"])
def test_a_script_killed_after_any_statement_converges(
    way: tuple[str, str], driver: Driver, folder: ProjectFolder, made: Postgresql,
    record_property: Record,
) -> None:  # fmt: skip
    """The session ends after each statement in turn; psql then finishes it, and a third run changes nothing."""
    at_start, at_end = made.empty(), made.empty()
    assert driver.run(folder, "--url", at_end, *UPDATE, "4").exit_code == 0
    if way == DOWN:
        at_start = at_end
        at_end = made.copy(at_start)
        assert driver.run(folder, "--url", at_end, "rollback", "0", "--yes").exit_code == 0
    wanted, text = facts(at_end), script(driver, folder, *way, "--idempotent")
    statements, wrong = [s.text for s in split(text, "postgresql")], []
    for number in range(1, len(statements) + 1):
        url = made.copy(at_start)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements[:number]:
                connection.execute(statement.encode())
        ran = Postgresql.run_script(url, text)
        second = facts(url)
        found = difference(second, wanted, ignores_stash=True)
        wrong += [f"after {number}: {found} {ran.stderr}"] if found else []
        if number % 6 == 0:
            Postgresql.run_script(url, text)
            wrong += [f"third run after {number} changed something"] if facts(url) != second else []
        made.drop(url)
    count = f"{len(statements)} statements: {len(statements) - len(wrong)} converged"
    record_property("figure", f"script {' to '.join(way)} killed after each of {count}")
    assert wrong == []


def test_after_a_script_the_runner_knows_all_of_it(
    driver: Driver, folder: ProjectFolder, made: Postgresql
) -> None:
    """`migrations list` shows applied, the next update goes on from there, and rollback uses the stored steps."""
    url, untouched = made.empty(), made.empty()
    assert Postgresql.run_script(url, script(driver, folder, *UP, "--idempotent")).exit_code == 0
    listed = folder.json("--url", url, "migrations", "list")["result"]["migrations"]
    assert [m["state"] for m in listed] == ["applied"] * 4 + ["pending"]
    assert driver.run(folder, "--url", url, *UPDATE).exit_code == 0
    assert facts(url).history[-1] == ("5", "applied")
    back = driver.run(folder, "--url", url, "rollback", "0", "--yes")
    assert back.exit_code == 0, back.output
    assert facts(url).schema == dump_schema(untouched)


@pytest.mark.parametrize("flags", [(), ("--idempotent",)], ids=["plain", "idempotent"])
def test_a_failing_statement_stops_all_that_follows(
    flags: tuple[str, ...], driver: Driver, folder: ProjectFolder, made: Postgresql
) -> None:
    """psql goes on after an error by default; the script does not let it: nothing after the failure is done."""
    folder.sql("3", "outside", f"{project_counters.ONCE}; INSERT INTO nowhere VALUES (1); {project_counters.ONCE};")
    url = made.empty()
    ran = Postgresql.run_script(url, script(driver, folder, *UP, *flags))
    assert "nowhere" in ran.stderr
    found = facts(url)
    assert found.history == (("1", "applied"), ("2", "applied"))
    assert found.faults == ()
    assert slow_migration.count(url) == 2


def test_script_and_run_exclude_each_other(
    driver: Driver, project: MakeProject, postgres_url: str, postgres_server: PostgresServer
) -> None:
    """A session that has begun the script holds the runner's lock, and gives it back when it ends."""
    folder = project(postgres_url, "deploy_lock_wait_ms = 300")
    project_counters.write(folder, "postgresql")
    text = script(driver, folder, *UP, "--idempotent")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for statement in [s.text for s in split(text, "postgresql")][:6]:
            connection.execute(statement.encode())
        pid = connection.info.backend_pid
        ran = driver.run(folder, *UPDATE)
    assert ran.exit_code == 75, ran.output
    assert f"session {pid}" in ran.output
    again = driver.run(folder, *UPDATE)
    assert again.exit_code == 0, again.output


def test_a_run_keeps_a_script_waiting(driver: Driver, project: MakeProject, postgres_url: str) -> None:
    """While a run is at work, the script's first statement does not get the lock."""
    folder = project(postgres_url)
    slow_migration.prepare(folder, postgres_url)
    text = script(driver, folder, "0", "1", "--idempotent")
    process = slow_migration.start_slow(folder, postgres_url)
    try:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("SET statement_timeout = '700ms'")
            with pytest.raises(psycopg.errors.QueryCanceled):
                connection.execute(next(s.text for s in split(text, "postgresql") if "advisory" in s.text).encode())
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert slow_migration.count(postgres_url) == 0


def test_a_sqlite_script_killed_anywhere_has_changed_nothing(
    driver: Driver, project: MakeProject, sqlite_url: str, record_property: Record
) -> None:
    """Cut off after each statement nothing has changed, the whole script then works, and a second run stops itself."""
    client = shutil.which("sqlite3")
    folder = project(sqlite_url)
    project_counters.write(folder, "sqlite")
    text = script(driver, folder, "0", "2", "--idempotent")
    statements = [s.text for s in split(text.replace(".bail on", ""), "sqlite")]
    for number in range(1, len(statements)):
        with closing(sqlite3.connect(path_of(sqlite_url), isolation_level=None)) as connection:
            for statement in statements[:number]:
                connection.execute(statement)
            if not connection.in_transaction and number > statements.index("COMMIT"):
                break
        with closing(sqlite3.connect(path_of(sqlite_url))) as connection:
            assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,), statements[number - 1]
    path_of(sqlite_url).unlink()
    for expected in (0, 1):
        if client:
            command = [client, str(path_of(sqlite_url))]
            ran = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
            assert (ran.returncode != 0) == bool(expected), ran.stderr
        else:
            with closing(sqlite3.connect(path_of(sqlite_url))) as connection, suppress(sqlite3.Error):
                connection.executescript(text.replace(".bail on", ""))
        assert slow_migration.count(sqlite_url) == 2
    listed = driver.run(folder, "migrations", "list", "--json")
    assert listed.stdout.count('"applied"') == 2
    assert driver.run(folder, *UPDATE).exit_code == 0
    back = driver.run(folder, "rollback", "0", "--yes")
    assert back.exit_code == 0, back.output
    record_property("figure", f"SQLite script cut off after each of {number} statements: nothing changed")
