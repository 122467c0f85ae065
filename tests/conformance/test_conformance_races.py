"""Many runs that start at the same moment: one serial order explains what they did."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from conformance.engine_under_test import EngineUnderTest
from conformance.facts import difference, facts
from conformance.forked_runs import Driver
from fix_project import ProjectFolder

RUNNERS = 20
MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]
UPDATE = ("database", "update")


def race_on_empty(rounds: int, driver: Driver, engine: EngineUnderTest, project: MakeProject, record: Record) -> None:
    """Rounds of 20 runs on an empty target each."""
    folder = project(engine.empty())
    engine.write(folder)
    alone = engine.empty()
    assert driver.run(folder, "--url", alone, *UPDATE).exit_code == 0
    wanted, slowest_s = facts(alone), 0.0
    for _ in range(rounds):
        url = engine.empty()
        began = time.monotonic()
        ran = driver.together([(folder, ("--url", url, *UPDATE))] * RUNNERS)
        slowest_s = max(slowest_s, time.monotonic() - began)
        assert [(r.exit_code, r.output) for r in ran if r.exit_code] == []
        assert difference(facts(url), wanted) == ""
        engine.drop(url)
    record("figure", f"{engine.id}: {rounds} rounds of {RUNNERS} runs at once, slowest round {slowest_s:.1f} s")


def test_twenty_runs_on_an_empty_target_make_one(
    driver: Driver, engine: EngineUnderTest, project: MakeProject, record_property: Record
) -> None:
    """Twenty runs started together on an empty target all exit 0, and each effect is there once."""
    race_on_empty(3, driver, engine, project, record_property)


@pytest.mark.nightly
def test_twenty_runs_on_an_empty_target_make_one_fifty_times(
    driver: Driver, engine: EngineUnderTest, project: MakeProject, record_property: Record
) -> None:
    """The same holds for fifty rounds."""
    race_on_empty(50, driver, engine, project, record_property)


def test_update_and_rollback_at_once_end_in_one_of_both(
    driver: Driver, engine: EngineUnderTest, project: MakeProject
) -> None:
    """Each of them does its whole work or refuses; the next update ends where an undisturbed one does."""
    folder = project(engine.empty())
    versions = engine.write(folder)
    alone = engine.empty()
    assert driver.run(folder, "--url", alone, *UPDATE).exit_code == 0
    wanted = facts(alone)
    for start in (*versions[::2], "0", versions[1]):
        url = engine.empty()
        assert driver.run(folder, "--url", url, *UPDATE, start).exit_code == 0
        commands = [("--url", url, *UPDATE), ("--url", url, "rollback", "0", "--yes")] * 2
        ran = driver.together([(folder, words) for words in commands])
        assert {r.exit_code for r in ran} <= {0, 1, 10, 75}, [(r.exit_code, r.stderr) for r in ran]
        mixed = facts(url)
        assert mixed.faults == ()
        assert mixed.history in ((), wanted.history)
        again = driver.run(folder, "--url", url, *UPDATE)
        assert again.exit_code == 0, again.output
        assert difference(facts(url), wanted, ignores_stash=True) == ""
        engine.drop(url)
