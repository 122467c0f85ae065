"""Hold the deploy lock around a run: a bounded wait that names the holder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from neoron.engines.roles import Engine, Session
from neoron.errors import TargetBusy

OnWait = Callable[[str], None]


@contextmanager
def deploy_lock(engine: Engine, session: Session, *, wait_ms: int, on_wait: OnWait | None = None) -> Iterator[None]:
    """Hold the deploy lock while the block runs.

    Raises: TargetBusy naming the holder when the wait ends.
    """
    acquire(engine, session, wait_ms=wait_ms, on_wait=on_wait)
    try:
        yield
    finally:
        engine.lock.release(session)


def acquire(engine: Engine, session: Session, *, wait_ms: int, on_wait: OnWait | None = None) -> None:
    """Take the deploy lock, polling: a waiting statement would itself hold up index builds.

    Raises: TargetBusy naming the holder when the wait ends.
    """
    deadline = time.monotonic() + wait_ms / 1000
    told = False
    pause_s = 0.01
    while not engine.lock.try_acquire(session):
        if not told and on_wait:
            on_wait(engine.lock.holder(session) or "another run")
            told = True
        if time.monotonic() >= deadline:
            holder = engine.lock.holder(session) or "a run that ended just now"
            raise TargetBusy(
                f"the deploy lock is held by {holder}; waited {wait_ms / 1000:g} s",
                where=str(session.url), next="run again when it has ended: neoron database status",
            )  # fmt: skip
        time.sleep(jittered(pause_s))
        pause_s = min(pause_s * 1.5, 0.25)


def jittered(pause_s: float) -> float:
    """A pause within half of the one given, so that many waiting runs do not come back together."""
    import random  # needed by few runs, and slow to import

    return pause_s * random.uniform(0.5, 1.5)
