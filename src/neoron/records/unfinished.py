"""Backups in the making, each with a lock that dies with its owner: what a killed run left is known and removed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PARTIAL, LOCK = ".partial-", ".lock"

if sys.platform == "win32":

    def _try_lock(fd: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:

    def _try_lock(fd: int) -> bool:
        import fcntl

        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Make a folder, and show to `clear_left` that a run is at work on it. The lock comes first.

    Raises: OSError.
    Source: Linux manual, flock(2): the lock is gone when its process is.
    """
    lock = folder.with_name(folder.name + LOCK)
    fd = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _try_lock(fd)
        folder.mkdir(mode=0o700)
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(fd)


@contextmanager
def room(root: Path, name: str) -> Iterator[Path]:
    """An empty folder that nobody else reads, removed at the end with all that is in it.

    Shape: what a killed run leaves is removed by the next one that wants a room there.
    Raises: OSError.
    """
    clear_left(root)
    folder = root / f"{PARTIAL}{name}"
    with ExitStack() as opening:
        opening.enter_context(owned(folder))
        # Removed while it is still owned: a kill in between would leave plain parts that no later run looks for.
        opening.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


def clear_left(root: Path, *, also: Callable[[str], None] | None = None) -> None:
    """Remove what killed runs have left: folders whose lock nobody holds, and locks without a folder.

    Shape: also is called first with the name that the killed run had; what it raises leaves that folder for later.
    """
    for lock in root.glob(f"{PARTIAL}*{LOCK}"):
        with suppress(OSError):
            fd = os.open(lock, os.O_RDWR)
            try:
                if _try_lock(fd):
                    if also:
                        also(lock.name.removeprefix(PARTIAL).removesuffix(LOCK))
                    shutil.rmtree(lock.with_name(lock.name.removesuffix(LOCK)), ignore_errors=True)
                    lock.unlink()
            finally:
                os.close(fd)
