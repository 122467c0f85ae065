"""Migrations that cannot be one transaction fail in the middle: what was done counts, and the rest follows."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from conformance import slow_migration
from conformance.all_engines import ask
from conformance.engine_under_test import EngineUnderTest
from conformance.facts import facts
from conformance.forked_runs import Driver
from conformance.project_counters import ONCE, note
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]
UPDATE = ("database", "update")
BASE_TABLES = (
    "CREATE TABLE counters (name varchar(20) PRIMARY KEY, n int NOT NULL)", "INSERT INTO counters VALUES ('a', 0)",
    "CREATE TABLE notes (note varchar(40) NOT NULL)",
)  # fmt: skip


@pytest.fixture
def half(targets: EngineUnderTest, project: MakeProject) -> tuple[ProjectFolder, str]:
    """A migration outside a transaction whose third statement fails, and its target."""
    url = targets.empty()
    ask(url, *BASE_TABLES)
    folder = project(url)
    fails = "INSERT INTO nowhere VALUES (1)"
    folder.sql("1", "half", f"{ONCE}; {note('two')}; {fails}; {ONCE};", options="transaction:false")
    return folder, url


def test_a_failed_statement_leaves_the_ones_before_it_and_says_half_way(
    half: tuple[ProjectFolder, str], driver: Driver
) -> None:
    """Statement 3 of 4 fails: exit 21, `half-way`, the file and line, and the next step; a rerun repeats nothing."""
    folder, url = half
    for _ in range(2):
        ran = driver.run(folder, "--url", url, *UPDATE)
        assert ran.exit_code in (20, 21), ran.output
        assert "1_half.sql" in ran.output
        assert "nowhere" in ran.output
        assert slow_migration.count(url) == 1
        assert ask(url, "SELECT note FROM notes") == [("two",)]
    listed = driver.run(folder, "--url", url, "migrations", "list")
    assert "partial" in listed.stdout


def test_the_part_that_was_not_run_may_be_edited(half: tuple[ProjectFolder, str], driver: Driver) -> None:
    """Mending the statement that failed is enough: the same command starts there and ends the migration."""
    folder, url = half
    first = driver.run(folder, "--url", url, *UPDATE)
    assert first.exit_code == 21, first.output
    assert "half-way" in first.output
    folder.sql("1", "half", f"{ONCE}; {note('two')}; {note('three')}; {ONCE};", options="transaction:false")
    again = driver.run(folder, "--url", url, *UPDATE)
    assert again.exit_code == 0, again.output
    assert slow_migration.count(url) == 2
    assert sorted(ask(url, "SELECT note FROM notes")) == [("three",), ("two",)]
    assert facts(url).history == (("1", "applied"),)
    assert facts(url).faults == ()


def test_the_part_that_was_run_may_not_be_edited(half: tuple[ProjectFolder, str], driver: Driver) -> None:
    """An edit of a statement that was executed is refused with exit 10, and nothing is sent."""
    folder, url = half
    assert driver.run(folder, "--url", url, *UPDATE).exit_code == 21
    folder.sql("1", "half", f"{ONCE}; {note('other')}; {note('three')}; {ONCE};", options="transaction:false")
    again = driver.run(folder, "--url", url, *UPDATE)
    assert again.exit_code == 10, again.output
    assert "edited" in again.output
    assert "1_half.sql" in again.output
    assert slow_migration.count(url) == 1


def test_a_unique_index_over_duplicates_leaves_no_invalid_one(
    driver: Driver, project: MakeProject, postgres_url: str
) -> None:
    """The failed build is cleared away and the state named; once the duplicates are gone the same command finishes."""
    ask(postgres_url, *BASE_TABLES, "INSERT INTO notes VALUES ('same'), ('same')")
    folder = project(postgres_url)
    build = "CREATE UNIQUE INDEX CONCURRENTLY one_note ON notes (note)"
    folder.sql("1", "unique", f"{ONCE}; {build}; {ONCE};", f"DROP INDEX CONCURRENTLY one_note; {ONCE};")
    for _ in range(2):
        ran = driver.run(folder, *UPDATE)
        assert ran.exit_code in (20, 21), ran.output
        assert "half-way" in driver.run(folder, "database", "status").output + ran.output
        assert "duplicate" in ran.output
        assert re.search(r"then run the same command", ran.output)
        assert facts(postgres_url).faults == ()
        assert "one_note" not in facts(postgres_url).schema
        assert slow_migration.count(postgres_url) == 1
    ask(postgres_url, "DELETE FROM notes")
    again = driver.run(folder, *UPDATE)
    assert again.exit_code == 0, again.output
    assert "one_note" in facts(postgres_url).schema
    assert slow_migration.count(postgres_url) == 2
    back = driver.run(folder, "rollback", "0", "--yes")
    assert back.exit_code == 0, back.output
    assert "one_note" not in facts(postgres_url).schema


def test_a_concurrent_build_among_other_statements_is_a_step_of_its_own(
    project: MakeProject, postgres_url: str
) -> None:
    """Nobody has to ask for it: the plan puts the build outside, and what stands around it in transactions."""
    ask(postgres_url, *BASE_TABLES)
    folder = project(postgres_url)
    folder.sql("1", "mixed", f"{ONCE}; {note('x')}; CREATE INDEX CONCURRENTLY i ON notes (note); {ONCE};")
    plan = folder.json("database", "update", "--dry-run")["result"]
    groups = {step["sql"]: step["transaction"] for step in plan["steps"] if step["kind"] == "statement"}
    assert groups["CREATE INDEX CONCURRENTLY i ON notes (note)"] is None
    assert groups[note("x")] is not None
    ran = folder.run("database", "update")
    assert ran.exit_code == 0, ran.output
    assert slow_migration.count(postgres_url) == 2
