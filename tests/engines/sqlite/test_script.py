"""Scripts that guard themselves, run by the real sqlite3 client and by the driver."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from neoron.engines.sqlite.effects import surround
from neoron.engines.sqlite.script import render
from neoron.errors import PlanRefused
from neoron.model.migration import Direction
from neoron.model.plan import BASE, Plan, PlannedMigration, RecordKind, Step, StepKind

FIRST, SECOND, THIRD = "20240101000000", "20240201000000", "20240301000000"
UP = {
    FIRST: (
        "CREATE TABLE parent(id INTEGER PRIMARY KEY, name TEXT) -- a comment at the end",
        "CREATE TABLE child(id INTEGER PRIMARY KEY, parent INT REFERENCES parent(id) ON DELETE CASCADE)",
        "INSERT INTO parent VALUES (1, 'it''s; -- not a comment\n.bail off\ngo\n')",
        "INSERT INTO child VALUES (1, 1), (2, 1)",
    ),
    SECOND: (
        "CREATE TRIGGER t AFTER INSERT ON child BEGIN UPDATE parent SET name = name || ';'; END",
        "CREATE TABLE new_parent(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        "INSERT INTO new_parent SELECT * FROM parent",
        "DROP TABLE parent",
        "ALTER TABLE new_parent RENAME TO parent",
        "CREATE INDEX parent_name ON parent(name)",
    ),
    THIRD: ("CREATE VIEW v AS SELECT * FROM child", "VACUUM"),
}
DOWN = {
    FIRST: ("DROP TABLE child", "DROP TABLE parent"),
    SECOND: ("DROP INDEX parent_name", "DROP TRIGGER t"),
    THIRD: ("DROP VIEW v",),
}


def _plan(start: str, end: str, *versions: str, texts: dict[str, tuple[str, ...]] | None = None) -> Plan:
    is_up = start < end
    direction = Direction.UP if is_up else Direction.DOWN
    steps = [Step("history", BASE, StepKind.RECORD, "", 0, record=RecordKind.TABLES)]
    for group, version in enumerate(versions, 1):
        statements = (texts or (UP if is_up else DOWN))[version]
        before, checks, after = surround(statements)
        kind = RecordKind.APPLIED if is_up else RecordKind.REVERTED
        steps += [Step("s", version, StepKind.SETTING, sql, None) for sql in before]
        steps += [Step("x", version, StepKind.STATEMENT, s, None if s == "VACUUM" else group) for s in statements]
        steps += [Step("c", version, StepKind.CHECK, sql, group) for sql in checks]
        steps += [Step("r", version, StepKind.RECORD, "", group, record=kind)]
        steps += [Step("s", version, StepKind.SETTING, sql, None) for sql in after]
    planned = tuple(PlannedMigration(v, f"name of {v}", "sum", "file", (), ()) for v in versions)
    return Plan("sqlite:///app.db", "sqlite", direction, start, end, tuple(steps), planned)


ALL = _plan(BASE, THIRD, FIRST, SECOND, THIRD)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database file that is not there yet."""
    return tmp_path / "app.db"


def _client(path: Path, text: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("sqlite3"):
        pytest.skip("the sqlite3 client is not installed")
    return subprocess.run(["sqlite3", str(path)], input=text, capture_output=True, text=True, check=False)


def _driver(path: Path, text: str) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.executescript(text.replace(".bail on\n", "", 1))
    finally:
        connection.close()


def _careless(path: Path, text: str) -> list[str]:
    """A client that sends statement by statement and goes on after every error."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.05)
    errors = []
    for statement in _statements(text):
        try:
            connection.execute(statement).fetchall()
        except sqlite3.Error as error:
            errors.append(str(error))
    connection.close()
    return errors


def _client_error(path: Path, text: str) -> list[str]:
    return _client(path, text).stderr.splitlines()


def _driver_error(path: Path, text: str) -> list[str]:
    with pytest.raises(sqlite3.Error) as caught:
        _driver(path, text)
    return [str(caught.value)]


def _statements(text: str) -> list[str]:
    found, waiting = [], ""
    for part in re.split(r"(?<=;)", text.replace(".bail on\n", "", 1).replace("busy_timeout=10000", "busy_timeout=50")):
        waiting += part
        if sqlite3.complete_statement(waiting):
            found.append(waiting)
            waiting = ""
    return found


def _dump(path: Path) -> str:
    connection = sqlite3.connect(path)
    # Sorted, for VACUUM writes the objects of a schema in an order of its own.
    text = "\n".join(sorted(connection.iterdump()))
    connection.close()
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)


def test_a_script_brings_a_database_to_its_version(path: Path) -> None:
    """The client runs the whole script with its default settings, and every child row survives the rebuild."""
    done = _client(path, render(ALL, is_idempotent=False))
    assert (done.returncode, done.stderr) == (0, "")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM neoron_history ORDER BY position").fetchall() == [
            (FIRST,), (SECOND,), (THIRD,),
        ]  # fmt: skip
        assert connection.execute("SELECT count(*) FROM child").fetchone() == (2,)
        name = "it's; -- not a comment\n.bail off\ngo\n"
        assert connection.execute("SELECT name FROM parent").fetchone() == (name,)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'neoron_%'").fetchone() == (2,)


def test_driver_and_client_make_the_same_database(path: Path, tmp_path: Path) -> None:
    """`executescript` and the client end in equal databases, in both forms of the script."""
    _client(path, render(ALL, is_idempotent=False))
    _driver(tmp_path / "other.db", render(ALL, is_idempotent=True))
    assert _dump(path) == _dump(tmp_path / "other.db")


def test_a_second_run_stops_and_changes_nothing(path: Path) -> None:
    """The second and third run say that it is applied already."""
    text = render(ALL, is_idempotent=True)
    _client(path, text)
    before = _dump(path)
    for _ in range(2):
        done = _client(path, text)
        assert done.returncode == 1
        assert f"neoron: already applied; nothing changed (UP from 0 to {THIRD})" in done.stderr
    with pytest.raises(sqlite3.Error, match="already applied; nothing changed"):
        _driver(path, text)
    assert _dump(path) == before


def test_killed_after_any_statement_nothing_changed_and_the_next_run_works(tmp_path: Path) -> None:
    """A script that ends after k of its statements leaves all or nothing, and running it whole converges."""
    text = render(ALL, is_idempotent=False)
    _driver(tmp_path / "whole.db", text)
    expected = _dump(tmp_path / "whole.db")
    statements = _statements(text)
    commit = next(i for i, s in enumerate(statements) if s.strip() == "COMMIT;")
    for count in range(len(statements) + 1):
        path = tmp_path / f"{count}.db"
        _driver(path, "".join(statements[:count]))
        if count <= commit:
            assert "CREATE" not in _dump(path)
            _driver(path, text)
        assert _dump(path) == expected
    assert commit > 20


@pytest.mark.parametrize("run", [_client_error, _driver_error, _careless])
def test_a_failing_statement_in_the_middle_undoes_all(path: Path, run) -> None:  # type: ignore[no-untyped-def]
    """Client, driver, and a client that ignores errors all leave the database as it was."""
    texts = {**UP, SECOND: (*UP[SECOND], "CREATE INDEX broken ON parent(nosuch)")}
    text = render(_plan(BASE, THIRD, FIRST, SECOND, THIRD, texts=texts), is_idempotent=False)
    assert any("no such column: nosuch" in line for line in run(path, text))
    assert "CREATE" not in _dump(path)


def test_the_client_without_bail_changes_nothing_either(path: Path) -> None:
    """When the first line was lost, a second run still changes nothing: the seal rolls back."""
    text = render(_plan(BASE, FIRST, FIRST), is_idempotent=False).replace(".bail on\n", "")
    assert _client(path, text).returncode == 0
    before = _dump(path)
    done = _client(path, text)
    assert "already applied" in done.stderr
    assert "neoron: rolled back" in done.stderr
    assert "cannot commit - no transaction is active" in done.stderr
    assert _dump(path) == before


@pytest.mark.parametrize("start", [(), (FIRST,), (FIRST, SECOND), (FIRST, SECOND, THIRD)])
def test_a_careless_client_changes_nothing_from_a_wrong_start(path: Path, start: tuple[str, ...]) -> None:
    """Only from exactly its start does a script do anything, even when every error is ignored."""
    if start:
        _driver(path, render(_plan(BASE, start[-1], *start), is_idempotent=False))
    before = _dump(path)
    errors = _careless(path, render(_plan(FIRST, SECOND, SECOND), is_idempotent=False))
    if start == (FIRST,):
        assert errors == []
        assert _dump(path) != before
    else:
        word = "already applied" if SECOND in start else f"this script needs version {FIRST}"
        assert any(word in error for error in errors)
        assert _dump(path) == before


def test_a_writer_elsewhere_never_makes_half_a_script(tmp_path: Path) -> None:
    """Whenever a lock of another process goes in the middle, a careless client has done all or nothing."""
    first = tmp_path / "first.db"
    _driver(first, render(_plan(BASE, FIRST, FIRST), is_idempotent=False))
    text = render(_plan(FIRST, SECOND, SECOND), is_idempotent=False)
    shutil.copy(first, tmp_path / "second.db")
    _driver(tmp_path / "second.db", text)
    nothing, all_of_it = _dump(first), _dump(tmp_path / "second.db")
    statements = _statements(text)
    outcomes = []
    for unlocked_at in range(len(statements)):
        path = Path(shutil.copy(first, tmp_path / f"{unlocked_at}.db"))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        connection = sqlite3.connect(path, isolation_level=None, timeout=0)
        for number, statement in enumerate(statements):
            if number == unlocked_at:
                other.execute("ROLLBACK")
            with suppress(sqlite3.Error):
                connection.execute(statement.replace("busy_timeout=50", "busy_timeout=0"))
        connection.close()
        other.close()
        outcomes.append(_dump(path))
    assert set(outcomes) == {nothing, all_of_it}
    assert outcomes.count(nothing) > len(statements) / 2


def test_the_way_down_is_a_script_that_says_so(path: Path) -> None:
    """A script from newer to older is headed DOWN, brings the database back, and runs once."""
    _client(path, render(ALL, is_idempotent=False))
    text = render(_plan(THIRD, BASE, THIRD, SECOND, FIRST), is_idempotent=False)
    assert text.startswith(f"-- DOWN from {THIRD} to 0\n")
    assert _client(path, text).returncode == 0
    assert "child" not in _dump(path)
    assert "already applied" in _client(path, text).stderr


def test_orphans_are_shown_and_stop_the_script(path: Path) -> None:
    """A script that would leave child rows without a parent prints them and changes nothing."""
    _client(path, render(_plan(BASE, FIRST, FIRST), is_idempotent=False))
    before = _dump(path)
    plan = _plan(FIRST, SECOND, SECOND, texts={SECOND: ("DROP TABLE parent",)})
    done = _client(path, render(plan, is_idempotent=False))
    assert done.returncode == 1
    assert "row 1 of child breaks its reference to parent\nrow 2 of child" in done.stdout
    assert "neoron: a check failed" in done.stderr
    assert _dump(path) == before


def test_the_header_tells_all_a_person_needs() -> None:
    """Direction, engine, digest, how to run it and what a second run does are at the top, then `.bail on`."""
    lines = render(ALL, is_idempotent=True).splitlines()
    header = [line for line in lines if line.startswith("--")]
    assert header[0] == f"-- UP from 0 to {THIRD}"
    assert ALL.digest[:16] in header[1]
    assert "sqlite3 app.db < file.sql" in header[2]
    assert "the script is the same" in " ".join(header)
    assert next(line for line in lines if line and not line.startswith("--")) == ".bail on"


def test_a_name_cannot_break_out_of_its_comment(path: Path) -> None:
    """A migration's name with a line end stays in its comment."""
    plan = _plan(BASE, FIRST, FIRST)
    named = replace(plan, migrations=(replace(plan.migrations[0], name="x\nDROP TABLE child;"),))
    text = render(named, is_idempotent=False)
    assert f"-- {FIRST} x DROP TABLE child;" in text
    assert _client(path, text).returncode == 0


def test_a_python_step_cannot_be_written() -> None:
    """A plan with a step in Python is refused with its version and what to run instead."""
    step = Step("p", FIRST, StepKind.PYTHON, "...", 1, note="runs as Python: it reads rows")
    with pytest.raises(PlanRefused, match=f"{FIRST} cannot be written as SQL: it runs as Python: it reads rows"):
        render(replace(ALL, steps=(*ALL.steps, step)), is_idempotent=False)
