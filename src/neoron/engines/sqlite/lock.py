"""The deploy lock: a lock on a side file, which the operating system gives back when its owner dies.

A row in the database would outlive its owner, and a lock of SQLite itself would keep the application out.
Not here: a database in memory, which belongs to this process alone and needs none.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from neoron.engines.roles import Session
from neoron.engines.sqlite.address import is_memory
from neoron.errors import TargetUnavailable

ENDING = ".neoron-lock"
_TRIES = 5
_PAUSE_S = 0.01
_MOST_HOLDERS = 5

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes, and nobody may read a locked one: this one lies far behind the text.
    _BYTE = 1 << 30

    def lock_file(fd: int, *, is_shared: bool) -> bool:
        """Lock an open file without waiting; whether it is locked now."""
        os.lseek(fd, _BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def lock_file(fd: int, *, is_shared: bool) -> bool:
        """Lock an open file without waiting; whether it is locked now."""
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def lock_path(database: str) -> str:
    """The side file of a database, the same by whatever name or link the database is reached.

    Source: POSIX, realpath().
    """
    return os.path.realpath(database) + ENDING


def try_acquire(session: Session) -> bool:
    """Take the lock without waiting.

    Changes: a side file beside the database while it is held.
    Raises: TargetUnavailable when the side file cannot be written.
    Source: Linux manual, flock(2): the lock belongs to the open file, and is gone when its process is.
    """
    if is_memory(session.url) or _fd(session) is not None:
        return True
    path = lock_path(session.url.database)
    try:
        fd = _locked_file(path)
        if fd is None:
            return False
        is_newborn = getattr(session, "adopt_newborn")(_left_newborn(os.read(fd, 4096)))
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, _card(is_newborn=is_newborn).encode())
    except OSError as error:
        raise TargetUnavailable(
            f"the lock file {path} cannot be written: {error.strerror}",
            where=str(session.url), next="allow this user to write in the database's folder",
        ) from None  # fmt: skip
    setattr(session, "lock_fd", fd)
    getattr(session, "speed_up_newborn")()
    return True


def _locked_file(path: str) -> int | None:
    """An open file that is locked and still lies at the path; None when somebody else holds it."""
    for attempt in range(_TRIES):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        if not lock_file(fd, is_shared=False):
            os.close(fd)
            # `holder` asks by locking for an instant; who really holds it still does after a moment.
            time.sleep(_PAUSE_S if attempt < _TRIES - 1 else 0)
        elif _is_at(fd, path):
            return fd
        else:
            os.close(fd)  # its owner deleted it between our open and our lock: it is nobody's file any more
    return None


def _is_at(fd: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _card(*, is_newborn: bool) -> str:
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    owner = {"user": _user(), "host": socket.gethostname(), "pid": os.getpid(), "since": since}
    return json.dumps({**owner, "newborn": is_newborn}) + "\n"


def _left_newborn(text: bytes) -> bool:
    """Whether a killed owner was filling a new file, whose journal mode is then still to be put back."""
    try:
        return json.loads(text)["newborn"] is True
    except (ValueError, KeyError, TypeError):
        return False


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def release(session: Session) -> None:
    """Give it back and leave no file; never raises.

    Source: Linux manual, flock(2): closing the file unlocks it.
    """
    fd = _fd(session)
    if fd is None:
        return
    path = lock_path(session.url.database)
    setattr(session, "lock_fd", None)
    with suppress(OSError):
        # Deleted while it is still locked: who waits on this file sees that it is gone, and makes a new one.
        if sys.platform != "win32" and _is_at(fd, path):
            os.unlink(path)
    with suppress(OSError):
        os.close(fd)
    if sys.platform == "win32":
        with suppress(OSError):
            os.unlink(path)


def _fd(session: Session) -> int | None:
    fd: int | None = getattr(session, "lock_fd")
    return fd


def holder(session: Session) -> str:
    """Who holds it: user, host, pid and since when; empty when nobody does, whatever file a killed run left.

    Source: Linux manual, flock(2).
    """
    if is_memory(session.url):
        return ""
    try:
        fd = os.open(lock_path(session.url.database), os.O_RDONLY)
    except OSError:
        return ""
    try:
        if lock_file(fd, is_shared=True):
            return ""
        os.lseek(fd, 0, os.SEEK_SET)
        return _words(os.read(fd, 4096))
    finally:
        os.close(fd)


def _words(text: bytes) -> str:
    try:
        card = json.loads(text)
        return f"{card['user']}@{card['host']} (process {card['pid']}, since {card['since']})"
    except (ValueError, KeyError, TypeError):
        return "a run that has only just begun"


def blockers(session: Session, tables: Sequence[str]) -> tuple[str, ...]:
    """Other processes that hold the file locked, or else have it open; as far as this machine tells.

    Source: SQLite has no list of connections; Linux manual, proc(5), /proc/locks.
    """
    return () if is_memory(session.url) else processes_with(session.url.database)


def processes_with(database: str) -> tuple[str, ...]:
    """Other processes that hold locks on a file, or else have it open, as `process 71 (python3)`.

    Source: Linux manual, proc(5), /proc/locks and /proc/[pid]/fd; empty on other systems.
    """
    try:
        status = os.stat(database)
    except OSError:
        return ()
    pids = _locking(status) or _opening(status)
    return tuple(f"process {pid} ({_command(pid)})" for pid in sorted(pids - {os.getpid()})[:_MOST_HOLDERS])


def _locking(status: os.stat_result) -> set[int]:
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    with suppress(OSError):
        fields = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        return {int(f[-4]) for f in fields if len(f) >= 8 and f[-3] == place and int(f[-4]) > 0}
    return set()


def _opening(status: os.stat_result) -> set[int]:
    pids = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(os.path.samestat(status, found) for found in _open_files(folder)):
                pids.add(int(folder.name))
    return pids


def _open_files(folder: Path) -> Iterator[os.stat_result]:
    for link in (folder / "fd").iterdir():
        with suppress(OSError):
            yield os.stat(link)


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return "unknown"
