"""SQL Server as a target, where one was named: there and back, lock, races, scripts, an unknown commit, kills."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from conformance import sqlserver_project
from conformance.killed_runs import run_killed
from conformance.sqlserver_project import VERSIONS, facts
from fix_project import ProjectFolder
from fix_sqlserver import connect
from neoron import Project
from neoron.engines.lookup import open_url

MakeProject = Callable[..., ProjectFolder]
RunScript = Callable[[str, str], str]
IS_NIGHTLY = os.environ.get("NEORON_NIGHTLY") == "1"  # otherwise every eighth place


def _update(folder: ProjectFolder, target: str = "head") -> None:
    ran = folder.run("--yes", "database", "update", target)
    assert ran.exit_code == 0, ran.output


def test_three_migrations_go_there_and_back_and_there(sqlserver_url: str, project: MakeProject) -> None:
    """What was deployed and taken back leaves the schema, rows and history of the moment before."""
    folder = project(sqlserver_url)
    sqlserver_project.write(folder)
    stops = []
    for target in ("head", VERSIONS[0], "head", "0"):
        _update(folder, target)
        stops.append(facts(sqlserver_url))
    assert stops[0] == stops[2]
    assert [version for version, _ in stops[0][0]] == list(VERSIONS)
    assert stops[1][0] == ((VERSIONS[0], "applied"),)
    assert stops[3][:3] == ((), (), ())


def test_status_and_list_tell_what_is_there(sqlserver_url: str, project: MakeProject) -> None:
    """`database status` and `migrations list` read the target, and an edited file shows as altered."""
    folder = project(sqlserver_url)
    sqlserver_project.write(folder)
    _update(folder, VERSIONS[1])
    states = [m["state"] for m in folder.json("migrations", "list")["result"]["migrations"]]
    assert states == ["applied", "applied", "pending"]
    assert folder.json("database", "status")["ok"]
    folder.sql(VERSIONS[0], "step_1", "CREATE TABLE other (id int);", "")
    assert folder.json("migrations", "list")["result"]["migrations"][0]["state"] == "altered"


def test_the_catalog_is_read_back(sqlserver_url: str, project: MakeProject) -> None:
    """Tables, columns, keys, indexes, references and contents are what the migrations made."""
    folder = project(sqlserver_url)
    sqlserver_project.write(folder)
    _update(folder)
    engine, url = open_url(sqlserver_url, Path())
    with closing(engine.session.connect(url)) as session:
        schema = engine.catalog.schema(session)
        parents = schema.table("parents")
        assert parents
        assert [column.name for column in parents.columns] == ["id", "size", "note", "total"]
        assert parents.primary_key == ("id",)
        assert ("fk_parent", "children", "parents") in [(k.name, k.table, k.references) for k in schema.foreign_keys]
        assert "ix_amount" in [index.name for index in schema.indexes]
        assert engine.catalog.filled(session, "parents", "note") == 2
        before = engine.catalog.content(session, parents, ["id", "size", "note"])
        session.execute("UPDATE parents SET note = N'x' WHERE id = 1")
        after = engine.catalog.content(session, parents, ["id", "size", "note"])
        assert (before.row_count, after.row_count) == (2, 2)
        assert before.checksum != after.checksum
        assert engine.rows.insert(session, "parents", ["id", "size"], [(7, 1), (8, 2)]) == 2
        assert session.query("SELECT COUNT(*) FROM parents")[0][0] == 4


def test_the_deploy_lock_keeps_others_out_and_goes_with_its_session(sqlserver_url: str) -> None:
    """A second session is refused, one that gives it back lets others in, and a dead holder is in nobody's way."""
    engine, url = open_url(sqlserver_url, Path())
    with closing(engine.session.connect(url)) as first, closing(engine.session.connect(url)) as second:
        assert engine.lock.holder(second) == ""
        assert engine.lock.try_acquire(first)
        assert not engine.lock.try_acquire(first)
        assert not engine.lock.try_acquire(second)
        assert engine.lock.holder(second) != ""
        engine.lock.release(first)
        assert engine.lock.try_acquire(second)
        engine.lock.release(second)
        assert engine.lock.try_acquire(first)
        first.close()
        ends_at = time.monotonic() + 10
        while not (got := engine.lock.try_acquire(second)) and time.monotonic() < ends_at:
            time.sleep(0.1)
        assert got


def test_eight_runners_apply_each_migration_once(sqlserver_url: str, project: MakeProject) -> None:
    """Runs that start at once wait for each other, and the effects are those of one."""
    folder = project(sqlserver_url)
    sqlserver_project.write(folder)
    runs = [folder.start("--yes", "database", "update") for _ in range(8)]
    outputs = [run.communicate(timeout=180) for run in runs]
    assert [run.returncode for run in runs] == [0] * 8, outputs
    with closing(connect(sqlserver_url)) as session:
        assert session.query("SELECT size FROM parents ORDER BY id") == [(1014,), (1024,)]


@pytest.mark.parametrize("is_stored", [True, False])
def test_an_unknown_commit_is_settled_by_its_journal_row(is_stored: bool, sqlserver_url: str) -> None:
    """After a lost connection the row that commits with the work tells whether it did."""
    engine, url = open_url(sqlserver_url, Path())
    with closing(engine.session.connect(url)) as lost, closing(engine.session.connect(url)) as asking:
        for statement in engine.history.table_statements():
            lost.execute(statement)
        lost.begin()
        engine.history.append_journal(lost, [(1, "now", "r", "step", "v", "s", "done", "", "me", "here", "f00d")])
        token = lost.commit_token()
        if is_stored:
            lost.commit()
        lost.close()
        assert asking.commit_outcome(token) is is_stored


@pytest.mark.parametrize(
    "broken",
    ["UPDATE parents SET nope = 1;", "INSERT INTO parents (id, size) VALUES (1, 1);", "SELEC 1 FROM;", "EXEC missing;"],
)
def test_a_migration_that_fails_leaves_nothing(broken: str, sqlserver_url: str, project: MakeProject) -> None:
    """Its statements before the error are undone, the first error is shown, and mending it is enough."""
    folder = project(sqlserver_url)
    sqlserver_project.write(folder)
    _update(folder, VERSIONS[0])
    before = facts(sqlserver_url)
    folder.sql(VERSIONS[1], "step_2", f"ALTER TABLE parents ADD extra int NULL;\nGO\n{broken}", "")
    ran = folder.run("--yes", "database", "update")
    assert ran.exit_code == 20, ran.output
    assert "no transaction is active" not in ran.output
    assert "ROLLBACK" not in ran.output
    assert facts(sqlserver_url) == before
    folder.sql(VERSIONS[1], "step_2", sqlserver_project.SECOND_UP, sqlserver_project.SECOND_DOWN)
    _update(folder)


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_scripts_do_what_a_run_does(
    is_idempotent: bool, sqlserver_url: str, project: MakeProject, run_script: RunScript
) -> None:
    """A script up gives what the runner gives, a second run changes nothing, and the script down takes it all back."""
    folder = project(sqlserver_url)
    sqlserver_project.write(folder)
    _update(folder)
    wanted = facts(sqlserver_url)
    _update(folder, "0")
    opened = Project.open(folder.path)
    up = opened.migrations_script("0", "head", is_idempotent=is_idempotent)
    assert run_script(sqlserver_url, up) == ""
    assert facts(sqlserver_url) == wanted
    again = run_script(sqlserver_url, up)
    assert (again == "") is is_idempotent, again
    assert facts(sqlserver_url) == wanted
    assert run_script(sqlserver_url, opened.migrations_script("head", "0", is_idempotent=is_idempotent)) == ""
    assert facts(sqlserver_url)[:3] == ((), (), ())


def test_a_script_stops_by_itself(sqlserver_url: str, project: MakeProject, run_script: RunScript) -> None:
    """After its first error no later batch writes, though the client goes on; mended, the same script ends well."""
    folder = project(sqlserver_url)
    sqlserver_project.write(folder)
    twice = "UPDATE parents SET size = 0;\nGO\nINSERT INTO parents (id, size) VALUES (1, 1);"
    folder.sql(VERSIONS[1], "step_2", twice, "")
    error = run_script(sqlserver_url, Project.open(folder.path).migrations_script("0", "head", is_idempotent=True))
    assert "neoron: stopped" not in error
    assert error != ""
    history, _, rows, _ = facts(sqlserver_url)
    assert history == ((VERSIONS[0], "applied"),)
    assert [row[1] for row in rows[1]] == [10, 20]
    sqlserver_project.write(folder)
    mended = Project.open(folder.path).migrations_script("0", "head", is_idempotent=True)
    assert run_script(sqlserver_url, mended) == ""
    assert [version for version, _ in facts(sqlserver_url)[0]] == list(VERSIONS)


def _killed(folder: Path, url: str, target: str, at: int, when: str, calls: Path) -> int:
    import mssql_python

    return run_killed(folder, url, target, at, when, calls, sends=(mssql_python.cursor.Cursor, "execute"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_killed_anywhere_is_finished_by_the_same_command(
    when: str, sqlserver_url: str, project: MakeProject, tmp_path: Path
) -> None:
    """Wherever a run was killed, the same command ends where an undisturbed run does, each effect once."""
    folder, counted = project(sqlserver_url), tmp_path / "calls"
    sqlserver_project.write(folder)
    assert _killed(folder.path, sqlserver_url, "head", 0, when, counted) == 0
    wanted, calls = facts(sqlserver_url), int(counted.read_text())
    wrong = []
    for at in range(2, calls + 1, 1 if IS_NIGHTLY else 8):
        assert _killed(folder.path, sqlserver_url, "0", 0, when, counted) == 0
        killed = _killed(folder.path, sqlserver_url, "head", at, when, counted)
        again = _killed(folder.path, sqlserver_url, "head", 0, when, counted)
        if again != 0 or facts(sqlserver_url) != wanted:
            wrong.append((at, killed, again))
    assert wrong == []


def test_python_steps_share_the_transaction(sqlserver_url: str, project: MakeProject) -> None:
    """A migration that reads the database runs as Python, and is undone whole when it fails."""
    folder = project(sqlserver_url)
    folder.sql(VERSIONS[0], "first", sqlserver_project.FIRST_UP, sqlserver_project.FIRST_DOWN)
    body = (
        "rows = op.get_bind().execute(sa.text('SELECT id FROM parents')).fetchall()\n"
        "op.execute(sa.text('UPDATE parents SET size = size + 1'))\n"
    )
    file = folder.py(VERSIONS[1], "reads", VERSIONS[0], body + "raise ValueError(len(rows))", "pass")
    assert folder.run("--yes", "database", "update").exit_code in (20, 65)
    with closing(connect(sqlserver_url)) as session:
        assert session.query("SELECT size FROM parents ORDER BY id") == [(10,), (20,)]
    file.unlink()
    folder.py(VERSIONS[1], "reads", VERSIONS[0], body, "pass")
    _update(folder)
    with closing(connect(sqlserver_url)) as session:
        assert session.query("SELECT size FROM parents ORDER BY id") == [(11,), (21,)]
