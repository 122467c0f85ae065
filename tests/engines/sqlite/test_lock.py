"""The deploy lock: one owner at a time, gone when the owner dies, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neoron.engines.sqlite import lock
from neoron.engines.sqlite.session import Session, connect
from neoron.engines.url import Url
from neoron.errors import TargetUnavailable

HOLD = """
import sys, time
from neoron.engines.sqlite import lock, session
from neoron.engines.url import Url
s = session.connect(Url("sqlite", sys.argv[1]))
print(lock.try_acquire(s), flush=True)
time.sleep(60)
"""
RACE = """
import os, sys, time
from neoron.engines.sqlite import lock, session
from neoron.engines.url import Url
s = session.connect(Url("sqlite", sys.argv[1]))
inside = sys.argv[1] + ".inside"
for _ in range(int(sys.argv[2])):
    while not lock.try_acquire(s):
        time.sleep(0.001)
    os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # fails when another one is inside as well
    os.unlink(inside)
    lock.release(s)
s.close()
"""


def _holding(path: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def _files(url: Url) -> list[str]:
    return sorted(path.name for path in Path(url.database).parent.iterdir() if not path.name.endswith("-journal"))


def test_the_lock_has_one_owner_and_leaves_no_file(session: Session, url: Url) -> None:
    """A second session is refused until the first gives the lock back."""
    other = connect(url)
    assert lock.try_acquire(session)
    assert lock.try_acquire(session)
    assert not lock.try_acquire(other)
    assert f"process {os.getpid()}, since 20" in lock.holder(other)
    lock.release(session)
    lock.release(session)
    assert lock.holder(other) == ""
    assert lock.try_acquire(other)
    other.close()
    assert _files(url) == ["app.db"]


def test_a_killed_owner_gives_the_lock_back_at_once(session: Session, url: Url) -> None:
    """After kill -9 the lock is free within 0.1 s, and the file that it left names no holder."""
    process = _holding(url.database)
    assert not lock.try_acquire(session)
    assert f"(process {process.pid}, since " in lock.holder(session)
    process.send_signal(signal.SIGKILL)
    process.wait()
    start = time.monotonic()
    assert Path(lock.lock_path(url.database)).exists()
    assert lock.holder(session) == ""
    assert lock.try_acquire(session)
    assert time.monotonic() - start < 0.1
    session.close()
    assert _files(url) == ["app.db"]


def test_one_file_by_two_names_has_one_lock(session: Session, url: Url, tmp_path: Path) -> None:
    """A symbolic link to the database meets the same lock."""
    link = tmp_path / "link.db"
    link.symlink_to(url.database)
    process = _holding(str(link))
    assert not lock.try_acquire(session)
    process.kill()
    process.wait()


def test_racing_processes_are_never_inside_together(session: Session, url: Url) -> None:
    """Three processes that take and give the lock 100 times each never hold it together."""
    command = [sys.executable, "-c", RACE, url.database, "100"]
    racers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [racer.communicate()[1] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0], errors
    assert _files(url) == ["app.db"]


def test_asking_who_holds_it_does_not_make_a_run_fail(session: Session, url: Url) -> None:
    """Somebody who looks at the free lock at the same moment does not count as its owner."""
    Path(lock.lock_path(url.database)).write_text("left by a killed run")
    code = HOLD.replace("print(lock.try_acquire(s), flush=True)\ntime.sleep(60)", "while True: lock.holder(s)")
    asker = subprocess.Popen([sys.executable, "-c", code, url.database])
    time.sleep(0.3)
    taken = 0
    for _ in range(100):
        taken += lock.try_acquire(session)
        lock.release(session)
    asker.kill()
    asker.wait()
    assert taken == 100


def test_a_database_in_memory_needs_no_lock() -> None:
    """It belongs to its process alone."""
    session = connect(Url("sqlite", ":memory:"))
    assert lock.try_acquire(session)
    assert (lock.holder(session), lock.blockers(session, ())) == ("", ())
    lock.release(session)
    session.close()


def test_a_lock_file_that_cannot_be_written_is_named(session: Session, url: Url) -> None:
    """A folder in the lock file's place is refused with its path."""
    Path(lock.lock_path(url.database)).mkdir()
    with pytest.raises(TargetUnavailable, match="neoron-lock cannot be written"):
        lock.try_acquire(session)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux lists locks")
def test_the_process_that_blocks_is_named(session: Session, url: Url) -> None:
    """Who has the file open is told by process and command; this process is not listed."""
    session.execute("CREATE TABLE a(x)")
    assert lock.blockers(session, ("a",)) == ()
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
        "print(1, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, url.database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert lock.blockers(session, ("a",))[0].startswith(f"process {process.pid} (python")
