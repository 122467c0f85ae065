"""The deploy lock under fire: a stopped holder, a killed one, two names of one target."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import fault_pace
import pytest
from fault_checks import is_lock_held, query
from fault_runs import Driver
from fault_targets import Targets, path_of

from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]
SHORT_WAIT = "deploy_lock_wait_ms = 500"


def test_who_waits_for_a_stopped_run_gives_up_and_names_it(
    driver: Driver, targets: Targets, project: MakeProject
) -> None:
    """A second run gives up in its limit with user, host, process and since; the first then finishes."""
    url = targets.empty()
    folder = project(url, SHORT_WAIT)
    fault_pace.prepare(folder, url, seconds=0.8)
    first = fault_pace.start_slow(folder, url)
    os.kill(first.pid, signal.SIGSTOP)
    began = time.monotonic()
    second = driver.run(folder, "--url", url, "database", "update")
    waited_s = time.monotonic() - began
    os.kill(first.pid, signal.SIGCONT)
    stdout, stderr = first.communicate(timeout=30)
    assert second.exit_code == 75, second.output
    assert fault_pace.names_holder(second.stderr, first.pid), second.stderr
    assert "Nothing changed" in second.stderr
    assert 0.4 < waited_s < 3
    assert first.returncode == 0, stdout + stderr
    assert fault_pace.count(url) == 2


def test_a_killed_holder_frees_the_lock(
    driver: Driver, targets: Targets, project: MakeProject, record_property: Callable[[str, object], None]
) -> None:
    """After `kill -9` in the middle of a long statement the next run gets through within 3 seconds."""
    url = targets.empty()
    folder = project(url)
    fault_pace.prepare(folder, url)
    first = fault_pace.start_slow(folder, url)
    first.kill()
    first.communicate()
    began = time.monotonic()
    fault_pace.until(lambda: _is_free(url), within_s=5)
    freed_s = time.monotonic() - began
    fault_pace.hurry(url)
    again = driver.run(folder, "--url", url, "database", "update")
    record_property("figure", f"{targets.engine}: lock free {freed_s:.2f} s after kill -9 in a statement of 30 s")
    assert again.exit_code == 0, again.output
    assert freed_s < 3
    assert fault_pace.count(url) == 2


def _is_free(url: str) -> bool:
    if url.startswith("sqlite"):
        return not is_lock_held(url)
    locks = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database ="
    return not query(url, f"{locks} (SELECT oid FROM pg_database WHERE datname = current_database())")


@pytest.mark.postgresql
def test_two_schemas_and_two_databases_do_not_wait_for_each_other(
    driver: Driver, project: MakeProject, postgres_url: str, request: pytest.FixtureRequest
) -> None:
    """While one schema is migrated, another schema of the database is as well."""
    fault_pace.execute(postgres_url, "CREATE SCHEMA one", "CREATE SCHEMA two")
    one, two = (f"{postgres_url}?options=-csearch_path%3D{name}" for name in ("one", "two"))
    folder = project(one, SHORT_WAIT)
    for url in (one, two):
        fault_pace.prepare(folder, url)
    fault_pace.hurry(two)
    first = fault_pace.start_slow(folder, one)
    try:
        second = driver.run(folder, "--url", two, "database", "update")
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    assert second.exit_code == 0, second.output
    assert (fault_pace.count(one), fault_pace.count(two)) == (0, 2)


def test_one_file_by_two_names_is_one_target(driver: Driver, project: MakeProject, sqlite_url: str) -> None:
    """A run that reaches the file through a link waits for the one that has it by its name."""
    folder = project(sqlite_url, SHORT_WAIT)
    fault_pace.prepare(folder, sqlite_url)
    link = Path(str(path_of(sqlite_url)) + ".link.db")
    link.symlink_to(path_of(sqlite_url))
    first = fault_pace.start_slow(folder, sqlite_url)
    try:
        second = driver.run(folder, "--url", f"sqlite:///{link}", "database", "update")
    finally:
        first.kill()
        first.communicate()
    assert second.exit_code == 75, second.output
    assert fault_pace.names_holder(second.stderr, first.pid)
