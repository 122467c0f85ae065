"""Back up with BACKUP DATABASE, prove it by restoring it as another database on the same server.

The server writes the file where it keeps its backups; the store here keeps its name and what was seen. A backup shows
the database as it is when it ends, so the tables are read before and after: what did not change meanwhile must come
back equal, and what did is recorded as it came back, from a copy that DBCC CHECKDB found whole.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neoron.engines.proving import sha256_of
from neoron.engines.roles import Progress, Session
from neoron.engines.sqlserver.aside import connected, copy_aside
from neoron.engines.sqlserver.backup_text import (
    TAKEN,
    FileInBackup,
    backup_sql,
    check_sql,
    files_sql,
    restore_sql,
    verify_sql,
)
from neoron.engines.sqlserver.catalog import content, schema
from neoron.engines.sqlserver.faults import errors, message_of
from neoron.engines.sqlserver.restore_text import OFFSET
from neoron.engines.sqlserver.session import server_version
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.model.plan import BASE
from neoron.model.schema import Table, TableContent

PLACE = "place.json"
_NO_COMPRESSION = re.compile(r"COMPRESSION is not supported|compression is not supported", re.IGNORECASE)


def create(session: Session, folder: Path, *, progress: Progress) -> BackupRecord:
    """Take a backup on the server, with the contents of the tables that stood still meanwhile.

    Shape: the record's id and path are proposals; the caller may rename the folder.
    Changes: the folder, and one file in the server's backup folder.
    Raises: BackupError; what the server had begun to write is then named in it.
    """
    started_at, start = datetime.now(UTC), time.monotonic()
    id = f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    file = f"neoron-{re.sub(r'[^A-Za-z0-9_-]+', '_', session.url.database)}-{id}.bak"
    tables = schema(session).tables
    before = _contents(session, tables, "checksums before", progress)
    _take(session, file, progress)
    after = _contents(session, tables, "checksums after", progress)
    still = tuple(then for then, now in zip(before, after, strict=True) if then == now)
    changed = [then.table for then, now in zip(before, after, strict=True) if then != now]
    place = {"file": file, "changed": changed, "utc_offset_minutes": _utc_offset(session)}
    (folder / PLACE).write_text(json.dumps(place, indent=1, ensure_ascii=False), encoding="utf-8")
    size_bytes, position = _taken(session, file)
    return BackupRecord(
        id=id, engine="sqlserver", engine_version=server_version(session), kind="full",
        tool="BACKUP DATABASE", target=str(session.url), version=BASE, path=folder.name, size_bytes=size_bytes,
        created_at=_text(started_at), elapsed_ms=_since(start), files={PLACE: sha256_of(folder / PLACE)},
        contents=still, position=position,
    )  # fmt: skip


def _utc_offset(session: Session) -> int | None:
    """How far the server's clock is ahead of UTC: the log knows no other time."""
    rows = session.query(OFFSET)
    return int(rows[0][0]) if rows else None


def _contents(
    session: Session, tables: tuple[Table, ...], words: str, progress: Progress
) -> tuple[TableContent, ...]:
    found = []
    for number, table in enumerate(tables, 1):
        found.append(content(session, table, [column.name for column in table.columns]))
        progress(words, number, len(tables))
    return tuple(found)


def _take(session: Session, file: str, progress: Progress) -> None:
    progress("the server writes its backup", 0, 0)
    for is_compressed in (True, False):
        try:
            session.execute(backup_sql(session.url.database, file, file, is_compressed=is_compressed))
            return
        except errors() as error:
            # The Express edition cannot compress, and says so before it writes.
            if is_compressed and _NO_COMPRESSION.search(message_of(error)):
                continue
            raise BackupError(
                f"the server did not take the backup: {message_of(error)}", where=str(session.url),
                state=f"{file} in the server's backup folder is worth nothing.",
            ) from None  # fmt: skip


def _taken(session: Session, file: str) -> tuple[int, str]:
    """Size and log position; 0 and nothing where this user may not look into msdb."""
    with suppress(*errors()):
        rows = session.query(TAKEN, (file,))
        if rows:
            return int(rows[0][0] or 0), str(rows[0][1] or "")
    return 0, ""


def verify(session: Session, record: BackupRecord, folder: Path, *, progress: Progress) -> BackupRecord:
    """Have the server check the file, restore it as another database, compare every table, drop that database.

    Changes: nothing of the target; a database `neoron_verify_…`, of a name of its own, exists meanwhile.
    Raises: BackupError naming the file or table that differs, or the missing right.
    """
    place = place_of(record, folder)
    start = time.monotonic()
    with answered(record):
        progress("the server checks its backup", 0, 0)
        session.execute(verify_sql(place.file))
        files = files_in(session, place.file)
        with copy_aside(session.url, record.id) as (server, copy):
            progress("the server restores it aside", 0, 0)
            server.execute(restore_sql(copy, place.file, files))
            restore_ms = _since(start)
            progress("the server checks the copy", 0, 0)
            server.execute(check_sql(copy))
            with connected(session.url, copy) as aside:
                contents = compare(aside, record, place.changed, progress)
    return replace(record, verified_at=_text(datetime.now(UTC)), restore_ms=restore_ms, contents=contents)


@contextmanager
def answered(record: BackupRecord) -> Iterator[None]:
    """What the server refuses makes the backup none. Raises: BackupError."""
    try:
        yield
    except errors() as error:
        raise BackupError(f"the server refuses it: {message_of(error)}", where=record.id) from None


def files_in(session: Session, file: str) -> list[FileInBackup]:
    """The files of the database in a backup. Raises: BackupError when there is none; the driver's own error."""
    found: list[FileInBackup] = [(str(r[0]), str(r[1]), str(r[2])) for r in session.query(files_sql(file))]
    if not found:
        raise BackupError("the server finds no database in it", where=file)
    return found


def compare(
    aside: Session, record: BackupRecord, changed: Sequence[str], progress: Progress
) -> tuple[TableContent, ...]:
    """The contents of the copy, once they are those of the record; a table that was written to meanwhile is only read.

    Raises: BackupError; the driver's own error.
    """
    restored = schema(aside)
    expected = {then.table: then for then in record.contents}
    wanted = sorted({*expected, *changed})
    found = []
    for number, name in enumerate(wanted, 1):
        table = restored.table(name)
        if table is None:
            raise BackupError(f"table {name} is not in the backup", where=record.id)
        then = expected.get(name)
        now = content(aside, table, then.columns if then else [column.name for column in table.columns])
        if then is not None and (record.verified_at or name not in changed):
            _same(then, now, record.id)
        found.append(now)
        progress("comparing tables", number, len(wanted))
    if len(restored.tables) != len(wanted):
        message = f"the copy holds {len(restored.tables)} tables, the record {len(wanted)}"
        raise BackupError(message, where=record.id)
    return tuple(found)


def _same(then: TableContent, now: TableContent, backup: str) -> None:
    if now.row_count != then.row_count:
        message = f"table {then.table} came back with {now.row_count} rows instead of {then.row_count}"
        raise BackupError(message, where=backup)
    if now.checksum != then.checksum:
        raise BackupError(f"table {then.table} came back with other values", where=backup)


@dataclass(frozen=True, slots=True)
class Place:
    """Our note of a backup. Shape: file is on the server; changed are the tables that were written to meanwhile.

    Units: utc_offset_minutes is how far the server's clock was ahead of UTC; None where that was not noted.
    """

    file: str
    changed: tuple[str, ...]
    utc_offset_minutes: int | None = None


def place_of(record: BackupRecord, folder: Path) -> Place:
    """Where the server keeps it. Raises: BackupError when our own note of it is missing or altered."""
    path = folder / PLACE
    try:
        if set(record.files) != {PLACE} or sha256_of(path) != record.files[PLACE]:
            raise BackupError(f"{PLACE} was altered: its SHA-256 is not the recorded one", where=folder.name)
        note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Place(note["file"], tuple(note["changed"]), note.get("utc_offset_minutes"))
    except (OSError, ValueError, KeyError):
        raise BackupError(f"{PLACE} is missing or damaged", where=folder.name) from None


def _since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
