"""What only SQL Server has, where one was named: batches that fail, and Python steps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from conformance import project_sqlserver
from conformance.project_sqlserver import VERSIONS, facts
from fix_project import ProjectFolder
from fix_sqlserver import connect, on_server

MakeProject = Callable[..., ProjectFolder]


def _update(folder: ProjectFolder, target: str = "head") -> None:
    ran = folder.run("--yes", "database", "update", target)
    assert ran.exit_code == 0, ran.output


@pytest.mark.parametrize(
    "broken",
    ["UPDATE parents SET nope = 1;", "INSERT INTO parents (id, size) VALUES (1, 1);", "SELEC 1 FROM;", "EXEC missing;"],
)
def test_a_migration_that_fails_leaves_nothing(broken: str, sqlserver_url: str, project: MakeProject) -> None:
    """Its statements before the error are undone, the first error is shown, and mending it is enough."""
    folder = project(sqlserver_url)
    project_sqlserver.write(folder)
    _update(folder, VERSIONS[0])
    before = facts(sqlserver_url)
    folder.sql(VERSIONS[1], "step_2", f"ALTER TABLE parents ADD extra int NULL;\nGO\n{broken}", "")
    ran = folder.run("--yes", "database", "update")
    assert ran.exit_code == 20, ran.output
    assert "no transaction is active" not in ran.output
    assert "ROLLBACK" not in ran.output
    assert facts(sqlserver_url) == before
    folder.sql(VERSIONS[1], "step_2", project_sqlserver.SECOND_UP, project_sqlserver.SECOND_DOWN)
    _update(folder)


def test_python_steps_share_the_transaction(sqlserver_url: str, project: MakeProject) -> None:
    """A migration that reads the database runs as Python, and is undone whole when it fails."""
    folder = project(sqlserver_url)
    folder.sql(VERSIONS[0], "first", project_sqlserver.FIRST_UP, project_sqlserver.FIRST_DOWN)
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


def test_a_backup_comes_back_and_the_replaced_database_stays(sqlserver_url: str, project: MakeProject) -> None:
    """What was written since a proven backup is gone after a restore, and is still in the safety copy."""
    with closing(connect(sqlserver_url)) as session:
        if session.query("SELECT CAST(SERVERPROPERTY(N'Babelfish') AS int)")[0][0]:
            pytest.skip("this server only speaks the protocol: it has no BACKUP DATABASE")
    folder = project(sqlserver_url)
    project_sqlserver.write(folder)
    _update(folder)
    before = facts(sqlserver_url)
    taken = folder.run("backup", "create")
    assert taken.exit_code == 0, taken.output
    with closing(connect(sqlserver_url)) as session:
        session.execute("UPDATE parents SET size = size + 1000; CREATE TABLE late (id int NULL)")
    ran = folder.json("--yes", "restore", "latest")
    assert ran["ok"], ran
    safety = ran["result"]["safety_copy"]
    assert facts(sqlserver_url) == before
    with closing(connect(on_server(safety))) as session:
        assert session.query("SELECT OBJECT_ID(N'late')") != [(None,)]
    assert folder.run("--yes", "restore", "latest", "--discard-safety-copy").exit_code == 0


def test_an_export_is_what_the_server_writes(sqlserver_url: str, project: MakeProject) -> None:
    """`data export` gives to the letter what SELECT … FOR JSON PATH, INCLUDE_NULL_VALUES gives for the whole table."""
    folder = project(sqlserver_url)
    project_sqlserver.write(folder)
    _update(folder)
    with closing(connect(sqlserver_url)) as session:
        # A long result comes in pieces, one a row.
        parts = session.query("SELECT * FROM parents ORDER BY id FOR JSON PATH, INCLUDE_NULL_VALUES")
    ran = folder.run("data", "export", "parents", "-o", "parents.json")
    assert ran.exit_code == 0, ran.output
    assert (folder.path / "parents.json").read_text(encoding="utf-8") == "".join(str(part) for (part,) in parts)
