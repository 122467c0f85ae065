"""Connections to a SQLite file: open one, send statements, own the transaction."""

from __future__ import annotations

import math
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from neoron.engines.roles import Row
from neoron.engines.roles import Session as AnySession
from neoron.engines.sqlite import lock
from neoron.engines.sqlite.address import BESIDE, MEMORY, file_uri, is_memory, require_usable_path
from neoron.engines.sqlite.faults import primary_code, translate
from neoron.engines.url import Url
from neoron.errors import MigrationError, TargetBusy, TargetUnavailable

OLDEST = (3, 35, 0)
_NO_LIMIT_MS = 2**31 - 1
_FIRST_WAIT_MS = 5_000
# Virtual machine instructions between two looks at the clock: a few per millisecond, not measurable.
_STEPS_PER_LOOK = 100_000


class Session:
    """One connection to one SQLite file, in autocommit unless `begin` was called.

    Shape: parameters are written `?`; lock_fd is the deploy lock's open file while it is held.
    """

    __slots__ = ("_is_newborn", "_is_truncating", "_statement_timeout_s", "_stops_at", "lock_fd", "raw", "url")

    def __init__(self, url: Url, raw: sqlite3.Connection) -> None:
        self.url = url
        self.raw = raw
        self.lock_fd: int | None = None
        self._is_truncating = False
        self._is_newborn = False
        self._statement_timeout_s = 0.0
        self._stops_at = math.inf

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Send one statement; the rows it touched, or -1. Raises: the driver's own error."""
        with self._limited():
            cursor = self.raw.execute(sql, parameters)
            if cursor.description is not None:
                # The driver stops at the first row; what a later row would do or refuse has to happen as well.
                for _ in cursor:
                    pass
            return cursor.rowcount

    def execute_later(self, sql: str, parameters: Sequence[Any]) -> None:
        """Send one statement, at once: there is no way to save. Raises: the driver's own error."""
        self.execute(sql, parameters)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Send one query; all its rows, none for a statement without a result. Raises: the driver's own error."""
        with self._limited():
            return self.raw.execute(sql, parameters).fetchall()

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Bound one statement by its time limit and by Ctrl-C, which the driver swallows in its callback."""
        limit_s = self._statement_timeout_s
        self._stops_at = time.monotonic() + limit_s if limit_s else math.inf
        try:
            yield
        except sqlite3.OperationalError as error:
            if primary_code(error) == "SQLITE_INTERRUPT" and time.monotonic() < self._stops_at:
                raise KeyboardInterrupt from None
            raise

    def begin(self) -> None:
        """Open a transaction. Raises: the driver's own error."""
        # IMMEDIATE takes the one write lock now, where waiting helps; a reader that turns writer may fail at once.
        self.raw.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Commit it. Raises: the driver's own error; then the transaction is still open."""
        self.raw.execute("COMMIT")

    def rollback(self) -> None:
        """Roll it back if one is still open; never raises, so that the first error is kept."""
        # A full disk, an I/O error or a lack of memory rolls back by itself; a blind ROLLBACK would then fail
        # with "no transaction is active" and hide the cause.
        with suppress(sqlite3.Error):
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")

    def commit_token(self) -> str:
        """Nothing: the connection is a file, so that the reply to a COMMIT cannot be lost on the way."""
        return ""

    def commit_outcome(self, token: str) -> bool | None:
        """None: there is nobody to ask, and never a need to."""
        return None

    def set_timeouts(self, *, lock_timeout_ms: int, statement_timeout_ms: int) -> None:
        """Bound every wait from here on; 0 means no limit. Raises: the driver's own error."""
        self.raw.execute(f"PRAGMA busy_timeout = {int(lock_timeout_ms) or _NO_LIMIT_MS}")
        self._statement_timeout_s = statement_timeout_ms / 1000
        # Also without a limit: a signal is only heard while Python code runs, so a long statement needs some.
        self.raw.set_progress_handler(lambda: time.monotonic() > self._stops_at, _STEPS_PER_LOOK)

    def close(self) -> None:
        """Close it, whatever state it is in; never raises."""
        self.rollback()
        lock.release(self)
        self.leave_as_found()
        with suppress(sqlite3.Error):
            self.raw.close()

    def alembic_connection(self) -> Any:
        """This connection as a SQLAlchemy one that shares the open transaction, for a Python step.

        Shape: its begin, commit and rollback reach nobody: the transaction stays the runner's.
        """
        from neoron.engines.sqlite.shared import share

        return share(self.raw)

    def adopt_newborn(self, was_left: bool) -> bool:
        """Take over a new file that a killed run was filling; whether this session is to leave it as a new one."""
        self._is_newborn = self._is_newborn or was_left
        return self._is_newborn

    def speed_up_newborn(self) -> None:
        """Use WAL while the first run fills a new file: one flush per commit instead of five, just as durable.

        Shape: only for a file that was empty when it was opened, where nobody has chosen a mode yet.
        """
        if self._is_newborn:
            with suppress(sqlite3.Error):
                self.raw.execute("PRAGMA journal_mode = WAL").fetchall()

    def leave_as_found(self) -> None:
        """Go back to the rollback journal of a new file, and leave no journal beside it; never raises."""
        with suppress(sqlite3.Error):
            if self._is_truncating or self._is_newborn:
                # An emptied journal would stay beside the file; going back to DELETE removes it. Another
                # connection keeps a new file in WAL, which the next one to close then ends.
                self.raw.execute("PRAGMA busy_timeout = 0")
                self.raw.execute("PRAGMA journal_mode = DELETE").fetchall()

    def apply_settings(self) -> None:
        """Put this connection's PRAGMAs in force. Raises: the driver's own error."""
        self.raw.execute(f"PRAGMA busy_timeout = {_FIRST_WAIT_MS}")
        self.raw.execute("PRAGMA foreign_keys = ON")
        # `synchronous` stays FULL: a commit that was reported survives a power cut.
        if self.raw.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
            # Deleting the journal changes the folder with every commit; emptying it does not, and a run of small
            # migrations is a quarter faster (measured). It is this connection's choice: the file is not altered,
            # as it would be by WAL, and a database that is in WAL mode stays so.
            mode = self.raw.execute("PRAGMA journal_mode = TRUNCATE").fetchone()[0]
            self._is_truncating = mode == "truncate"
        self._is_newborn = not is_memory(self.url) and not self.raw.execute("PRAGMA page_count").fetchone()[0]


def connect(url: Url, *, create: bool = False, read_only: bool = False) -> Session:
    """Open a session; `create` makes a missing file, whose folder must exist.

    Raises: TargetUnavailable for what is not a readable database; TargetBusy when it stays locked for 5 s.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        found, needed = sqlite3.sqlite_version, ".".join(map(str, OLDEST[:2]))
        raise TargetUnavailable(
            f"this Python is linked with SQLite {found}, Neoron needs {needed}", next="use a newer Python"
        )
    if not is_memory(url):
        require_usable_path(url, create=create, read_only=read_only)
    mode = "ro" if read_only else "rwc" if create else "rw"
    try:
        raw = _open(url, mode)
    except sqlite3.Error as error:
        raise _unavailable(url, error) from None
    session = Session(url, raw)
    try:
        session.apply_settings()
    except sqlite3.Error as error:
        session.close()
        raise _unavailable(url, error) from None
    return session


def _open(url: Url, mode: str) -> sqlite3.Connection:
    # A session may be closed by another thread than the one that opened it; SQLite itself serializes the calls.
    if is_memory(url):
        return sqlite3.connect(MEMORY, isolation_level=None, check_same_thread=False)
    return sqlite3.connect(file_uri(url.database, mode), uri=True, isolation_level=None, check_same_thread=False)


def _unavailable(url: Url, error: sqlite3.Error) -> MigrationError:
    fault = translate(error)
    if fault.is_lock_wait:
        return _busy(url)
    text = f"{url.database} cannot be opened: {fault.message}"
    return TargetUnavailable(text, next="check the path, its permissions and that it is a SQLite file")


def _busy(url: Url) -> TargetBusy:
    holders = ", ".join(lock.processes_with(url.database)) or "another process"
    return TargetBusy(f"{url.database} is locked by {holders}", next="run again when it has ended")


def exists(url: Url) -> bool:
    """Whether the file is there; a database in memory always is."""
    return is_memory(url) or os.path.isfile(url.database)


def drop(url: Url) -> None:
    """Delete the file and what SQLite keeps beside it.

    Raises: TargetUnavailable when it is not there or not a database; TargetBusy when another process holds it.
    """
    if is_memory(url):
        return
    require_usable_path(url, create=False, read_only=False)
    try:
        _require_alone(url)
        for ending in ("", *BESIDE):
            with suppress(FileNotFoundError):
                os.unlink(os.path.realpath(url.database) + ending)
    except OSError as error:
        text = f"{url.database} cannot be deleted: {error.strerror}"
        raise TargetUnavailable(text, next="check the permissions of its folder") from None


def _require_alone(url: Url) -> None:
    """Refuse while another connection holds the file.

    Source: SQLite, PRAGMA locking_mode: in WAL mode only an EXCLUSIVE connection asks for the file alone;
    otherwise an idle connection holds no lock, and deleting under it harms nobody.
    """
    try:
        raw = _open(url, "rw")
        try:
            raw.execute("PRAGMA busy_timeout = 100")
            raw.execute("PRAGMA locking_mode = EXCLUSIVE")
            raw.execute("BEGIN EXCLUSIVE")
            raw.execute("ROLLBACK")
        finally:
            raw.close()
    except sqlite3.Error as error:
        raise _unavailable(url, error) from None


def server_version(session: AnySession) -> str:
    """The library's version, such as `3.40.1`. Raises: the driver's own error."""
    return str(session.query("SELECT sqlite_version()")[0][0])


def product(session: AnySession) -> str:
    """`sqlite`."""
    return "sqlite"


def edition(session: AnySession) -> str:
    """Empty: SQLite costs the same in every edition."""
    return ""


def preflight(session: AnySession) -> None:
    """Refuse a target that cannot be written, by a write that is rolled back.

    Raises: TargetUnavailable.
    """
    try:
        session.begin()
        # Setting a value to itself makes SQLite open the journal, and so shows a read-only folder too.
        version = session.query("PRAGMA user_version")[0][0]
        session.execute(f"PRAGMA user_version = {int(version)}")
    except sqlite3.Error as error:
        session.rollback()
        if translate(error).is_lock_wait:
            return  # somebody writes to it just now, so it can be written
        is_right = primary_code(error) in ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
        reason = "the target is read-only" if is_right else "the target cannot be written"
        raise TargetUnavailable(
            f"{reason}: {error}", where=str(session.url), next="allow this user to write the file and its folder"
        ) from None
    session.rollback()
