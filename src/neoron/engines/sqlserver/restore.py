"""Bring a backup back: a database beside the target, compared, then both renamed in one batch."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from neoron.engines.roles import Progress, Session
from neoron.engines.sqlserver.aside import connected, maintenance
from neoron.engines.sqlserver.backup import Place, answered, compare, files_in, place_of
from neoron.engines.sqlserver.backup_text import check_sql, drop_sql, restore_sql
from neoron.engines.sqlserver.faults import errors, message_of
from neoron.engines.sqlserver.restore_text import (
    HOLDERS,
    LIKENESS,
    OFFSET,
    LogBackup,
    end_sql,
    like_sql,
    local_sql,
    log_sql,
    logs_sql,
    set_back_sql,
    standby_sql,
    state_sql,
    swap_sql,
    tail_sql,
    there_sql,
)
from neoron.engines.url import Url
from neoron.errors import BackupError, MigrationError, TargetBusy, TargetUnavailable
from neoron.model.backup import BackupRecord
from neoron.model.schema import TableContent
from neoron.sql.quote import quote_identifier

_NAME_CHARACTERS = 128
_IN_USE = re.compile(r"exclusively locked|currently in use|single-user mode|is in use", re.IGNORECASE)
_TRIES, _WAIT_S = 40, 0.25


def names(url: Url, mark: str) -> tuple[str, str]:
    """The databases for what is loaded and for what it replaces."""
    return _named(url, f"_restore_{mark}"), _named(url, f"_before_{mark}")


def _named(url: Url, ending: str) -> str:
    return url.database[: _NAME_CHARACTERS - len(ending)] + ending


def check(record: BackupRecord, folder: Path, back_to: str) -> None:
    """Compare our note with the record, and whether the backup's place in the log lets it go on to a time.

    Shape: the file itself is on the server, which checks every page while it loads it.
    Raises: BackupError.
    """
    place_of(record, folder)
    if not back_to:
        return
    if not record.position.isdigit():
        message = "its place in the log is not known, so it goes back to its own moment only"
        step = "let the login read msdb, and take another backup"
        raise BackupError(message, where=record.id, next=step)
    if datetime.fromisoformat(back_to) < datetime.fromisoformat(record.created_at):
        raise BackupError(
            f"it was taken at {record.created_at}, after {back_to}", where=record.id, next="choose an older backup"
        )


def held(record: BackupRecord, folder: Path, *, progress: Progress) -> tuple[TableContent, ...]:
    """The tables with their checksums, as the record has them."""
    return record.contents


def load(url: Url, record: BackupRecord, folder: Path, aside: str, *, back_to: str, progress: Progress) -> None:
    """Restore it as a database of its own, compare every table, and play the log on up to a time.

    Changes: that database; with a time, one file with the end of the log in the server's backup folder.
    Raises: BackupError, TargetUnavailable.
    """
    place = place_of(record, folder)
    with maintenance(url) as session, answered(record):
        files = files_in(session, place.file)
        session.execute(drop_sql(aside))
        progress("the server restores it beside the target", 0, 0)
        if back_to:
            session.execute(standby_sql(aside, place.file, files))
        else:
            session.execute(restore_sql(aside, place.file, files))
        with connected(url, aside) as copy:
            compare(copy, record, place.changed, progress)
        if back_to:
            _play_log(session, url, record, place, aside, back_to, progress=progress)
        progress("the server checks the copy", 0, 0)
        session.execute(check_sql(aside))
        _make_like(session, url.database, aside)


def _play_log(
    session: Session, url: Url, record: BackupRecord, place: Place, aside: str, back_to: str, *, progress: Progress
) -> None:
    """Play the log's backups, and its end as it is now, until the time is reached. Raises: BackupError."""
    tail, why = _tail(session, url.database, aside)
    logs = [*_logs(session, url.database, record.position), *tail]
    local = _local(session, back_to, place.utc_offset_minutes, record)
    for number, log in enumerate(logs, 1):
        progress("the server plays the log", number, len(logs))
        session.execute(log_sql(aside, log, local))
        if session.query(state_sql(aside))[0] == ("ONLINE", 0):
            return
    raise BackupError(
        f"the log does not reach {back_to}" + (f": its end cannot be backed up: {why}" if why else ""),
        where=record.id, next="the recovery model must be FULL before the backup; or leave out --to-time",
    )  # fmt: skip


def _tail(session: Session, database: str, aside: str) -> tuple[list[LogBackup], str]:
    """The end of the target's log, backed up now, also of a damaged target; or why it cannot be."""
    why = ""
    for is_damaged in (False, True):
        file = f"neoron-{re.sub(r'[^A-Za-z0-9_-]+', '_', aside)}{'-damaged' if is_damaged else ''}.trn"
        try:
            session.execute(tail_sql(database, file, is_damaged=is_damaged))
            return [LogBackup((file,))], ""
        except errors() as error:
            why = why or message_of(error)
    return [], why


def _logs(session: Session, database: str, position: str) -> list[LogBackup]:
    rows = session.query(logs_sql(position), (database,))
    found = []
    for _id, members in groupby(rows, key=lambda row: int(row[0])):
        parts = list(members)
        found.append(LogBackup(tuple(str(part[2]) for part in parts), int(parts[0][1])))
    return found


def _local(session: Session, back_to: str, offset_then: int | None, record: BackupRecord) -> str:
    """The time on the server's own clock, which is what STOPAT means. Raises: BackupError where that is not sure."""
    with suppress(*errors()):  # before 2022 no server knows its time zone
        return str(session.query(local_sql(back_to))[0][0])
    offset = int(session.query(OFFSET)[0][0])
    if offset != offset_then:
        raise BackupError(
            "the server's clock was set forward or back since, and this version cannot tell its time of then",
            where=record.id, next="choose a backup that was taken since, or leave out --to-time",
        )  # fmt: skip
    return _shifted(back_to, offset)


def _shifted(moment: str, minutes: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")[:23]


def _make_like(session: Session, database: str, aside: str) -> None:
    """Owner and trust of the target, where this login may give them; otherwise it stays this login's own."""
    with suppress(*errors()):
        for owner, is_trustworthy in session.query(LIKENESS, (database,)):
            for text in like_sql(aside, str(owner), is_trustworthy=bool(is_trustworthy)):
                session.execute(text)


def is_there(url: Url, name: str) -> bool:
    """Whether there is such a database, in whatever state. Raises: TargetUnavailable."""
    with maintenance(url) as session:
        return session.query(there_sql(name))[0][0] is not None


def holders(url: Url) -> tuple[str, ...]:
    """Sessions that use the target; none where this login may not see them.

    Raises: TargetUnavailable.
    Source: Microsoft, "sys.dm_tran_locks", DATABASE; "sys.dm_exec_sessions".
    """
    with maintenance(url) as session:
        return tuple(words for _id, words in _holders(session, url.database))


def _holders(session: Session, database: str) -> list[tuple[int, str]]:
    try:
        rows = session.query(HOLDERS, (database,))
    except errors():
        return []
    return [
        (int(id), f"session {id} ({', '.join(str(word) for word in (login, program, host) if word)})")
        for id, login, program, host in rows
    ]


def swap(url: Url, aside: str, safety: str, *, ends_sessions: bool) -> None:
    """Rename the target to `safety` and `aside` to the target.

    Shape: both are one batch, but two steps of the server: between them nothing has the target's name. What fails
    there is set back, and called again after a kill it gives the second name.
    Raises: TargetBusy naming the sessions that hold it; TargetUnavailable without the right to rename.
    """
    with maintenance(url) as session:
        if not ends_sessions:
            _require_free(session, url)
        text = swap_sql(url.database, aside, safety, ends_sessions=ends_sessions)
        for last in range(_TRIES if ends_sessions else 1, 0, -1):
            try:
                session.execute(text)
                return
            except errors() as error:
                message = message_of(error)
                with suppress(*errors()):  # the first error is kept; the same command again ends what was begun
                    session.execute(set_back_sql(url.database, safety, ends_sessions=ends_sessions))
                if _IN_USE.search(message) and last > 1:
                    _end(session, url.database)
                    continue
                raise _refused(session, url, message) from None


def _require_free(session: Session, url: Url) -> None:
    found = _holders(session, url.database)
    if found:
        raise _busy(url, "it is held by " + ", ".join(words for _id, words in found))


def _busy(url: Url, message: str) -> TargetBusy:
    return TargetBusy(message, where=str(url), next="stop them, or run again with --end-sessions")


def _refused(session: Session, url: Url, message: str) -> MigrationError:
    if not _IN_USE.search(message):
        return TargetUnavailable(f"the databases cannot be swapped: {message}", where=str(url))
    found = ", ".join(words for _id, words in _holders(session, url.database))
    return _busy(url, f"it is held by {found or 'sessions that this login may not see (VIEW SERVER STATE)'}")


def _end(session: Session, database: str) -> None:
    """End who has slipped in: alone in a database is whoever comes first."""
    for id, _words in _holders(session, database):
        with suppress(*errors()):  # it has gone by itself
            session.execute(end_sql(id))
    time.sleep(_WAIT_S)


def drop(url: Url, name: str, *, ends_sessions: bool) -> None:
    """Drop a database beside the target. Raises: TargetBusy naming who is connected; TargetUnavailable."""
    text = drop_sql(name) if ends_sessions else f"DROP DATABASE IF EXISTS {quote_identifier(name, 'mssql')}"
    with maintenance(url) as session:
        try:
            session.execute(text)
        except errors() as error:
            message, found = message_of(error), ", ".join(words for _id, words in _holders(session, name))
            kind: type[MigrationError] = TargetBusy if _IN_USE.search(message) else TargetUnavailable
            held = f"; it is held by {found}" if found else ""
            raise kind(f'"{name}" cannot be dropped: {message}{held}', where=str(url)) from None
