"""Many runs that start at the same moment: one serial order explains what they did."""

from __future__ import annotations

import time
from collections.abc import Callable

import fault_projects
import pytest
from fault_checks import difference, facts
from fault_runs import Driver
from fault_targets import Targets

from fix_project import ProjectFolder

RUNNERS = 20
MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]
UPDATE = ("database", "update")


def race_on_empty(rounds: int, driver: Driver, targets: Targets, project: MakeProject, record: Record) -> None:
    """Rounds of 20 runs on an empty target each."""
    folder = project(targets.empty())
    fault_projects.write(folder, targets.engine)
    alone = targets.empty()
    assert driver.run(folder, "--url", alone, *UPDATE).exit_code == 0
    wanted, slowest_s = facts(alone), 0.0
    for _ in range(rounds):
        url = targets.empty()
        began = time.monotonic()
        ran = driver.together([(folder, ("--url", url, *UPDATE))] * RUNNERS)
        slowest_s = max(slowest_s, time.monotonic() - began)
        assert [(r.exit_code, r.output) for r in ran if r.exit_code] == []
        assert difference(facts(url), wanted) == ""
        targets.drop(url)
    record("figure", f"{targets.engine}: {rounds} rounds of {RUNNERS} runs at once, slowest round {slowest_s:.1f} s")


def test_twenty_runs_on_an_empty_target_make_one(
    driver: Driver, targets: Targets, project: MakeProject, record_property: Record
) -> None:
    """Twenty runs started together on an empty target all exit 0, and each effect is there once."""
    race_on_empty(3, driver, targets, project, record_property)


@pytest.mark.nightly
def test_twenty_runs_on_an_empty_target_make_one_fifty_times(
    driver: Driver, targets: Targets, project: MakeProject, record_property: Record
) -> None:
    """The same holds for fifty rounds."""
    race_on_empty(50, driver, targets, project, record_property)


def test_update_and_rollback_at_once_end_in_one_of_both(
    driver: Driver, targets: Targets, project: MakeProject
) -> None:
    """Each of them does its whole work or refuses; the next update ends where an undisturbed one does."""
    folder = project(targets.empty())
    fault_projects.write(folder, targets.engine)
    alone = targets.empty()
    assert driver.run(folder, "--url", alone, *UPDATE).exit_code == 0
    wanted = facts(alone)
    for start in ("3", "5", "0", "2"):
        url = targets.empty()
        assert driver.run(folder, "--url", url, *UPDATE, start).exit_code == 0
        commands = [("--url", url, *UPDATE), ("--url", url, "rollback", "0", "--yes")] * 2
        ran = driver.together([(folder, words) for words in commands])
        assert {r.exit_code for r in ran} <= {0, 10, 75}, [(r.exit_code, r.stderr) for r in ran]
        mixed = facts(url)
        assert mixed.faults == ()
        assert mixed.history in ((), wanted.history)
        again = driver.run(folder, "--url", url, *UPDATE)
        assert again.exit_code == 0, again.output
        assert difference(facts(url), wanted) == ""
        targets.drop(url)
