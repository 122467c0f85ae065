"""Physical backups: the whole server's files, brought up as a server of our own, and the live server's binary log.

A whole server cannot take the place of one database. So the database is dumped from the server aside, and comes into
the live one as a dump does; the binary log is played on there.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from neoron.engines.mariadb.private_server import running, unpack
from neoron.engines.mariadb.server_copy import SERVER, create
from neoron.engines.mysql import backup, restore
from neoron.engines.mysql.backup import STATE, read_state
from neoron.engines.mysql.definitions import differences
from neoron.engines.physical_role import ArchivePlace
from neoron.engines.proving import require_same_table, sha256_of
from neoron.engines.roles import Progress, Session
from neoron.engines.url import Url
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.model.schema import TableContent

__all__ = ["check", "create", "held", "load", "needs_archive", "verify"]
# The binary log is read from the live server.
needs_archive = False


def verify(
    session: Session, record: BackupRecord, folder: Path, *, archive: ArchivePlace, room: Path, progress: Progress
) -> BackupRecord:
    """Bring it up aside, take the database over into one beside the target, compare every table twice.

    Changes: nothing of the target; a database `neoron_verify_…` exists meanwhile, and a server in the room.
    Raises: BackupError naming the file or table that differs.
    """
    check(session.url, record, folder, "", archive=archive)
    start = time.monotonic()
    taken = _taken(session.url, record, folder, room, progress)
    proven = backup.verify(session, taken, room / "taken", progress=progress)
    return replace(record, verified_at=proven.verified_at, restore_ms=round((time.monotonic() - start) * 1000))


def check(url: Url, record: BackupRecord, folder: Path, back_to: str, *, archive: ArchivePlace) -> None:
    """Compare every part with the record, and whether it lies before a time. Raises: BackupError."""
    backup.check_files(record, folder, parts=(SERVER, STATE))
    if back_to and datetime.fromisoformat(back_to) < datetime.fromisoformat(record.created_at):
        raise BackupError(
            f"it was taken at {record.created_at}, after {back_to}", where=record.id, next="choose an older backup"
        )


def load(
    url: Url, record: BackupRecord, folder: Path, aside: str, *, back_to: str, archive: ArchivePlace, room: Path,
    progress: Progress,
) -> None:  # fmt: skip
    """Bring it up aside, take the database over into `aside` on the live server, and play its binary log on to a time.

    Changes: the database of that name; a server in the room meanwhile.
    Raises: BackupError, TargetUnavailable.
    """
    taken = _taken(url, record, folder, room, progress)
    restore.load(url, taken, room / "taken", aside, back_to=back_to, progress=progress)


def held(
    url: Url, record: BackupRecord, folder: Path, *, back_to: str, archive: ArchivePlace, room: Path,
    progress: Progress,
) -> tuple[TableContent, ...] | None:  # fmt: skip
    """None: the log is played in the restored copy alone."""
    return None


def _taken(url: Url, record: BackupRecord, folder: Path, room: Path, progress: Progress) -> BackupRecord:
    """A dump of the database as it is in the backup, in `room / "taken"`, and its record.

    Shape: the dump's place in the binary log is the backup's, for the server aside keeps no log.
    Raises: BackupError when the tables or objects are not what the record says.
    """
    state, target = read_state(folder), room / "taken"
    target.mkdir(mode=0o700)
    try:
        unpack(folder / SERVER, room / "data", record.engine_version, progress)
        with running(room, url, record.engine_version, state["lower_case_table_names"], progress) as session:
            taken = backup.create(session, target, progress=progress)
    except BackupError as error:
        error.where = error.where or record.id
        raise
    found = {content.table: content for content in taken.contents}
    for expected in record.contents:
        if expected.table not in found:
            raise BackupError(f"table {expected.table} is not in the backup", where=record.id)
        require_same_table(expected, found[expected.table], record.id)
    dumped = read_state(target)
    for difference in differences(state["definitions"], dumped["definitions"]):
        raise BackupError(difference, where=record.id)
    (target / STATE).write_text(json.dumps({**dumped, "binlog": state["binlog"]}), encoding="utf-8")
    return replace(taken, id=record.id, files={**taken.files, STATE: sha256_of(target / STATE)})
