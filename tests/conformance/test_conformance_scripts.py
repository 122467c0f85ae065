"""Scripts of `migrations script`: run by each engine's own client, twice, in ranges, cut off anywhere, beside a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from conformance.all_engines import ask
from conformance.engine_under_test import EngineUnderTest, Rows
from conformance.facts import HISTORY, difference, facts
from conformance.forked_runs import Driver
from conformance.script_runs import script
from fix_oracle import dump_schema
from fix_project import ProjectFolder
from neoron import Project
from neoron.engines.lookup import open_url

MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]
IS_NIGHTLY = bool(os.environ.get("NEORON_NIGHTLY"))
QUICK_PLACES = 6
BROKEN = "INSERT INTO seen VALUES (1); INSERT INTO nowhere VALUES (1); INSERT INTO seen VALUES (2);"


@pytest.fixture
def folder(engine: EngineUnderTest, project: MakeProject) -> ProjectFolder:
    """The suite's migrations as far as they fit a script: what is in Python, or outside transactions, may not."""
    made = project(engine.empty(), "deploy_lock_wait_ms = 300")
    for version in engine.write(made)[engine.traits.scripted :]:
        next(made.migrations.glob(f"{version}_*")).unlink()
    return made


def run_to(driver: Driver, folder: ProjectFolder, url: str, *targets: str) -> str:
    """The target, where runs have taken it to these versions, one after the other."""
    for target in targets:
        ran = driver.run(folder, "--url", url, "--yes", "database", "update", target)
        assert ran.is_done, ran.output
    return url


def test_a_script_does_what_a_run_does_and_three_times_is_as_once(
    driver: Driver, engine: EngineUnderTest, folder: ProjectFolder
) -> None:
    """Up three times, down three times: schema, rows and history are those of runs, and the journal's chain holds."""
    back_to, url = engine.traits.back_to, folder.url
    there = facts(run_to(driver, folder, engine.empty(), "head"))
    back = facts(run_to(driver, folder, engine.empty(), "head", back_to))
    for text, stop in ((script(folder, "0", "head"), there), (script(folder, "head", back_to), back)):
        for is_again in (False, True, True):
            ran = engine.run_script(url, text)
            # Where a script cannot pass over what is done, it stops before it changes anything.
            assert (ran.exit_code == 0) is (not is_again or "skip" in engine.traits.can), ran.output
            assert difference(facts(url), stop, ignores_stash=True) == ""


def test_scripts_of_ranges_go_the_same_way(driver: Driver, engine: EngineUnderTest, folder: ProjectFolder) -> None:
    """One plain script for each migration, one after the other; each refuses to run twice and changes nothing then."""
    there = facts(run_to(driver, folder, engine.empty(), "head"))
    versions = ["0", *(row.id for row in Project.open(folder.path).migrations_list())]
    for start, end in pairwise(versions):
        text = script(folder, start, end, is_idempotent=False)
        ran = engine.run_script(folder.url, text)
        assert ran.exit_code == 0, ran.output
        stop = facts(folder.url)
        again = engine.run_script(folder.url, text)
        assert again.stderr != ""
        assert facts(folder.url) == stop
    assert difference(stop, there, ignores_stash=True) == ""


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_script_cut_off_after_any_statement_converges(
    direction: str, driver: Driver, engine: EngineUnderTest, folder: ProjectFolder, record_property: Record
) -> None:
    """The session ends after each statement in turn; the client then finishes it, and each effect is there once."""
    ways = {"up": ("0", "head"), "down": ("head", engine.traits.back_to)}
    before = ["head"] if direction == "down" else []
    text, wrong = script(folder, *ways[direction]), []
    wanted = facts(run_to(driver, folder, engine.empty(), *before, ways[direction][1]))
    statements = engine.statements(text)
    places = range(1, len(statements) + 1, 1 if IS_NIGHTLY else max(1, len(statements) // QUICK_PLACES))
    for number in places:
        url = run_to(driver, folder, engine.empty(), *before)
        ask(url, *statements[:number])
        ran = engine.run_script(url, text)
        found = difference(facts(url), wanted, ignores_stash=True)
        wrong += [f"after {number}: {found} {ran.stderr}"] if found else []
        engine.drop(url)
    record_property("figure", f"{engine.id}: script {direction} of {len(statements)} statements cut off after "
                              f"{len(places)} of them, {len(places) - len(wrong)} converged")  # fmt: skip
    assert wrong == []


def test_runs_go_on_from_a_script(driver: Driver, engine: EngineUnderTest, folder: ProjectFolder) -> None:
    """All is applied in `migrations list`, an update finds nothing to do, a rollback uses the stored steps."""
    assert engine.run_script(folder.url, script(folder, "0", "head")).exit_code == 0
    states = {row.state.value for row in Project.open(folder.path).migrations_list()}
    assert states == {"applied"}
    assert Project.open(folder.path).database_update().results == ()
    back = driver.run(folder, "rollback", "0", "--yes")
    assert back.is_done, back.output
    untouched, left = engine.empty(), facts(folder.url)
    ask(untouched, "SELECT 1")
    assert (left.schema, left.rows, left.history, left.faults) == (dump_schema(untouched), {}, (), ())


@pytest.mark.parametrize("is_idempotent", [False, True], ids=["plain", "idempotent"])
def test_nothing_after_the_first_error_is_done(
    is_idempotent: bool, engine: EngineUnderTest, project: MakeProject
) -> None:
    """Though a client may go on after an error, nothing more is written; mended, the script converges."""
    folder = project(engine.empty())
    folder.sql("1", "seen", "CREATE TABLE seen (n INT);", "DROP TABLE seen;")
    broken = folder.sql("2", "broken", BROKEN, "DELETE FROM seen;")
    folder.sql("3", "after", "INSERT INTO seen VALUES (3);", "DELETE FROM seen;")
    ran = engine.run_script(folder.url, script(folder, "0", "head", is_idempotent=is_idempotent))
    assert "nowhere" in ran.output
    assert _rows(engine, folder.url, "seen", "SELECT n FROM seen") == []
    assert _rows(engine, folder.url, "neoron_history", HISTORY) in ([], [("1", "applied")])
    broken.write_text(broken.read_text().replace("nowhere", "seen"))
    mended = engine.run_script(folder.url, script(folder, "0", "head"))
    assert mended.exit_code == 0, mended.output
    assert ask(folder.url, "SELECT n FROM seen ORDER BY n") == [(1,), (1,), (2,), (3,)]


def _rows(engine: EngineUnderTest, url: str, table: str, query: str) -> Rows:
    """The rows of a query; none where the table is not there."""
    return ask(url, query) if engine.has_table(url, table) else []


@pytest.mark.needs("skip")
def test_a_run_waits_for_a_script(driver: Driver, engine: EngineUnderTest, folder: ProjectFolder) -> None:
    """A session that has begun the script holds the runner's lock, and gives it back when it ends."""
    found, url = open_url(folder.url, Path())
    with closing(found.session.connect(url)) as session:
        for statement in engine.statements(script(folder, "0", "head")):
            session.execute(statement)
            if not engine.is_free(folder.url):
                break
        ran = driver.run(folder, "database", "update")
        assert (ran.exit_code, "held by" in ran.output) == (75, True), ran.output
    again = driver.run(folder, "database", "update")
    assert again.exit_code == 0, again.output
