"""The deploy lock under fire: a stopped holder, a killed one, two names of one target."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from conformance import slow_migration
from conformance.all_engines import ask
from conformance.engine_sqlite import path_of
from conformance.engine_under_test import EngineUnderTest
from conformance.forked_runs import Driver
from fix_project import ProjectFolder
from neoron.engines.lookup import open_url

MakeProject = Callable[..., ProjectFolder]
SHORT_WAIT = "deploy_lock_wait_ms = 500"


def test_who_waits_for_a_stopped_run_gives_up_and_names_it(
    driver: Driver, engine: EngineUnderTest, project: MakeProject
) -> None:
    """A second run gives up in its limit with user, host, process and since; the first then finishes."""
    url = engine.empty()
    folder = project(url, SHORT_WAIT)
    slow_migration.prepare(folder, url, seconds=0.8)
    first = slow_migration.start_slow(folder, url)
    os.kill(first.pid, signal.SIGSTOP)
    began = time.monotonic()
    second = driver.run(folder, "--url", url, "database", "update")
    waited_s = time.monotonic() - began
    os.kill(first.pid, signal.SIGCONT)
    stdout, stderr = first.communicate(timeout=30)
    assert second.exit_code == 75, second.output
    assert engine.names_holder(second.stderr, first.pid), second.stderr
    assert "Nothing changed" in second.stderr
    assert 0.4 < waited_s < 3
    assert first.returncode == 0, stdout + stderr
    assert slow_migration.count(url) == 2


def test_a_killed_holder_frees_the_lock(
    driver: Driver, engine: EngineUnderTest, project: MakeProject, record_property: Callable[[str, object], None]
) -> None:
    """After `kill -9` in the middle of a long statement the next run gets through within 3 seconds."""
    url = engine.empty()
    folder = project(url)
    # Where the server only notices at the end of a statement, that end is waited for.
    seconds = slow_migration.SLOW if "notices" in engine.traits.can else 2
    slow_migration.prepare(folder, url, seconds)
    first = slow_migration.start_slow(folder, url)
    first.kill()
    first.communicate()
    began = time.monotonic()
    slow_migration.until(lambda: engine.is_free(url), within_s=5)
    freed_s = time.monotonic() - began
    slow_migration.hurry(url)
    again = driver.run(folder, "--url", url, "database", "update")
    record_property("figure", f"{engine.id}: lock free {freed_s:.2f} s after kill -9 in a statement of {seconds} s")
    assert again.exit_code == 0, again.output
    assert freed_s < 3
    assert slow_migration.count(url) == 2


@pytest.mark.needs("schemas")
def test_two_schemas_and_two_databases_do_not_wait_for_each_other(
    driver: Driver, engine: EngineUnderTest, project: MakeProject
) -> None:
    """While one schema is migrated, another schema of the database is as well."""
    both = engine.empty()
    ask(both, "CREATE SCHEMA one", "CREATE SCHEMA two")
    one, two = (f"{both}?options=-csearch_path%3D{name}" for name in ("one", "two"))
    folder = project(one, SHORT_WAIT)
    for url in (one, two):
        slow_migration.prepare(folder, url)
    slow_migration.hurry(two)
    first = slow_migration.start_slow(folder, one)
    try:
        second = driver.run(folder, "--url", two, "database", "update")
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    assert second.exit_code == 0, second.output
    assert (slow_migration.count(one), slow_migration.count(two)) == (0, 2)


@pytest.mark.needs("links")
def test_one_file_by_two_names_is_one_target(driver: Driver, engine: EngineUnderTest, project: MakeProject) -> None:
    """A run that reaches the file through a link waits for the one that has it by its name."""
    url = engine.empty()
    folder = project(url, SHORT_WAIT)
    slow_migration.prepare(folder, url)
    link = Path(str(path_of(url)) + ".link.db")
    link.symlink_to(path_of(url))
    first = slow_migration.start_slow(folder, url)
    try:
        second = driver.run(folder, "--url", f"sqlite:///{link}", "database", "update")
    finally:
        first.kill()
        first.communicate()
    assert second.exit_code == 75, second.output
    assert engine.names_holder(second.stderr, first.pid)


def test_the_lock_keeps_others_out_and_goes_with_its_session(engine: EngineUnderTest) -> None:
    """A second session is refused and told who holds it; it gets in when that is given back, or dies."""
    found, url = open_url(engine.empty(), Path())
    lock = found.lock
    with closing(found.session.connect(url, create=True)) as first, closing(found.session.connect(url)) as second:
        assert lock.holder(second) == ""
        assert lock.try_acquire(first)
        assert not lock.try_acquire(second)
        assert engine.names_holder(lock.holder(second), os.getpid())
        lock.release(first)
        assert lock.holder(second) == ""
        assert lock.try_acquire(second)
        lock.release(second)
        assert lock.try_acquire(first)
        first.close()
        slow_migration.until(lambda: lock.try_acquire(second), within_s=10)


@pytest.mark.needs("refuses itself")
def test_the_lock_is_not_granted_twice_to_its_own_session(engine: EngineUnderTest) -> None:
    """Where the server would count it, a session that holds it is refused a second time, and one release frees it."""
    found, url = open_url(engine.empty(), Path())
    with closing(found.session.connect(url)) as first, closing(found.session.connect(url)) as second:
        assert found.lock.try_acquire(first)
        assert not found.lock.try_acquire(first)
        assert not found.lock.try_acquire(second)
        found.lock.release(first)
        assert found.lock.try_acquire(second)
