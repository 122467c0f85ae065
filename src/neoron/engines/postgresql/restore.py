"""Bring a backup back: a database beside the target, compared, then both renamed in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from neoron.engines.postgresql.aside import connected, create_sql, drop_database
from neoron.engines.postgresql.backup import check_files, compare, restore_into
from neoron.engines.postgresql.faults import errors, translate
from neoron.engines.postgresql.likeness import make_like
from neoron.engines.postgresql.session import connect, maintenance_database
from neoron.engines.roles import Progress, Session
from neoron.engines.url import Url
from neoron.errors import BackupError, MigrationError, TargetBusy, TargetUnavailable
from neoron.model.backup import BackupRecord
from neoron.model.schema import TableContent
from neoron.sql.quote import quote_identifier

_NAME_BYTES = 63
_IN_USE, _NO_RIGHT = "55006", "42501"
_END_EVERY_S = 0.2
# The server itself waits 5 s for sessions to go before it refuses a rename.
_SESSIONS = """
SELECT pid, coalesce(usename, ''), coalesce(nullif(application_name, ''), backend_type), coalesce(state, '')
FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
ORDER BY pid LIMIT 20
"""
_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()
AND backend_type <> 'autovacuum worker'
"""


def names(url: Url, mark: str) -> tuple[str, str]:
    """The databases for what is loaded and for what it replaces."""
    return _named(url, f"_restore_{mark}"), _named(url, f"_before_{mark}")


def _named(url: Url, ending: str) -> str:
    return url.database.encode()[: _NAME_BYTES - len(ending)].decode(errors="ignore") + ending


def check(record: BackupRecord, folder: Path, back_to: str) -> None:
    """Compare every part with the record; a dump goes back to its own moment only. Raises: BackupError."""
    if back_to:
        raise BackupError(
            "a dump goes back to its own moment only; a time needs a physical backup and its archived WAL",
            where=record.id, next="leave out --to-time, or name a physical backup",
        )  # fmt: skip
    check_files(record, folder)


@contextmanager
def maintenance(url: Url) -> Iterator[Session]:
    """A session on the server that does not hold the target. Raises: TargetUnavailable."""
    session: Session = connect(replace(url, database=maintenance_database(url)))
    try:
        yield session
    finally:
        session.close()


def held(record: BackupRecord, folder: Path, *, progress: Progress) -> tuple[TableContent, ...]:
    """The tables with their checksums, as the record has them."""
    return record.contents


def load(url: Url, record: BackupRecord, folder: Path, aside: str, *, back_to: str, progress: Progress) -> None:
    """Load it into a database of its own, compare every table, and give it the target's owner, rights and settings.

    Changes: that database only.
    Raises: BackupError.
    """
    with maintenance(url) as session:
        _fill(session, url, folder, aside, progress)
        with connected(url, aside) as copy:
            compare(copy, record, progress)
        make_like(session, url.database, aside)


def _fill(session: Session, url: Url, folder: Path, aside: str, progress: Progress) -> None:
    """Restore the dump, with its owners where this user may give objects to them."""
    for keeps_owners in (True, False):
        _create(session, url, aside)
        try:
            restore_into(session, aside, folder, progress=progress, keeps_owners=keeps_owners)
            return
        except BackupError as error:
            if not (keeps_owners and "must be" in error.message):
                raise


def _create(session: Session, url: Url, aside: str) -> None:
    try:
        if not drop_database(session, aside):
            raise BackupError(f'the database "{aside}" of an earlier try cannot be dropped', where=str(url))
        session.execute(create_sql(session, aside, url.database))
    except errors() as error:
        fault = translate(error)
        if fault.code == _NO_RIGHT:
            message = f"user {session.url.user} lacks the right CREATEDB: a backup is loaded beside the target"
            raise BackupError(message, where=str(url), next="ALTER ROLE … CREATEDB") from None
        raise BackupError(f"cannot create a database to restore into: {fault.message}", where=str(url)) from None


def is_there(url: Url, name: str) -> bool:
    """Whether there is such a database. Raises: TargetUnavailable."""
    with maintenance(url) as session:
        return _exists(session, name)


def _exists(session: Session, name: str) -> bool:
    return bool(session.query("SELECT 1 FROM pg_database WHERE datname = %s", (name,)))


def holders(url: Url) -> tuple[str, ...]:
    """Sessions of the target's database. Raises: TargetUnavailable. Source: PostgreSQL manual, "pg_stat_activity"."""
    with maintenance(url) as session:
        return _holders(session, url.database)


def _holders(session: Session, database: str) -> tuple[str, ...]:
    rows = session.query(_SESSIONS, (database,))
    return tuple(
        f"session {pid} ({', '.join(word for word in (user, application, state) if word)})"
        for pid, user, application, state in rows
    )


def swap(url: Url, aside: str, safety: str, *, ends_sessions: bool) -> None:
    """Rename the target to `safety` and `aside` to the target, in one transaction.

    Raises: TargetBusy naming the sessions that hold it; TargetUnavailable without the right to rename.
    Source: PostgreSQL manual, ALTER DATABASE: only the owner with CREATEDB, or a superuser, may rename; nobody may be
    connected. Who connects while a rename waits has to wait for it.
    """
    with maintenance(url) as session, _ended(url, ends_sessions=ends_sessions):
        if not ends_sessions:
            _require_free(session, url)
        try:
            session.execute("BEGIN")
            if _exists(session, url.database):
                session.execute(_rename(url.database, safety))
            session.execute(_rename(aside, url.database))
            session.execute("COMMIT")
        except errors() as error:
            session.rollback()
            fault = translate(error)
            if fault.code == _IN_USE:
                _require_free(session, url)
                raise TargetBusy(f"it is in use: {fault.message}", where=str(url), next="the same command") from None
            raise TargetUnavailable(f"the databases cannot be swapped: {fault.message}", where=str(url)) from None


def _rename(name: str, new: str) -> str:
    return f"ALTER DATABASE {quote_identifier(name, 'postgresql')} RENAME TO {quote_identifier(new, 'postgresql')}"


def _require_free(session: Session, url: Url) -> None:
    found = _holders(session, url.database)
    if found:
        raise TargetBusy(
            f"it is held by {', '.join(found)}", where=str(url), next="stop them, or run again with --end-sessions"
        )


@contextmanager
def _ended(url: Url, *, ends_sessions: bool) -> Iterator[None]:
    """End the sessions of the target, again and again while the block runs. Raises: TargetUnavailable."""
    if not ends_sessions:
        yield
        return
    is_over = threading.Event()
    with maintenance(url) as ender:
        try:
            ender.query(_END, (url.database,))
        except errors() as error:
            message = f"its sessions cannot be ended: {translate(error).message}"
            raise TargetUnavailable(message, where=str(url), next="GRANT pg_signal_backend TO …") from None
        thread = threading.Thread(target=_end_again, args=(ender, url.database, is_over))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def _end_again(ender: Session, database: str, is_over: threading.Event) -> None:
    with suppress(*errors()):
        while not is_over.wait(_END_EVERY_S):
            ender.query(_END, (database,))


def drop(url: Url, name: str, *, ends_sessions: bool) -> None:
    """Drop a database beside the target. Raises: TargetBusy naming who is connected; TargetUnavailable."""
    force = " WITH (FORCE)" if ends_sessions else ""
    with maintenance(url) as session:
        try:
            session.execute(f"DROP DATABASE IF EXISTS {quote_identifier(name, 'postgresql')}{force}")
        except errors() as error:
            found, fault = _holders(session, name), translate(error)
            kind: type[MigrationError] = TargetBusy if fault.code == _IN_USE else TargetUnavailable
            held = f"; it is held by {', '.join(found)}" if found else ""
            raise kind(f'"{name}" cannot be dropped: {fault.message}{held}', where=str(url)) from None
