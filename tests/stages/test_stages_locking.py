"""One deploy at a time: the second waits within its limit and is told who holds the lock."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.calls import Calls, two_tables
from fix_oracle import dump_rows
from neoron.engines.lookup import open_url
from neoron.engines.roles import Engine, Session
from neoron.errors import TargetBusy
from neoron.stages.locking import deploy_lock

MakeCalls = Callable[..., Calls]
ITEMS = "20260101000000"


@pytest.fixture
def two_sessions(target_url: str) -> tuple[Engine, Session, Session]:
    """Two sessions on one empty target."""
    engine, url = open_url(target_url, Path("/"))
    first, second = engine.session.connect(url, create=True), engine.session.connect(url, create=True)
    return engine, first, second


def test_the_second_waits_within_its_limit(two_sessions: tuple[Engine, Session, Session]) -> None:
    """A held lock ends the wait after its limit, naming process, host and since when."""
    engine, first, second = two_sessions
    told: list[str] = []
    with deploy_lock(engine, first, wait_ms=0):
        started = time.monotonic()
        with pytest.raises(TargetBusy) as error, deploy_lock(engine, second, wait_ms=300, on_wait=told.append):
            pytest.fail("two sessions held one lock")
        waited_s = time.monotonic() - started
    assert 0.3 <= waited_s < 1.5
    assert "the deploy lock is held by" in error.value.message
    assert str(os.getpid()) in error.value.message
    assert "since" in error.value.message
    assert "waited 0.3 s" in error.value.message
    assert error.value.next.endswith("neoron database status")
    assert len(told) == 1
    first.close()
    second.close()


def test_the_lock_is_free_again(two_sessions: tuple[Engine, Session, Session]) -> None:
    """After the block, after an error in it, and after a closed session the lock is free."""
    engine, first, second = two_sessions
    with pytest.raises(ZeroDivisionError), deploy_lock(engine, first, wait_ms=0):
        raise ZeroDivisionError
    with deploy_lock(engine, second, wait_ms=0):
        assert engine.lock.holder(first)
    assert engine.lock.holder(first) == ""
    assert engine.lock.try_acquire(first)
    first.close()
    with deploy_lock(engine, second, wait_ms=2000):
        assert engine.lock.holder(second)
    second.close()


def test_a_waiting_run_goes_on_when_the_lock_is_free(two_sessions: tuple[Engine, Session, Session]) -> None:
    """Who waits gets the lock as soon as it is given back."""
    engine, first, second = two_sessions
    assert engine.lock.try_acquire(first)
    timer = threading.Timer(0.4, first.close)
    timer.start()
    with deploy_lock(engine, second, wait_ms=10_000):
        assert engine.lock.holder(second)
    timer.join()
    second.close()


@pytest.mark.parametrize("command", [("database", "update"), ("deploy",), ("rollback", "0", "--yes")])
def test_a_busy_target_is_left_alone(calls: MakeCalls, target_url: str, command: tuple[str, ...]) -> None:
    """A command that finds the lock held ends with 75 and one line, and has changed nothing."""
    shop = two_tables(calls(target_url, "deploy_lock_wait_ms = 200"))
    shop.ok("database", "update", ITEMS)
    before = dump_rows(target_url)
    engine, url = open_url(target_url, Path("/"))
    session = engine.session.connect(url)
    with deploy_lock(engine, session, wait_ms=0):
        ran = shop.run(*command)
        status = shop.result("database", "status")
    session.close()
    assert ran.exit_code == 75, ran
    lines = ran.stderr.splitlines()
    assert lines[0].startswith("waiting for the deploy lock, held by ")
    assert lines[1].startswith("neoron: ")
    assert f"{os.getpid()}" in lines[1]
    assert len(lines) == 2
    assert str(os.getpid()) in status["lock_holder"]
    assert dump_rows(target_url) == before
    assert shop.result("database", "status")["lock_holder"] == ""


def test_nothing_to_do_takes_no_lock(calls: MakeCalls, target_url: str) -> None:
    """A run with nothing to do is not kept by a held lock."""
    shop = two_tables(calls(target_url, "deploy_lock_wait_ms = 200"))
    shop.ok("database", "update")
    engine, url = open_url(target_url, Path("/"))
    session = engine.session.connect(url)
    with deploy_lock(engine, session, wait_ms=0):
        assert shop.ok("database", "update").startswith("nothing to do")
        shop.ok("migrations", "list")
        shop.ok("deploy")
    session.close()
