"""A statement that the catalog knows nothing of, killed at every call: a person's word settles it, and runs go on."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from conformance import killed_runs
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]

EVERY = 1 if os.environ.get("NEORON_NIGHTLY") else 2

ROWS = ((1, "one"), (2, "two"))
FIRST = "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9)); INSERT INTO t VALUES (1, 'one'), (2, 'two');"
IN_DOUBT = "SELECT 1 FROM neoron_history WHERE step_attempted > steps_done"


def _ask(url: str, sql: str) -> Any:
    with closing(killed_runs.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _run(folder: ProjectFolder, url: str, target: str, at: int = 0) -> int:
    return killed_runs.run_killed(folder.path, url, target, at, "after")


def _settle(folder: ProjectFolder, url: str, *, is_done: bool, is_up: bool = True) -> bool:
    """Whether a statement was in doubt; its next command is the one that it names then."""
    if not _ask(url, IN_DOUBT):
        return False
    stopped = folder.run("database", "update") if is_up else folder.run("--yes", "rollback")
    if stopped.exit_code == 0:  # the catalog could tell
        return False
    assert "neoron database resolve" in stopped.output, stopped.output
    ran = folder.run("database", "resolve", "--done" if is_done else "--again")
    assert ran.exit_code == 0, ran.output
    assert ("Next: neoron database update" if is_up else "Next: neoron rollback") in ran.output
    return True


@pytest.fixture
def folder(mariadb_url: str, project: MakeProject) -> ProjectFolder:
    """A project whose first migration is applied."""
    made = project(mariadb_url)
    made.sql("1", "t", FIRST, "DROP TABLE t;")
    assert _run(made, mariadb_url, "head") == 0
    return made


def test_a_truncation_in_doubt_is_settled_and_its_rows_come_back(folder: ProjectFolder, mariadb_url: str) -> None:
    """TRUNCATE leaves no trait: whatever it had done, a person's word is enough, and the way back has all rows."""
    folder.sql("2", "empty", "TRUNCATE TABLE t; CREATE TABLE later (id INT);", "DROP TABLE later;")
    at, doubts, code = 0, 0, -9
    while code == -9:
        at += EVERY
        code = _run(folder, mariadb_url, "head", at)
        doubts += _settle(folder, mariadb_url, is_done=not _ask(mariadb_url, "SELECT * FROM t"))
        assert _run(folder, mariadb_url, "head") == 0
        assert (_ask(mariadb_url, "SELECT * FROM t"), _ask(mariadb_url, "SELECT * FROM later")) == ((), ())
        assert _run(folder, mariadb_url, "1") == 0
        assert _ask(mariadb_url, "SELECT * FROM t ORDER BY id") == ROWS, at
    assert (code, doubts > 0) == (0, True)


def test_what_was_written_before_the_word_is_never_overwritten(folder: ProjectFolder, mariadb_url: str) -> None:
    """TRUNCATE counts from 1 again: a new row of an old key stays, and the old one is a conflict that is listed."""
    folder.sql("2", "empty", "TRUNCATE TABLE t;", "DO 1;")
    at, doubts, code = 0, 0, -9
    while code == -9:
        at += EVERY
        code = _run(folder, mariadb_url, "head", at)
        if _ask(mariadb_url, "SELECT * FROM t") or not _ask(mariadb_url, IN_DOUBT):
            assert _ask(mariadb_url, IN_DOUBT) == () or _settle(folder, mariadb_url, is_done=False)
            assert _run(folder, mariadb_url, "head") == 0
            assert _run(folder, mariadb_url, "1") == 0
            continue
        doubts += 1
        _ask(mariadb_url, "INSERT INTO t VALUES (1, 'newer')")
        assert _settle(folder, mariadb_url, is_done=True)
        assert _run(folder, mariadb_url, "head") == 0
        back = folder.run("--yes", "rollback")
        assert _ask(mariadb_url, "SELECT * FROM t ORDER BY id") == ((1, "newer"), (2, "two")), back.output
        assert (back.exit_code, "stash t" in back.output, "not put back" in back.output) == (1, True, True), back.output
        kept = folder.json("stash", "list")["result"]["entries"]
        assert [(one["table"], one["row_count"], one["state"]) for one in kept] == [("t", 1, "conflict")]
        assert folder.run("--yes", "stash", "purge", "--older-than", "0d").exit_code == 0
        _ask(mariadb_url, "UPDATE t SET name = 'one' WHERE id = 1")
    assert (code, doubts > 0) == (0, True)


def test_python_in_doubt_is_settled(folder: ProjectFolder, mariadb_url: str) -> None:
    """A file that asks its connection has no statements of its own: its word is kept as that of any other."""
    folder.py(
        "2", "made", "1", 'op.get_bind()\nop.execute("CREATE TABLE made (id INT)")', 'op.execute("DROP TABLE made")'
    )
    at, doubts, code = 0, 0, -9
    while code == -9:
        at += EVERY
        code = _run(folder, mariadb_url, "head", at)
        doubts += _settle(folder, mariadb_url, is_done=bool(_ask(mariadb_url, "SHOW TABLES LIKE 'made'")))
        assert _run(folder, mariadb_url, "head") == 0
        assert _ask(mariadb_url, "SELECT * FROM made") == ()
        assert _run(folder, mariadb_url, "1") == 0
    assert (code, doubts > 0) == (0, True)


def test_a_way_back_in_doubt_is_settled_without_its_file(folder: ProjectFolder, mariadb_url: str) -> None:
    """The steps are those stored in the target, with what they put back between them; the file need not be there."""
    down = "TRUNCATE later; DROP TABLE later;"
    file = folder.sql("2", "empty", "DELETE FROM t WHERE id = 2; CREATE TABLE later (id INT);", down)
    text = file.read_text()
    at, doubts, code = 0, 0, -9
    while code == -9:
        at += EVERY
        file.write_text(text)
        assert _run(folder, mariadb_url, "head") == 0
        file.unlink()
        code = _run(folder, mariadb_url, "1", at)
        doubts += _settle(folder, mariadb_url, is_done=True, is_up=False)
        assert _run(folder, mariadb_url, "1") == 0
        assert _ask(mariadb_url, "SELECT * FROM t ORDER BY id") == ROWS
        assert _ask(mariadb_url, "SELECT version, progress FROM neoron_history") == (("1", "applied"),)
    assert (code, doubts > 0) == (0, True)
