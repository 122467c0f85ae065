"""Bring a backup back: a database beside the target, compared, then all tables of both renamed in one statement.

MariaDB and MySQL cannot rename a database. Tables move together (atomic DDL); what cannot move, such as triggers, views
and routines, is written down in the database beside the target first, and made again where it belongs. A killed swap is
ended by the next call, which finds what was written down.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from neoron.engines.mysql.aside import create_sql, like_target
from neoron.engines.mysql.backup import check_files, compare, read_state, restore_into
from neoron.engines.mysql.faults import LOCK_WAIT, NO_RIGHT, code_of, errors, translate
from neoron.engines.mysql.moving import move, note_enabled
from neoron.engines.mysql.session import connect
from neoron.engines.roles import Progress, Session
from neoron.engines.url import Url
from neoron.errors import BackupError, MigrationError, TargetBusy, TargetUnavailable
from neoron.model.backup import BackupRecord
from neoron.model.schema import TableContent
from neoron.sql.quote import quote_identifier

_NAME_CHARACTERS = 64
_MAINTENANCE = "information_schema"
_END_EVERY_S = 0.2
_SWAP_LOCK_WAIT_MS = 10_000
_SESSIONS = """
SELECT id, user, host, command FROM information_schema.processlist
WHERE db = %s AND id <> CONNECTION_ID() AND user NOT IN ('system user', 'event_scheduler') ORDER BY id LIMIT 20
"""


def names(url: Url, mark: str) -> tuple[str, str]:
    """The databases for what is loaded and for what it replaces."""
    return _named(url, f"_restore_{mark}"), _named(url, f"_before_{mark}")


def _named(url: Url, ending: str) -> str:
    return url.database[: _NAME_CHARACTERS - len(ending)] + ending


def check(record: BackupRecord, folder: Path, back_to: str) -> None:
    """Compare every part with the record, and whether its place in the binary log lets it go on to a time.

    Raises: BackupError.
    """
    check_files(record, folder)
    if not back_to:
        return
    if not read_state(folder)["binlog"]:
        message = "it knows no place in the binary log, so it goes back to its own moment only"
        raise BackupError(message, where=record.id, next="switch log_bin on, and take another backup")
    if datetime.fromisoformat(back_to) < datetime.fromisoformat(record.created_at):
        raise BackupError(
            f"it was taken at {record.created_at}, after {back_to}", where=record.id, next="choose an older backup"
        )


@contextmanager
def maintenance(url: Url) -> Iterator[Session]:
    """A session that needs no database of ours."""
    session: Session = connect(replace(url, database=_MAINTENANCE))
    try:
        session.set_timeouts(lock_timeout_ms=_SWAP_LOCK_WAIT_MS, statement_timeout_ms=0)
        yield session
    finally:
        session.close()


def held(record: BackupRecord, folder: Path, *, progress: Progress) -> tuple[TableContent, ...]:
    """The tables with their checksums, as the record has them."""
    return record.contents


def load(url: Url, record: BackupRecord, folder: Path, aside: str, *, back_to: str, progress: Progress) -> None:
    """Load it into a database of its own, compare every table, and play the binary log on up to a time.

    Changes: that database only.
    Raises: BackupError, TargetUnavailable.
    """
    state, quoted = read_state(folder), quote_identifier(aside, "mysql")
    with maintenance(url) as session:
        try:
            session.execute(f"DROP DATABASE IF EXISTS {quoted}")
            session.execute(create_sql(aside, state["charset"], state["collation"]))
        except errors() as error:
            if code_of(error) in NO_RIGHT:
                message = f"user {url.user} may not create {aside}: a backup is loaded beside the target"
                raise BackupError(message, where=str(url), next="GRANT ALL ON *.* TO …") from None
            raise BackupError(f"cannot create a database to restore into: {translate(error).message}") from None
    copy: Session = connect(replace(url, database=aside))
    try:
        restore_into(copy, record, folder, progress=progress)
        compare(copy, record, folder, progress=progress)
        if back_to:
            from neoron.engines.mysql.replay import replay

            replay(copy, url, state["binlog"], back_to, progress=progress)
        note_enabled(copy, state["enabled_events"])
    finally:
        copy.close()


def is_there(url: Url, name: str) -> bool:
    """Whether there is such a database. Raises: TargetUnavailable."""
    with maintenance(url) as session:
        return _exists(session, name)


def _exists(session: Session, name: str) -> bool:
    return bool(session.query("SELECT 1 FROM information_schema.schemata WHERE BINARY schema_name = %s", (name,)))


def holders(url: Url) -> tuple[str, ...]:
    """Sessions whose database is the target's. Raises: TargetUnavailable. Source: MariaDB manual, "PROCESSLIST"."""
    with maintenance(url) as session:
        return _holders(session, url.database)


def _holders(session: Session, database: str) -> tuple[str, ...]:
    rows = session.query(_SESSIONS, (database,))
    return tuple(f"session {id} ({user}, {host}, {str(command).lower()})" for id, user, host, command in rows)


def swap(url: Url, aside: str, safety: str, *, ends_sessions: bool) -> None:
    """Move the target's tables to `safety` and those of `aside` to the target, in one RENAME TABLE.

    Shape: called again after a kill it ends what it had begun; `aside` is dropped last, and so tells that it ended.
    Raises: TargetBusy naming the sessions that hold it; TargetUnavailable.
    Source: MariaDB manual, "RENAME TABLE", "Atomic DDL"; MySQL manual, "Atomic Data Definition Statement Support".
    """
    with maintenance(url) as session, _ended(url, ends_sessions=ends_sessions):
        if not ends_sessions and (found := _holders(session, url.database)):
            step = "stop them, or run again with --end-sessions"
            raise TargetBusy(f"it is held by {', '.join(found)}", where=str(url), next=step)
        try:
            for name in (safety, url.database):
                if not _exists(session, name):
                    session.execute(_like(url, aside, name))
            move(url, aside, safety)
            session.execute(f"DROP DATABASE {quote_identifier(aside, 'mysql')}")
        except errors() as error:
            fault = translate(error)
            if code_of(error) == LOCK_WAIT:
                held = ", ".join(_holders(session, url.database)) or "a session of another database"
                raise TargetBusy(f"its tables are in use by {held}", where=str(url), next="the same command") from None
            raise TargetUnavailable(
                f"the databases cannot be swapped: {fault.message}", where=str(url), state="It is half-way.",
                next="the same command again ends it",
            ) from None  # fmt: skip


def _like(url: Url, aside: str, name: str) -> str:
    copy: Session = connect(replace(url, database=aside))
    try:
        return like_target(copy, name)
    finally:
        copy.close()


@contextmanager
def _ended(url: Url, *, ends_sessions: bool) -> Iterator[None]:
    """End the sessions of the target, again and again while the block runs. Raises: TargetUnavailable."""
    if not ends_sessions:
        yield
        return
    is_over = threading.Event()
    with maintenance(url) as ender:
        try:
            _end(ender, url.database)
        except errors() as error:
            message = f"its sessions cannot be ended: {translate(error).message}"
            raise TargetUnavailable(message, where=str(url), next="GRANT CONNECTION ADMIN ON *.* TO …") from None
        own = {int(ender.query("SELECT CONNECTION_ID()")[0][0])}
        thread = threading.Thread(target=_end_again, args=(ender, url.database, own, is_over))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def _end(ender: Session, database: str) -> None:
    for id, _user, _host, _command in ender.query(_SESSIONS, (database,)):
        with suppress(*_gone()):
            ender.execute(f"KILL CONNECTION {int(id)}")


def _gone() -> tuple[type[BaseException], ...]:
    import pymysql

    return (pymysql.err.ProgrammingError, pymysql.err.InternalError)


def _end_again(ender: Session, database: str, own: set[int], is_over: threading.Event) -> None:
    with suppress(*errors()):
        while not is_over.wait(_END_EVERY_S):
            _end(ender, database)


def drop(url: Url, name: str, *, ends_sessions: bool) -> None:
    """Drop a database beside the target. Raises: TargetBusy naming who is connected; TargetUnavailable."""
    with maintenance(url) as session:
        try:
            found = _holders(session, name)
            if found and not ends_sessions:
                raise TargetBusy(f"{name} is held by {', '.join(found)}", where=str(url), next="stop them")
            session.execute(f"DROP DATABASE IF EXISTS {quote_identifier(name, 'mysql')}")
        except errors() as error:
            kind: type[MigrationError] = TargetBusy if code_of(error) == LOCK_WAIT else TargetUnavailable
            raise kind(f"{name} cannot be dropped: {translate(error).message}", where=str(url)) from None
