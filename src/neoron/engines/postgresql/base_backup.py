"""Take a physical backup: pg_basebackup, and the log up to a moment whose rows and checksums are known."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from neoron.engines.physical_role import ArchivePlace
from neoron.engines.postgresql.backup import contents_of, fingerprints
from neoron.engines.postgresql.catalog import from_clause, schema
from neoron.engines.postgresql.faults import errors, translate
from neoron.engines.postgresql.history import LEDGER
from neoron.engines.postgresql.lock import blockers
from neoron.engines.postgresql.pgbackrest import Repository
from neoron.engines.postgresql.programs import connection_text, find, run
from neoron.engines.postgresql.session import connect, server_version
from neoron.engines.postgresql.wal import Archive, Folder, Log
from neoron.engines.roles import Progress, Session
from neoron.errors import BackupError, UsageError
from neoron.model.backup import BackupRecord
from neoron.model.plan import BASE
from neoron.model.schema import Table

PARTS, WAL, STATE = "physical", "wal", "state.json"
# Below the second after which the server looks for a deadlock: nobody who waits for us is ended as one.
_HOLD_MS, _TRIES, _PAUSE_S = 500, 40, 0.5
_NO_RIGHT, _GIVEN_UP = "42501", ("57014", "55P03", "40P01")
_PERCENT = re.compile(r"(\d+)/(\d+) kB")


@dataclass(frozen=True, slots=True)
class _Moment:
    """A place in the log. Shape: lsn is where the next record begins, and end is where that one ends."""

    lsn: str
    end: str
    time: datetime


def create(session: Session, folder: Path, *, archive: ArchivePlace, progress: Progress) -> BackupRecord:
    """Take a base backup of the whole server into an empty folder, with the log up to a moment after its end.

    Shape: the record's id and path are proposals; created_at is the moment that its contents are of.
    Changes: the folder; a log segment of the server is closed early.
    Raises: BackupError; then the folder holds no usable backup.
    """
    start, version = time.monotonic(), server_version(session)
    log = _require_archiving(session, archive)
    parts = folder / PARTS
    parts.mkdir()
    state: dict[str, object] = {"system": log.system, "segment_bytes": log.segment_bytes}
    size_bytes = 0
    if isinstance(log.archive, Repository):
        progress("copying the server", 0, 0)
        taken = log.archive.back_up()
        tool, size_bytes = f"pgBackRest {log.archive.version()}", taken.size_bytes
        first, timeline = log.number(taken.stop), int(taken.stop[:8], 16)
        state |= {"stanza": log.archive.stanza, "label": taken.label}
    else:
        tool = _base(session, parts, version, progress)
        ended, timeline = _end_of(parts)
        first = log.segment_of(ended)
    with _reading(session) as reader:
        moment, tables = _still(session, reader, progress)
        _switch(session)
        contents = contents_of(reader, tables, progress)
        applied = LEDGER.read(reader).complete
    progress("waiting for the archive", 0, 0)
    names = log.wait_for(session, timeline, first, log.segment_of(moment.end))
    if isinstance(log.archive, Folder):
        (parts / WAL).mkdir()
        for name in names:
            log.require_own(log.archive.path / name)
            _keep(log.archive.path / name, parts / WAL / f"{name}.gz")
    (parts / STATE).write_text(json.dumps({**state, "first": first}))
    return BackupRecord(
        id=f"{moment.time:%Y%m%dT%H%M%SZ}", engine="postgresql", engine_version=version, kind="physical",
        tool=tool, target=str(session.url),
        version=applied[-1].version if applied else BASE, path=folder.name,
        size_bytes=size_bytes + sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        created_at=moment.time.isoformat().replace("+00:00", "Z"), elapsed_ms=round((time.monotonic() - start) * 1000),
        files=fingerprints(folder), contents=contents, position=moment.lsn, timeline=timeline,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """What a backup knows of the server's log: first is the number of the first segment after its files.

    Shape: label is the backup's name in the pgBackRest repository of a stanza; both are empty where its files are in
    its own parts.
    """

    system: int
    segment_bytes: int
    first: int
    label: str = ""
    stanza: str = ""

    def log(self, place: ArchivePlace) -> Log:
        """The server's log; place says where it is archived, unless a stanza does. Raises: UsageError."""
        own = ArchivePlace(stanza=self.stanza, config=place.config) if self.stanza else place
        return Log(_archive(own, self.segment_bytes), self.system, self.segment_bytes)


def read_state(folder: Path) -> State:
    """What `create` has written beside the parts. Raises: BackupError."""
    try:
        return State(**json.loads((folder / PARTS / STATE).read_text()))
    except (OSError, ValueError, TypeError):
        raise BackupError(f"{STATE} is damaged", where=folder.name) from None


def _archive(place: ArchivePlace, segment_bytes: int) -> Archive:
    if place.stanza:
        return Repository(place.stanza, place.config)
    if place.folder is None:
        raise UsageError(
            "`wal_archive` is not set, and a time needs the archived WAL", where="[backup]",
            next="set it to the folder that the server archives into",
        )  # fmt: skip
    return Folder(place.folder, segment_bytes)


def _require_archiving(session: Session, place: ArchivePlace) -> Log:
    """What the server's log is. Raises: BackupError when no physical backup of it would do."""
    where = str(session.url)
    _require_archives(session)
    is_standby, unit, system, outside = session.query(
        "SELECT pg_is_in_recovery(),"
        " pg_size_bytes(current_setting('wal_segment_size')), (SELECT system_identifier FROM pg_control_system()),"
        " (SELECT string_agg(spcname, ', ') FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global'))"
    )[0]
    if is_standby:
        raise BackupError("it is a standby", where=where, next="take physical backups of its primary")
    if outside:
        # A copy of the server would write into the live one's folders.
        raise BackupError(f"the server has tablespaces outside its data: {outside}", where=where,
                          next="take a logical backup")  # fmt: skip
    archive = _archive(place, int(unit))
    if isinstance(archive, Folder) and not archive.path.is_dir():
        raise BackupError("there is no such folder", where=str(archive), next="correct [backup] wal_archive")
    return Log(archive, int(system), int(unit))


def _require_archives(session: Session) -> None:
    mode, command = session.query(
        "SELECT current_setting('archive_mode'), concat(nullif(current_setting('archive_command'), '(disabled)'),"
        " current_setting('archive_library', true))"
    )[0]
    if mode == "off" or not command:
        lacking = "archive_mode is off" if mode == "off" else "archive_command is empty"
        raise BackupError(
            f"the server does not archive its WAL: {lacking}", where=str(session.url),
            next="set archive_mode = on and an archive_command, and restart it",
        )  # fmt: skip


def _base(session: Session, parts: Path, version: str, progress: Progress) -> str:
    program, tool_version = find("pg_basebackup", version)
    arguments = [
        program, f"--pgdata={parts}", "--format=tar", "--compress=1", "--wal-method=stream", "--checkpoint=fast",
        "--label=neoron", "--progress", "--no-password", f"--dbname={connection_text(session.url)}",
    ]  # fmt: skip
    seen = [0, 0]

    def see(line: str) -> None:
        if found := _PERCENT.search(line):
            seen[:] = [int(number) for number in found.groups()]

    run(arguments, session.url, on_line=see, meanwhile=lambda wait: None,
        tick=lambda: progress("copying the server, kB", min(seen), seen[1]))  # fmt: skip
    for name in ("base.tar.gz", "pg_wal.tar.gz", "backup_manifest"):
        file = parts / name
        if not file.is_file() or not file.stat().st_size:
            raise BackupError(f"pg_basebackup ended well and wrote no {name}", where=str(session.url))
    return f"pg_basebackup {tool_version}"


def _end_of(parts: Path) -> tuple[str, int]:
    """Where the base backup ended in the log, and on which timeline. Raises: BackupError.

    Source: PostgreSQL manual, "Backup Manifest Format".
    """
    try:
        found = json.loads((parts / "backup_manifest").read_text())["WAL-Ranges"][-1]
        return str(found["End-LSN"]), int(found["Timeline"])
    except (OSError, ValueError, KeyError, IndexError):
        raise BackupError("pg_basebackup's manifest cannot be read", where="backup_manifest") from None


@contextmanager
def _reading(session: Session) -> Iterator[Session]:
    """A session that keeps one snapshot for as long as it takes to read every table."""
    reader: Session = connect(session.url)
    try:
        reader.execute("SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0")
        yield reader
    except errors() as error:
        message = f"the backup's snapshot cannot be read: {translate(error).message}"
        raise BackupError(message, where=str(session.url)) from None
    finally:
        reader.close()


def _still(session: Session, reader: Session, progress: Progress) -> tuple[_Moment, tuple[Table, ...]]:
    """A place in the log and the reader's snapshot, of one moment: no table is written to in between.

    Raises: BackupError naming who would not let go of a table.
    """
    locker: Session = connect(session.url)
    try:
        for number in range(_TRIES):
            progress("waiting for a still moment", number, _TRIES)
            tables = schema(locker).tables
            moment = _held(locker, reader, tables)
            if moment and schema(reader).tables == tables:
                return moment, tables
            reader.rollback()
            time.sleep(_PAUSE_S)
    finally:
        locker.close()
    held = ", ".join(blockers(session, [table.name for table in tables]))
    raise BackupError(
        f"its tables were not free of writers for an instant{'; they are held by ' + held if held else ''}",
        where=str(session.url), next="try again when no long transaction runs",
    )  # fmt: skip


def _held(locker: Session, reader: Session, tables: tuple[Table, ...]) -> _Moment | None:
    """Keep writers out for the moment in which the snapshot opens and the log's place is read; None when it is busy.

    Source: PostgreSQL manual, "Explicit Locking": SHARE waits for every transaction that wrote, until it is over for
    others too.
    """
    try:
        locker.execute("BEGIN")
        locker.execute(f"SET LOCAL statement_timeout = {_HOLD_MS}; SET LOCAL lock_timeout = {_HOLD_MS}")
        if tables:
            locker.execute(f"LOCK TABLE {', '.join(map(from_clause, tables))} IN SHARE MODE")
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        reader.query("SELECT 1")
        lsn, moment = locker.query("SELECT pg_current_wal_insert_lsn()::text, clock_timestamp()")[0]
        # The recovery stops before the next record, so there must be one.
        end = locker.query("SELECT pg_logical_emit_message(false, 'neoron', 'backup')::text")[0][0]
        locker.execute("COMMIT")
        return _Moment(str(lsn), str(end), moment.astimezone(UTC))
    except errors() as error:
        locker.rollback()
        fault = translate(error)
        if fault.code in _GIVEN_UP:
            return None
        raise BackupError(f"its tables cannot be held for an instant: {fault.message}", where=str(locker.url)) from None


def _switch(session: Session) -> str:
    """Close the segment that is being written, so that it is archived; where it ended. Raises: BackupError."""
    try:
        return str(session.query("SELECT pg_switch_wal()::text")[0][0])
    except errors() as error:
        fault = translate(error)
        step = "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO …" if fault.code == _NO_RIGHT else ""
        message = f"its log segment cannot be closed: {fault.message}"
        raise BackupError(message, where=str(session.url), next=step) from None


def archive_now(session: Session, log: Log) -> None:
    """Let the archive reach up to now: end a transaction, close its segment, and wait until that is there.

    Changes: the server's log alone.
    Raises: BackupError.
    """
    with suppress(*errors()):
        _require_archives(session)
        session.query("SELECT pg_current_xact_id()")
        timeline = int(str(session.query("SELECT pg_walfile_name(pg_current_wal_lsn())")[0][0])[:8], 16)
        last = log.segment_of(_switch(session))
        log.wait_for(session, timeline, last, last)


def _keep(segment: Path, target: Path) -> None:
    with segment.open("rb") as source, gzip.open(target, "wb", compresslevel=1) as sink:
        shutil.copyfileobj(source, sink, 1 << 20)


def segment_into(packed: Path, folder: Path) -> None:
    """Unpack a kept segment into a folder. Raises: OSError."""
    with gzip.open(packed, "rb") as source, (folder / packed.stem).open("wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)

