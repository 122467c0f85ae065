"""Bring a backup back: a file beside the database, compared, then renamed over it.

A rename replaces the file in one step. It must never happen while a journal of the old file lies beside it: SQLite
would play it into the new one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from neoron.engines.roles import Progress
from neoron.engines.sqlite.address import BESIDE, file_uri, is_memory
from neoron.engines.sqlite.backup import FILE, check_files, restore_compared, sync
from neoron.engines.sqlite.copies import measured
from neoron.engines.sqlite.faults import primary_code, translate
from neoron.engines.sqlite.lock import processes_with
from neoron.engines.url import Url
from neoron.errors import BackupError, TargetBusy, TargetUnavailable, UsageError
from neoron.model.backup import BackupRecord
from neoron.model.schema import TableContent

_BUSY_MS = 2_000


def names(url: Url, mark: str) -> tuple[str, str]:
    """The files for what is loaded and for what it replaces, in the database's own folder.

    Raises: UsageError for a database in memory.
    """
    if is_memory(url):
        raise UsageError("a database in memory has no place that a backup could be brought back to", where=str(url))
    target = os.path.realpath(url.database)
    return f"{target}.restore-{mark}", f"{target}.before-{mark}"


def check(record: BackupRecord, folder: Path, back_to: str) -> None:
    """Compare every part with the record; a time is refused: SQLite keeps no log of changes. Raises: BackupError."""
    if back_to:
        raise BackupError(
            "SQLite keeps no log of changes: a backup goes back to its own moment only", where=record.id,
            next="leave out --to-time",
        )  # fmt: skip
    check_files(record, folder)


def load(url: Url, record: BackupRecord, folder: Path, aside: str, *, back_to: str, progress: Progress) -> None:
    """Load it into a file of its own, and compare both.

    Changes: that file only.
    Raises: BackupError.
    """
    drop(url, aside, ends_sessions=True)
    restore_compared(record, folder, Path(aside), progress=progress)


def held(record: BackupRecord, folder: Path, *, progress: Progress) -> tuple[TableContent, ...]:
    """The tables with their checksums: of the record, or of the backup itself where the record has none.

    Raises: BackupError.
    """
    if record.contents and all(content.checksum for content in record.contents):
        return record.contents
    return measured(folder / FILE, progress)


def is_there(url: Url, name: str) -> bool:
    """Whether there is such a file."""
    return os.path.isfile(name)


def holders(url: Url) -> tuple[str, ...]:
    """Other processes of this machine that have the file open. Source: Linux manual, proc(5)."""
    return processes_with(os.path.realpath(url.database))


def swap(url: Url, aside: str, safety: str, *, ends_sessions: bool) -> None:
    """Keep the database file under the name `safety` and rename `aside` over it; both are on the disk then.

    Raises: TargetBusy naming the processes that have it open, which only they themselves can end.
    Source: POSIX, rename(): the new name is never absent; SQLite, "How To Corrupt", section 1.4.
    """
    target = os.path.realpath(url.database)
    _require_closed(url, holders(url), ends_sessions=ends_sessions)
    try:
        if os.path.lexists(target):
            with _alone(url, Path(aside)) as is_readable:
                _like(Path(target), Path(aside))
                _keep(target, safety)
                if not is_readable:
                    _move_beside(target, safety)
                os.replace(aside, target)
        else:
            _move_beside(target, safety)
            os.replace(aside, target)
        sync(Path(target).parent)
    except OSError as error:
        raise TargetUnavailable(
            f"the files cannot be swapped: {error.strerror}", where=str(url), next="run as the owner of the database"
        ) from None


def _require_closed(url: Url, found: tuple[str, ...], *, ends_sessions: bool) -> None:
    if found:
        why = "; SQLite has no sessions that could be ended from here" if ends_sessions else ""
        raise TargetBusy(
            f"it is open in {', '.join(found)}{why}", where=str(url), next="stop them, then the same command"
        )


@contextmanager
def _alone(url: Url, aside: Path) -> Iterator[bool]:
    """Nobody else reads or writes the old file while the block runs, and no journal lies beside it.

    Shape: False for a file that SQLite cannot read, which nobody else can then.
    """
    with closing(sqlite3.connect(file_uri(url.database, "rw"), uri=True, isolation_level=None)) as old:
        try:
            was_wal = _close_off(old)
        except sqlite3.Error as error:
            if translate(error).is_lock_wait:
                busy = ", ".join(holders(url)) or "another process"
                raise TargetBusy(f"it is locked by {busy}", where=str(url), next="the same command later") from None
            if primary_code(error) not in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
                raise TargetUnavailable(f"it cannot be locked: {translate(error).message}", where=str(url)) from None
            yield False
            return
        try:
            if was_wal:
                with closing(sqlite3.connect(file_uri(aside, "rw"), uri=True, isolation_level=None)) as new:
                    new.execute("PRAGMA journal_mode = WAL").fetchall()
            yield True
        except BaseException:
            with suppress(sqlite3.Error):
                old.execute("ROLLBACK")
                if was_wal:
                    old.execute("PRAGMA journal_mode = WAL").fetchall()
            raise
        # Nothing was written, so that ending this touches no file: the path is the new database's by now.
        old.execute("ROLLBACK")


def _close_off(old: sqlite3.Connection) -> bool:
    """Bring a write-ahead log into the file, take the file for this connection alone; whether it was in WAL mode.

    Source: SQLite, PRAGMA journal_mode: leaving WAL needs the file alone, and removes the log.
    """
    old.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    was_wal = bool(old.execute("PRAGMA journal_mode").fetchone()[0] == "wal")
    if was_wal:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        old.execute("PRAGMA journal_mode = DELETE").fetchall()
    old.execute("BEGIN EXCLUSIVE")
    return was_wal


def _like(old: Path, new: Path) -> None:
    """Give the new file the old one's owner and rights, or the application could not open it. Raises: OSError."""
    status, own = old.stat(), new.stat()
    if (status.st_uid, status.st_gid) != (own.st_uid, own.st_gid) and hasattr(os, "chown"):
        os.chown(new, status.st_uid, status.st_gid)
    new.chmod(stat.S_IMODE(status.st_mode))
    sync(new)


def _keep(target: str, safety: str) -> None:
    """A second name for the old file; a copy where the file system has no second names. Raises: OSError."""
    if os.path.exists(safety):
        if os.path.samefile(target, safety):
            return  # an earlier run was killed just after this
        os.unlink(safety)
    try:
        os.link(target, safety)
    except (OSError, NotImplementedError):
        shutil.copy2(target, safety)
        sync(Path(safety))
    sync(Path(target).parent)


def _move_beside(target: str, safety: str) -> None:
    """Move what SQLite keeps beside a file away from the name, to the safety copy. Raises: OSError."""
    for ending in BESIDE:
        with suppress(FileNotFoundError):
            os.rename(target + ending, safety + ending)
    sync(Path(target).parent)


def drop(url: Url, name: str, *, ends_sessions: bool) -> None:
    """Delete a file beside the database, and what SQLite keeps beside that. Raises: TargetUnavailable, TargetBusy."""
    if not ends_sessions:
        _require_closed(url, processes_with(name), ends_sessions=False)
    try:
        for ending in (*BESIDE, ""):
            with suppress(FileNotFoundError):
                os.unlink(name + ending)
    except OSError as error:
        raise TargetUnavailable(f"{name} cannot be deleted: {error.strerror}", where=str(url)) from None
