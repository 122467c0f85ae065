"""Back up with SQLite's online backup, prove it by restoring aside.

The file is one snapshot of the target. A restored file is proven by its bytes, which are those of the recorded SHA-256.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from neoron.engines.proving import sha256_of
from neoron.engines.roles import Progress, Session
from neoron.engines.sqlite.address import BESIDE, file_uri, is_memory
from neoron.engines.sqlite.beside import Beside
from neoron.engines.sqlite.copies import counted, require_recorded, version_in
from neoron.engines.sqlite.digest import CopyDigest
from neoron.engines.sqlite.faults import translate
from neoron.engines.sqlite.lock import lock_file
from neoron.engines.sqlite.raw import raw
from neoron.engines.sqlite.soundness import checked_beside
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord

FILE = "database.sqlite"
_PART = f"{FILE}.part"
_PAGES_PER_STEP = 1_024
# What fits a core's own memory: with 1 MB a copy takes three times as long.
_PIECE_BYTES = 262_144
_MOST_RESTARTS = 3
_LONGEST_WAIT_S = 30.0
_PAUSE_S = 0.001


Watch = Callable[[int, int], None]
"""Called with the pages that are left and those there are."""


class _Overtaken(Exception):
    """Writers changed the file again and again while it was copied."""


class _Waited(Exception):
    """Another process kept the file locked."""


def create(session: Session, folder: Path, *, progress: Progress) -> BackupRecord:
    """Take a backup into an empty folder while writers write.

    Shape: the record's id and path are proposals; the caller may rename the folder. It says nothing of the tables
    until it is verified.
    Changes: the folder only.
    Raises: BackupError; then the folder is as it was.
    """
    started_at, start = datetime.now(UTC), time.monotonic()
    part, final = folder / _PART, folder / FILE
    _require_empty(folder)
    with _told(session, "the backup failed"), _removed_on_failure(part, final):
        digest = _copy_live(session, part, progress)
        on_disk = Beside(lambda: sync(part))
        version = version_in(part)
        on_disk.result()
        os.replace(part, final)
        sync(folder)
        size_bytes = final.stat().st_size
    return BackupRecord(
        id=f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", engine="sqlite",
        engine_version=sqlite3.sqlite_version, kind="full", tool=f"SQLite backup API {sqlite3.sqlite_version}",
        target=str(session.url), version=version, path=folder.name, size_bytes=size_bytes,
        created_at=_text(started_at), elapsed_ms=_since(start), files={FILE: digest}, contents=(),
    )  # fmt: skip


def _require_empty(folder: Path) -> None:
    if not folder.is_dir() or any(folder.iterdir()):
        raise BackupError("a backup needs an empty folder", where=str(folder))


def verify(session: Session, record: BackupRecord, folder: Path, *, progress: Progress) -> BackupRecord:
    """Restore it into a file of its own beside the backup, compare both, delete that file in every case.

    Shape: the record that it gives holds every table with its rows; their checksums stay open until they are asked for.
    Changes: nothing of the target.
    Raises: BackupError naming the file or table that differs.
    """
    _require_part(record, folder)
    with _temporary_folder(folder) as aside:
        restore_ms = restore_compared(record, folder, aside / FILE, progress=progress)
        # A backup that was never proven has no record of its tables yet.
        is_recorded = bool(record.verified_at or record.contents)
        contents = record.contents if is_recorded else counted(aside / FILE)
    return replace(record, verified_at=_text(datetime.now(UTC)), restore_ms=restore_ms, contents=contents)


def restore_compared(record: BackupRecord, folder: Path, target: Path, *, progress: Progress) -> int:
    """Restore a backup into a new file and compare both; how long the restoring took.

    Shape: the pages of a backup are checked when it is proven for the first time; later its SHA-256 stands for that.
    Units: milliseconds.
    Changes: that file only.
    Raises: BackupError naming the file or table that differs.
    """
    start = time.monotonic()
    _require_part(record, folder)
    # The backup is checked while it is restored. What is found holds for both: the SHA-256 shows that they are equal.
    with nullcontext() if record.verified_at else checked_beside(folder / FILE, where=record.id):
        restore_into(folder, target, progress=progress)
        restore_ms = _since(start)
        _require_restored(record, folder, target)
    if record.verified_at or record.contents:
        require_recorded(target, record, progress=progress)
    return restore_ms


def _require_restored(record: BackupRecord, folder: Path, target: Path) -> None:
    try:
        is_same = sha256_of(target) == record.files[FILE]
    except OSError as error:
        raise BackupError(f"the restored {FILE} cannot be read: {error.strerror}", where=record.id) from None
    if not is_same:
        check_files(record, folder)  # an altered file is the better reason
        raise BackupError(f"{FILE} came back with other bytes", where=record.id)


def check_files(record: BackupRecord, folder: Path) -> None:
    """Compare every file with its SHA-256 in the record.

    Raises: BackupError naming the file that is missing, altered or not part of the backup.
    """
    path = _require_part(record, folder)
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise BackupError(f"{FILE} cannot be read: {error.strerror}", where=folder.name) from None
    if digest != record.files[FILE]:
        raise BackupError(f"{FILE} was altered: its SHA-256 is not the recorded one", where=folder.name)


def _require_part(record: BackupRecord, folder: Path) -> Path:
    if set(record.files) != {FILE}:
        raise BackupError(f"the record does not describe a SQLite backup of one {FILE}", where=record.id)
    path = folder / FILE
    if path.is_symlink() or not path.is_file():
        raise BackupError(f"{FILE} is missing", where=folder.name)
    return path


def restore_into(folder: Path, target: Path, *, progress: Progress) -> None:
    """Restore a backup into a new file.

    Changes: that file only, which is whole and on the disk when this returns.
    Raises: BackupError; then the file is not there.
    """
    try:
        with _removed_on_failure(target), (folder / FILE).open("rb", buffering=0) as kept:
            # Made here, so that nobody but its owner may ever read it.
            made = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with open(made, "wb") as restored:
                whole, done = os.fstat(kept.fileno()).st_size, 0
                while piece := kept.read(_PIECE_BYTES):
                    restored.write(piece)
                    done += len(piece)
                    progress("restoring aside", done, whole)
            sync(target)
            sync(target.parent)
    except OSError as error:
        raise BackupError(f"the backup cannot be restored: {error.strerror}", where=folder.name) from None


@contextmanager
def _told(session: Session, what: str) -> Iterator[None]:
    """Errors of the driver and the system as one line about the target."""
    where = str(session.url)
    try:
        yield
    except sqlite3.Error as error:
        raise BackupError(f"{what}: {translate(error).message}", where=where) from None
    except OSError as error:
        raise BackupError(f"{what}: {error.strerror}", where=where) from None
    except _Waited:
        message = f"{what}: another process kept the database locked for {_LONGEST_WAIT_S:g} s"
        raise BackupError(message, where=where, next="run again when it has ended") from None


@contextmanager
def _removed_on_failure(*paths: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for path in paths:
            for ending in ("", *BESIDE):
                with suppress(OSError):
                    path.with_name(path.name + ending).unlink()
        raise


@contextmanager
def _temporary_folder(backup: Path) -> Iterator[Path]:
    """A folder inside the backup's own; what a killed verification has left there goes first.

    Raises: BackupError, also while another process verifies the same backup.
    """
    folder, lock = backup / ".verify", backup / ".verify.lock"
    try:
        fd = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        if not lock_file(fd, is_shared=False):
            os.close(fd)
            raise BackupError("another run verifies it now", where=backup.name, next="the same command later")
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                lock.unlink()
            os.close(fd)
    except OSError as error:
        raise BackupError(f"nothing can be restored beside the backup: {error.strerror}", where=backup.name) from None


# Copying.


def _copy_live(session: Session, target: Path, progress: Progress) -> str:
    """Copy from a connection of its own, so that writers of this process and of others may go on; the SHA-256."""
    if is_memory(session.url):
        return _copy(raw(session), None, target, _watch(progress))
    file = Path(session.url.database)
    with closing(sqlite3.connect(file_uri(file, "ro"), uri=True, isolation_level=None)) as source:
        source.execute("PRAGMA busy_timeout = 0")
        if _patiently(source, "PRAGMA journal_mode") == "wal":
            # In WAL mode a reader's snapshot keeps nobody waiting, and the copy never has to begin again.
            _hold_snapshot(source)
            return _copy(source, file, target, _watch(progress))
        try:
            return _copy(source, file, target, _watch(progress, restarts=_MOST_RESTARTS))
        except _Overtaken:
            # Each write begins the copy again; the read lock makes writers wait, for this one pass.
            target.unlink()
            _hold_snapshot(source)
            return _copy(source, file, target, _watch(progress))


def _hold_snapshot(source: sqlite3.Connection) -> None:
    source.execute("BEGIN")
    _patiently(source, "SELECT count(*) FROM sqlite_master")


def _patiently(source: sqlite3.Connection, query: str) -> object:
    """The one value of a query, asked again while the file is locked.

    Asked often: SQLite's own waiting sleeps up to 100 ms, and between a busy writer's transactions the file is
    free for much less (measured: a copy of 8 MB took 8 s of such waiting).
    """
    until = time.monotonic() + _LONGEST_WAIT_S
    while True:
        try:
            return source.execute(query).fetchone()[0]
        except sqlite3.OperationalError as error:
            if not translate(error).is_lock_wait:
                raise
            if time.monotonic() > until:
                raise _Waited from None
        time.sleep(_PAUSE_S)


def _copy(source: sqlite3.Connection, file: Path | None, target: Path, watch: Watch) -> str:
    """Copy every page into a new file; its SHA-256.

    Source: SQLite, "Using the SQLite Online Backup API".
    """
    waiting_since: float | None = None

    def step(status: int, left: int, whole: int) -> None:
        nonlocal waiting_since
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            waiting_since = waiting_since or time.monotonic()
            if time.monotonic() - waiting_since > _LONGEST_WAIT_S:
                raise _Waited
            return
        waiting_since = None
        watch(left, whole)
        digest.see(left, whole)

    # Made here, so that nobody but its owner may ever read it.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with CopyDigest(target, file) as digest:
        with closing(sqlite3.connect(file_uri(target, "rw"), uri=True, isolation_level=None)) as copy:
            # A copy that a crash cuts short is thrown away, and a finished one is synced as a whole.
            copy.execute("PRAGMA synchronous = OFF")
            copy.execute("PRAGMA journal_mode = OFF")
            source.backup(copy, pages=_PAGES_PER_STEP, progress=step, sleep=_PAUSE_S)
        return digest.ended()


def _watch(progress: Progress, *, restarts: int | None = None) -> Watch:
    """Tells how far it is, and stops the copy when it began again too often."""
    least, begun = None, 0

    def watch(left: int, whole: int) -> None:
        nonlocal least, begun
        if least is not None and left >= least and left:
            begun += 1
            if restarts is not None and begun >= restarts:
                raise _Overtaken
        least = left
        progress("copying", whole - left, whole)

    return watch


# Files.


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows has no such call for folders
    fd = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
