"""Take a physical backup: mariadb-backup's stream of the whole server, and the tables as its own moment held them."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from neoron.engines.mariadb.server_programs import server_program
from neoron.engines.mysql.backup import STATE, Compressed
from neoron.engines.mysql.catalog import content, schema
from neoron.engines.mysql.definitions import definitions
from neoron.engines.mysql.history import LEDGER
from neoron.engines.mysql.programs import Program, options_memory, run
from neoron.engines.mysql.session import connect, server_version
from neoron.engines.mysql.snapshot import place_of
from neoron.engines.physical_role import ArchivePlace
from neoron.engines.proving import sha256_of
from neoron.engines.roles import Progress, Session
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.model.plan import BASE
from neoron.model.schema import TableContent

SERVER = "server.mbstream.gz"
_LOGICAL = 'set `kind = "logical"`'
_HELD, _TRIES = "Acquired locks for BACKUP STAGE BLOCK_COMMIT", 3
_PLACE = re.compile(r"binlog position: filename '([^']+)', position '(\d+)'")
_UNSAFE = """
SELECT t.table_name, t.engine FROM information_schema.tables t
LEFT JOIN information_schema.engines e ON e.engine = t.engine
WHERE t.table_schema = DATABASE() AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
AND COALESCE(e.transactions, 'NO') <> 'YES' ORDER BY t.table_name LIMIT 1
"""


def create(session: Session, folder: Path, *, archive: ArchivePlace, progress: Progress) -> BackupRecord:
    """Copy the whole server into an empty folder, with the contents of the target's tables at the copy's moment.

    Shape: created_at is that moment; position is its place in the binary log.
    Changes: the folder only; commits wait while mariadb-backup ends its copy.
    Raises: BackupError; then the folder holds no usable backup.
    """
    start, version = time.monotonic(), server_version(session)
    program = server_program("backup", version)
    for kind in ("stream", "server"):
        server_program(kind, version)
    lower_case = _require_own_machine(session)
    for number in range(_TRIES):
        progress("copying the server", number, _TRIES)
        taken = _taken(session, program, folder, progress)
        if taken:
            break
    else:
        raise BackupError(
            f"commits came between the copy's moment and its snapshot, {_TRIES} times", where=str(session.url),
            next="try again when fewer are written",
        )  # fmt: skip
    state = {"binlog": taken.place, "lower_case_table_names": lower_case, "definitions": taken.definitions}
    (folder / STATE).write_text(json.dumps(state, indent=1, ensure_ascii=False), encoding="utf-8")
    return BackupRecord(
        id=f"{taken.time:%Y%m%dT%H%M%SZ}", engine=session.url.scheme, engine_version=version, kind="physical",
        tool=f"{program.name} {program.version}", target=str(session.url), version=taken.version, path=folder.name,
        size_bytes=sum((folder / name).stat().st_size for name in (SERVER, STATE)),
        created_at=f"{taken.time:%Y-%m-%dT%H:%M:%SZ}", elapsed_ms=round((time.monotonic() - start) * 1000),
        files={name: sha256_of(folder / name) for name in (SERVER, STATE)}, contents=taken.contents,
        position=taken.place["gtid"] or f"{taken.place['file']}:{taken.place['position']}",
    )  # fmt: skip


@dataclass
class _Taken:
    """What the snapshot saw, and its place in the binary log."""

    time: datetime
    place: dict[str, str]
    version: str = BASE
    contents: tuple[TableContent, ...] = ()
    definitions: dict[str, Any] = field(default_factory=dict)


def _require_own_machine(session: Session) -> int:
    """Refuse a server whose files we cannot read; its lower_case_table_names. Raises: BackupError."""
    where = str(session.url)
    if not cast(Any, session).is_mariadb:
        raise BackupError("the server is MySQL, which mariadb-backup cannot copy", where=where, next=_LOGICAL)
    host, data, has_log, lower_case = session.query(
        "SELECT @@hostname, @@datadir, @@log_bin, @@lower_case_table_names"
    )[0]
    if host != socket.gethostname() or not Path(data).parent.exists():
        message = f"the server runs on {host}, and its files can be copied only there"
        raise BackupError(message, where=where, next=f"run neoron there, or {_LOGICAL}")
    if not os.access(data, os.R_OK | os.X_OK) or not os.access(Path(data, "ibdata1"), os.R_OK):
        message = f"this user may not read the server's files in {data}"
        raise BackupError(message, where=where, next=f"run neoron as one who may, or {_LOGICAL}")
    if not has_log:
        message = "the server keeps no binary log, which tells the moment of a physical backup"
        raise BackupError(message, where=where, next=f"switch log_bin on, or {_LOGICAL}")
    if found := session.query(_UNSAFE):
        message = f"table {found[0][0]} is of engine {found[0][1]}, which knows no snapshots"
        raise BackupError(message, where=where, next=_LOGICAL)
    return int(lower_case)


@dataclass
class _Heard:
    """What mariadb-backup says: that commits wait, and at which place in the log."""

    is_held: threading.Event = field(default_factory=threading.Event)
    place: tuple[str, str] = ("", "")

    def see(self, line: str) -> None:
        if _HELD in line:
            self.is_held.set()
        if found := _PLACE.search(line):
            self.place = (found.group(1), found.group(2))


def _taken(session: Session, program: Program, folder: Path, progress: Progress) -> _Taken | None:
    """One copy, and what its moment held; None when something was committed between both."""
    heard, path = _Heard(), folder / SERVER
    path.unlink(missing_ok=True)
    sink = Compressed(path)
    reader: Session = connect(session.url)
    try:
        reader.set_timeouts(lock_timeout_ms=0, statement_timeout_ms=0)
        # Its place in the temporary folder keeps nothing: the copy goes to the stream.
        flags = ["--backup", "--stream=mbstream", f"--target-dir={folder}"]
        with sink:
            taken = run(
                program, flags, session.url, take=sink.take, on_line=heard.see, options=options_memory,
                tick=lambda: progress("copying the server, bytes", sink.taken_bytes, 0),
                meanwhile=lambda is_running: _seen(reader, heard, is_running),
            )  # fmt: skip
        if not sink.taken_bytes or taken is None or not heard.place[0]:
            message = f"{program.name} ended well and {'wrote nothing' if not sink.taken_bytes else 'told no moment'}"
            raise BackupError(message, where=str(session.url))
        if (taken.place["file"], taken.place["position"]) != heard.place:
            return None
        tables = schema(reader).tables
        taken.contents = tuple(content(reader, table, [c.name for c in table.columns]) for table in tables)
        taken.definitions = definitions(reader)
        applied = LEDGER.read(reader).complete
        taken.version = applied[-1].version if applied else BASE
        return taken
    finally:
        reader.close()


def _seen(reader: Session, heard: _Heard, is_running: Callable[[], bool]) -> _Taken | None:
    """Open the snapshot while commits wait. Raises: the driver's own error."""
    while not heard.is_held.wait(0.05):
        if not is_running():
            return None
    reader.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    reader.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    return _Taken(datetime.now(UTC), place_of(reader))
