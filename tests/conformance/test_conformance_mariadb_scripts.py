"""Scripts for MariaDB and MySQL: run by the client and by a driver, twice, cut off anywhere, and against a run."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import pymysql
import pytest

from conformance import killed_runs, project_mariadb
from conformance.script_runs import run_by_client, run_by_driver, script, statements_of
from fix_mariadb_server import MariadbServer
from fix_oracle import journal_faults
from fix_oracle_mariadb import connect_mariadb
from fix_project import ProjectFolder
from lifecycle import cases_mariadb
from lifecycle.case import Case
from lifecycle.ride import BEFORE, CASE, lay_out, look, update
from neoron.errors import PlanRefused

MakeProject = Callable[..., ProjectFolder]
IS_NIGHTLY = bool(os.environ.get("NEORON_NIGHTLY"))
JOURNAL = (
    "SELECT seq, at, run_id, event, version, step, outcome, detail, by_user, host, hash"
    " FROM neoron_journal ORDER BY seq"
)
LAST = project_mariadb.VERSIONS[-1]
BROKEN = "INSERT INTO seen VALUES (1); INSERT INTO nowhere VALUES (1); INSERT INTO seen VALUES (2)"


@pytest.fixture
def mixed(mariadb_url: str, project: MakeProject) -> ProjectFolder:
    """Three migrations of mixed DDL and DML, with triggers and procedures."""
    folder = project(mariadb_url)
    project_mariadb.write(folder)
    return folder


def facts(url: str) -> killed_runs.Facts:
    """History, definitions and rows. What a run has stashed is left out: a script stashes nothing."""
    return killed_runs.facts(url)[:2]


def wanted(server: MariadbServer, folder: ProjectFolder, *targets: str) -> killed_runs.Facts:
    """What Neoron's own runs leave on a database of their own."""
    name = f"w_{secrets.token_hex(6)}"
    server.administer(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        for target in targets:
            ran = folder.run("--url", server.url(name), "--yes", "database", "update", target)
            assert ran.exit_code == 0, ran.output
        return facts(server.url(name))
    finally:
        server.drop(name)


def asked(url: str, query: str) -> list[tuple[object, ...]]:
    """One query's rows."""
    with closing(connect_mariadb(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def test_a_script_does_what_a_run_does_and_twice_is_as_once(
    mixed: ProjectFolder, mariadb_server: MariadbServer
) -> None:
    """Up by the client and again, then down and again: schema, rows, history and journal chain are those of runs."""
    up, down = script(mixed, "0", "head"), script(mixed, "head", project_mariadb.VERSIONS[0])
    there = wanted(mariadb_server, mixed, "head")
    for _ in range(2):
        ran = run_by_client(mixed.url, up)
        assert (ran.exit_code, ran.stderr) == (0, "")
        assert facts(mixed.url) == there
    back = wanted(mariadb_server, mixed, "head", project_mariadb.VERSIONS[0])
    for _ in range(2):
        ran = run_by_client(mixed.url, down)
        assert (ran.exit_code, ran.stderr) == (0, "")
        assert facts(mixed.url) == back
    journal = asked(mixed.url, JOURNAL)
    assert [row[3] for row in journal].count("applied") == 3
    assert [row[3] for row in journal].count("reverted") == 2
    assert journal_faults(journal) == []


def test_runs_go_on_from_a_script(mixed: ProjectFolder) -> None:
    """After a script an update finds nothing to do, and a rollback uses the steps that the script stored."""
    run_by_driver(mixed.url, statements_of(script(mixed, "0", "head")))
    listed = mixed.json("migrations", "list")["result"]["migrations"]
    assert [m["state"] for m in listed] == ["applied"] * 3
    assert mixed.json("database", "update")["result"]["steps"] == []
    back = mixed.run("rollback", "0", "--yes")
    assert back.exit_code == 1, back.output  # done; a finding says that a table with rows is gone
    assert facts(mixed.url) == ((), ((), ()))
    assert journal_faults(asked(mixed.url, JOURNAL)) == []


@pytest.mark.parametrize("is_idempotent", [False, True], ids=["plain", "idempotent"])
def test_header_and_first_guard(is_idempotent: bool, mixed: ProjectFolder) -> None:
    """The header says direction, range, digest and engine; the plain form refuses to run twice."""
    text = script(mixed, "0", "head", is_idempotent=is_idempotent)
    head = "\n".join(text.splitlines()[:3])
    for part in ("-- UP from 0 to", LAST, "MariaDB", "Plan ", "mariadb DATABASE <"):
        assert part in head
    assert "-- DOWN from" in script(mixed, "head", "0").splitlines()[0]
    assert "DELIMITER" not in text
    assert run_by_client(mixed.url, text).exit_code == 0
    before = facts(mixed.url)
    again = run_by_client(mixed.url, text)
    assert (again.exit_code == 0) is is_idempotent
    assert ("already applied" in again.stderr) is not is_idempotent
    assert facts(mixed.url) == before


@pytest.mark.parametrize("options", [(), ("--force",)], ids=["default", "force"])
@pytest.mark.parametrize("extra", ["", "; CREATE TABLE later (a INT)"], ids=["whole", "half-way"])
def test_nothing_after_the_first_error_is_done(
    options: tuple[str, ...], extra: str, mixed: ProjectFolder
) -> None:
    """The client stops at the error; one that is told to go on writes nothing more, and mended it converges."""
    mixed.sql("20260104000000", "seen", "CREATE TABLE seen (n INT);")
    file = mixed.sql("20260105000000", "broken", BROKEN + extra)
    mixed.sql("20260106000000", "after", "INSERT INTO seen VALUES (3)")
    ran = run_by_client(mixed.url, script(mixed, "0", "head"), *options)
    assert "nowhere" in ran.stderr
    assert (ran.exit_code == 0) is bool(options)
    assert ("did not finish" in ran.stderr) is bool(options)
    assert asked(mixed.url, "SELECT n FROM seen") == []
    assert asked(mixed.url, "SELECT count(*) FROM neoron_history WHERE progress = 'applied'") == [(4,)]
    file.write_text(file.read_text().replace("nowhere", "seen"))
    mended = run_by_client(mixed.url, script(mixed, "0", "head"))
    assert (mended.exit_code, mended.stderr) == (0, "")
    assert asked(mixed.url, "SELECT n FROM seen ORDER BY n") == [(1,), (1,), (2,), (3,)]


def test_a_script_starts_afresh_in_a_session_that_had_errors(mixed: ProjectFolder) -> None:
    """An error of before, in the same session, is not taken for one of the script."""
    ran = run_by_client(mixed.url, "SELECT * FROM nowhere;\n" + script(mixed, "0", "head"), "--force")
    assert ran.stderr.count("ERROR") == 1
    assert len(asked(mixed.url, "SELECT version FROM neoron_history WHERE progress = 'applied'")) == 3


def cut_off(
    server: MariadbServer, folder: ProjectFolder, text: str, prepare: Sequence[str], places: range
) -> list[tuple[int, object]]:
    """Where a script that was cut off after a statement did not converge when it was run again."""
    statements = statements_of(text)
    name = f"c_{secrets.token_hex(6)}"
    server.administer(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    url = server.url(name)
    for ready in prepare:
        run_by_driver(url, statements_of(ready))
    run_by_driver(url, statements)
    should_be, wrong = facts(url), []
    for at in places:
        server.drop(name)
        server.administer(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        for ready in prepare:
            run_by_driver(url, statements_of(ready))
        run_by_driver(url, statements[:at])
        run_by_driver(url, statements)
        found = facts(url)
        if found != should_be or journal_faults(asked(url, JOURNAL)):
            wrong.append((at, found))
    server.drop(name)
    return wrong


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_script_cut_off_after_any_statement_converges(
    direction: str, mixed: ProjectFolder, mariadb_server: MariadbServer, record_property: Callable[[str, object], None]
) -> None:
    """Killed after any of its statements and run again, each effect is there once."""
    up = script(mixed, "0", "head")
    text = up if direction == "up" else script(mixed, "head", "0")
    count = len(statements_of(text))
    places = range(1, count, 1 if IS_NIGHTLY else 40)
    wrong = cut_off(mariadb_server, mixed, text, [] if direction == "up" else [up], places)
    record_property("figure", f"MariaDB script {direction}, {count} statements: cut off after {len(places)}, "
                              f"{len(places) - len(wrong)} converged")  # fmt: skip
    assert wrong == []


def test_script_and_run_keep_each_other_out(mariadb_url: str, project: MakeProject) -> None:
    """A session that has begun the script holds the runner's lock, and the other way about."""
    folder = project(mariadb_url, "deploy_lock_wait_ms = 300")
    project_mariadb.write(folder)
    statements = statements_of(script(folder, "0", "head"))
    locked = next(i for i, text in enumerate(statements) if "GET_LOCK" in text) + 1
    with closing(connect_mariadb(mariadb_url)) as connection, connection.cursor() as cursor:
        for statement in statements[:locked]:
            cursor.execute(statement)
        ran = folder.run("--yes", "database", "update")
        assert (ran.exit_code, f"session {connection.thread_id()}" in ran.output) == (75, True), ran.output
        with closing(connect_mariadb(mariadb_url)) as other, other.cursor() as second:
            for statement in statements[: locked - 1]:
                second.execute(statement)
            second.execute(statements[locked - 1].replace(", 60)", ", 0)"))
            second.execute(statements[locked])
            with pytest.raises(pymysql.err.MySQLError, match="held by session"):
                second.execute(statements[locked + 1])
    assert asked(mariadb_url, "SHOW TABLES") == []


def _cases() -> Iterator[object]:
    quick = {"triggers_and_routines", "structure_and_rows_in_turns", "number_taken_on_the_way", "literals_and_comments"}
    for case in cases_mariadb.CASES:
        if not case.is_python and not case.name.endswith("_lines"):
            yield pytest.param(case, id=case.name, marks=() if case.name in quick else pytest.mark.nightly)


@pytest.mark.parametrize("case", list(_cases()))
def test_every_case_goes_up_and_down_by_scripts(case: Case, mariadb_url: str, project: MakeProject) -> None:
    """A script leaves the schema and rows that a deployment leaves, up and down, each run twice."""
    folder = project(mariadb_url)
    lay_out(case, folder)
    update(folder, BEFORE)
    before = look(folder.url)
    update(folder)
    there = look(folder.url)
    update(folder, BEFORE)
    for text, stop in ((script(folder, BEFORE, CASE), there), (script(folder, CASE, BEFORE), before)):
        for _ in range(2):
            ran = run_by_client(folder.url, text)
            assert ran.exit_code == 0, ran.stderr
            assert look(folder.url) == stop


def test_the_form_for_mysql_prepares_its_statements(mixed: ProjectFolder, mariadb_server: MariadbServer) -> None:
    """MySQL's form refuses what MySQL cannot prepare; otherwise it runs on MariaDB too, but for one view's place."""
    with pytest.raises(PlanRefused, match="cannot be guarded in a script: CREATE TRIGGER"):
        script(mixed, "0", "head", engine="mysql")
    text = script(mixed, "0", project_mariadb.VERSIONS[0], engine="mysql")
    assert "EXECUTE IMMEDIATE" not in text
    assert "SIGNAL" not in text
    assert "MySQL 8.0" in text.splitlines()[0]
    for _ in range(2):
        ran = run_by_client(mixed.url, text.replace("performance_schema.session_", "information_schema.session_"))
        assert (ran.exit_code, ran.stderr) == (0, "")
    assert facts(mixed.url) == wanted(mariadb_server, mixed, project_mariadb.VERSIONS[0])
