"""What only SQL Server has, where one was named: batches that fail, and Python steps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from conformance import project_sqlserver
from conformance.project_sqlserver import VERSIONS, facts
from fix_project import ProjectFolder
from fix_sqlserver import connect

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
