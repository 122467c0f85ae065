"""A run that is told to stop rolls back, says so, and can be started again."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from conformance import slow_migration
from conformance.all_engines import ask
from conformance.engine_under_test import EngineUnderTest
from conformance.forked_runs import Driver
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]


@pytest.mark.needs("notices")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_a_stopped_run_rolls_back_and_says_so(
    number: signal.Signals, driver: Driver, engine: EngineUnderTest, project: MakeProject
) -> None:
    """Ctrl-C or SIGTERM in the middle of a statement ends it: nothing changed, non-zero exit, and a rerun works."""
    url = engine.empty()
    folder = project(url)
    slow_migration.prepare(folder, url)
    process = slow_migration.start_slow(folder, url)
    began = time.monotonic()
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    took_s = time.monotonic() - began
    assert process.returncode in (20, 130), stdout + stderr
    assert "interrupted" in stdout + stderr
    assert "Nothing changed" in stdout + stderr
    assert "Traceback" not in stdout + stderr
    assert took_s < 3
    assert slow_migration.count(url) == 0
    assert not engine.is_slow(url)
    slow_migration.hurry(url)
    again = driver.run(folder, "--url", url, "database", "update")
    assert again.exit_code == 0, again.output
    assert slow_migration.count(url) == 2
    assert ask(url, "SELECT progress FROM neoron_history") == [("applied",)]


def test_a_second_signal_ends_it_at_once(engine: EngineUnderTest, project: MakeProject) -> None:
    """Whoever insists is out within a second, and still nothing has changed."""
    url = engine.empty()
    folder = project(url)
    slow_migration.prepare(folder, url)
    process = slow_migration.start_slow(folder, url)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    process.communicate(timeout=60)
    assert time.monotonic() - began < 1.5
    assert process.returncode != 0
    assert slow_migration.count(url) == 0
