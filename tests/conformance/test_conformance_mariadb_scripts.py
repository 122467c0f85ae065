"""What only scripts for MariaDB and MySQL have: the client that is told to go on, the two forms, every small case."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing

import pymysql
import pytest

from conformance import killed_runs, project_mariadb
from conformance.engine_mariadb import Mariadb
from conformance.script_runs import script
from fix_mariadb_server import MariadbServer
from fix_oracle_mariadb import connect_mariadb
from fix_project import ProjectFolder
from lifecycle import cases_mariadb
from lifecycle.case import Case
from lifecycle.ride import BEFORE, CASE, lay_out, look, update
from neoron.errors import PlanRefused

MakeProject = Callable[..., ProjectFolder]
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


@pytest.mark.parametrize("is_idempotent", [False, True], ids=["plain", "idempotent"])
def test_header_and_first_guard(is_idempotent: bool, mixed: ProjectFolder) -> None:
    """The header says direction, range, digest and engine; the plain form refuses to run twice."""
    text = script(mixed, "0", "head", is_idempotent=is_idempotent)
    head = "\n".join(text.splitlines()[:3])
    for part in ("-- UP from 0 to", LAST, "MariaDB", "Plan ", "mariadb DATABASE <"):
        assert part in head
    assert "-- DOWN from" in script(mixed, "head", "0").splitlines()[0]
    assert "DELIMITER" not in text
    assert Mariadb.run_script(mixed.url, text).exit_code == 0
    before = facts(mixed.url)
    again = Mariadb.run_script(mixed.url, text)
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
    ran = Mariadb.run_script(mixed.url, script(mixed, "0", "head"), *options)
    assert "nowhere" in ran.stderr
    assert (ran.exit_code == 0) is bool(options)
    assert ("did not finish" in ran.stderr) is bool(options)
    assert asked(mixed.url, "SELECT n FROM seen") == []
    assert asked(mixed.url, "SELECT count(*) FROM neoron_history WHERE progress = 'applied'") == [(4,)]
    file.write_text(file.read_text().replace("nowhere", "seen"))
    mended = Mariadb.run_script(mixed.url, script(mixed, "0", "head"))
    assert (mended.exit_code, mended.stderr) == (0, "")
    assert asked(mixed.url, "SELECT n FROM seen ORDER BY n") == [(1,), (1,), (2,), (3,)]


def test_a_script_starts_afresh_in_a_session_that_had_errors(mixed: ProjectFolder) -> None:
    """An error of before, in the same session, is not taken for one of the script."""
    ran = Mariadb.run_script(mixed.url, "SELECT * FROM nowhere;\n" + script(mixed, "0", "head"), "--force")
    assert ran.stderr.count("ERROR") == 1
    assert len(asked(mixed.url, "SELECT version FROM neoron_history WHERE progress = 'applied'")) == 3


def test_a_script_waits_for_the_lock_and_names_its_holder(mariadb_url: str, project: MakeProject) -> None:
    """A script that does not get the lock of another session stops with its name, before it has made anything."""
    folder = project(mariadb_url)
    project_mariadb.write(folder)
    statements = Mariadb.statements(script(folder, "0", "head"))
    locked = next(i for i, text in enumerate(statements) if "GET_LOCK" in text) + 1
    with closing(connect_mariadb(mariadb_url)) as connection, connection.cursor() as cursor:
        for statement in statements[:locked]:
            cursor.execute(statement)
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
            ran = Mariadb.run_script(folder.url, text)
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
        ran = Mariadb.run_script(mixed.url, text.replace("performance_schema.session_", "information_schema.session_"))
        assert (ran.exit_code, ran.stderr) == (0, "")
    assert facts(mixed.url) == wanted(mariadb_server, mixed, project_mariadb.VERSIONS[0])
