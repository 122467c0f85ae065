"""Back up with mariadb-dump or mysqldump, prove it by restoring it into a database of its own.

The dump, the checksums of every table and the place in the binary log are of one moment: commits wait while both
connections open their snapshots.
"""

from __future__ import annotations

import gzip
import json
import secrets
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from neoron.engines.mysql.aside import copy_name, database_aside, defaults
from neoron.engines.mysql.catalog import content, schema
from neoron.engines.mysql.definitions import definitions, differences, enabled_events
from neoron.engines.mysql.loading import load
from neoron.engines.mysql.programs import find, run
from neoron.engines.mysql.session import connect, server_version
from neoron.engines.mysql.snapshot import Moment, frozen
from neoron.engines.proving import require_same_table, sha256_of
from neoron.engines.roles import Progress, Session
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.model.plan import BASE
from neoron.model.schema import TableContent

DUMP, STATE = "dump.sql.gz", "state.json"
COMPLETED = b"-- Dump completed"
_FLAGS = (
    "--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob", "--no-tablespaces",
    "--skip-add-drop-table", "--skip-add-locks", "--comments", "--skip-dump-date", "--verbose",
    "--default-character-set=utf8mb4", "--max-allowed-packet=1G", "--loose-set-gtid-purged=OFF",
    "--loose-column-statistics=0",
)  # fmt: skip
_PIECE_BYTES = 1 << 20
# Either line of the dump program's own words says that its snapshot is open.
_BEGUN = ("-- Setting savepoint", "-- Retrieving ")
_TABLE = "-- Retrieving table structure for table"


def create(session: Session, folder: Path, *, progress: Progress) -> BackupRecord:
    """Take a backup into an empty folder, with the contents of every table as its own snapshot saw them.

    Shape: the record's id and path are proposals; the caller may rename the folder.
    Changes: the folder only; commits wait while the snapshots open.
    Raises: BackupError; then the folder holds no usable backup.
    """
    started_at, start = datetime.now(UTC), time.monotonic()
    version = server_version(session)
    program = find("dump", version, is_mariadb=cast(Any, session).is_mariadb)
    sink = Compressed(folder / DUMP)
    with frozen(session) as moment:
        count = _Count(moment, progress)
        flags = [*_FLAGS, *(["--dump-history"] if moment.has_history else []), "--", session.url.database]
        with sink:
            contents, state = run(
                program, flags, session.url, take=sink.take, on_line=count.see, tick=count.show,
                meanwhile=lambda is_running: _seen(moment, count, progress, is_running),
            )  # fmt: skip
    _require_whole(sink, program.name, session)
    (folder / STATE).write_text(json.dumps(state, indent=1, ensure_ascii=False), encoding="utf-8")
    applied = moment.applied
    files = {name: sha256_of(folder / name) for name in (DUMP, STATE)}
    return BackupRecord(
        id=f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", engine=session.url.scheme, engine_version=version,
        kind="full", tool=f"{program.name} {program.version}", target=str(session.url),
        version=applied[-1].version if applied else BASE, path=folder.name,
        size_bytes=sum((folder / name).stat().st_size for name in files), created_at=_text(started_at),
        elapsed_ms=_since(start), files=files, contents=contents,
    )  # fmt: skip


class Compressed:
    """A file that is written compressed; it knows how much came in, and the end of it."""

    def __init__(self, path: Path) -> None:
        self.path, self.taken_bytes, self.end = path, 0, b""
        # Level 1: a dump's text halves four times over, and a higher level takes longer than the server does.
        self._pack = zlib.compressobj(1, zlib.DEFLATED, 31)

    def __enter__(self) -> Compressed:
        self._file = self.path.open("xb")
        return self

    def take(self, piece: bytes) -> None:
        """Add a piece. Raises: OSError."""
        self.taken_bytes += len(piece)
        self.end = (self.end + piece)[-200:]
        self._file.write(self._pack.compress(piece))

    def __exit__(self, *error: object) -> None:
        self._file.write(self._pack.flush())
        self._file.close()


@dataclass
class _Count:
    """Counts the tables that the dump program speaks of, and lets commits go on once its snapshot is open."""

    moment: Moment
    progress: Progress
    has_begun: threading.Event = field(default_factory=threading.Event)
    done: int = 0

    def see(self, line: str) -> None:
        self.done += line.startswith(_TABLE)
        if line.startswith(_BEGUN):
            self.has_begun.set()

    def show(self) -> None:
        total = len(self.moment.tables)
        self.progress("dumping tables", min(self.done, total), total)


def _seen(
    moment: Moment, count: _Count, progress: Progress, is_running: Callable[[], bool]
) -> tuple[tuple[TableContent, ...], dict[str, Any]]:
    """What the moment holds: the contents of every table, and what is no row."""
    while not count.has_begun.wait(0.05) and is_running():
        pass
    moment.release()
    reader, contents = moment.reader, []
    charset, collation = defaults(reader)
    state = {
        "definitions": definitions(reader), "enabled_events": enabled_events(reader), "binlog": moment.binlog,
        "charset": charset, "collation": collation,
    }  # fmt: skip
    for number, table in enumerate(moment.tables, 1):
        contents.append(content(reader, table, [column.name for column in table.columns]))
        progress("checksums", number, len(moment.tables))
    return tuple(contents), state


def _require_whole(sink: Compressed, program: str, session: Session) -> None:
    if not sink.taken_bytes:
        raise BackupError(f"{program} ended well and wrote nothing", where=str(session.url))
    if COMPLETED not in sink.end:
        message = f"{program} ended well and wrote a truncated file: it does not end with `{COMPLETED.decode()}`"
        raise BackupError(message, where=str(session.url))


def verify(session: Session, record: BackupRecord, folder: Path, *, progress: Progress) -> BackupRecord:
    """Restore it into a database of its own, compare every table and object, drop that database in every case.

    Changes: nothing of the target; a database `neoron_verify_…` exists meanwhile.
    Raises: BackupError naming the file, table or object that differs, or the missing right.
    """
    check_files(record, folder)
    start = time.monotonic()
    with database_aside(session, copy_name(session.url, record.id)) as aside:
        restore_into(aside, record, folder, progress=progress)
        restore_ms = _since(start)
        compare(aside, record, folder, progress=progress)
    return replace(record, verified_at=_text(datetime.now(UTC)), restore_ms=restore_ms)


def check_files(record: BackupRecord, folder: Path, *, parts: tuple[str, ...] = (DUMP, STATE)) -> None:
    """Compare every file with its SHA-256 in the record; parts are the names that it must have.

    Raises: BackupError naming the file that is missing, altered or not part of the backup.
    """
    if set(record.files) != set(parts):
        raise BackupError(f"the record does not describe a backup of {' and '.join(parts)}", where=folder.name)
    for name, digest in record.files.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise BackupError(f"{name} is {'a link' if path.is_symlink() else 'missing'}", where=folder.name)
        try:
            found = sha256_of(path)
        except OSError as error:
            raise BackupError(f"{name} cannot be read: {error.strerror}", where=folder.name) from None
        if found != digest:
            raise BackupError(f"{name} was altered: its SHA-256 is not the recorded one", where=folder.name)


def restore_into(aside: Session, record: BackupRecord, folder: Path, *, progress: Progress) -> None:
    """Restore a backup's dump into the empty database of a session; its events are switched off.

    Changes: that database only.
    Raises: BackupError with the line that the server refuses.
    """
    raw, path = cast(Any, aside).raw, folder / DUMP
    whole = path.stat().st_size
    try:
        with path.open("rb") as packed, gzip.open(packed, "rb") as lines:
            load(raw, lines, backup=record.id, tick=lambda: progress("restoring aside", packed.tell(), whole))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BackupError(f"{DUMP} is damaged", where=record.id) from None
    except OSError as error:
        raise BackupError(f"{DUMP} cannot be read: {error.strerror}", where=record.id) from None


def compare(aside: Session, record: BackupRecord, folder: Path, *, progress: Progress) -> None:
    """Compare a restored copy with what was seen when the backup was taken.

    Raises: BackupError naming the first object or table that differs.
    """
    copy = connect(aside.url)
    try:
        expected = read_state(folder)["definitions"]
        for difference in differences(expected, definitions(copy)):
            raise BackupError(difference, where=record.id)
        restored = schema(copy)
        for number, content_then in enumerate(record.contents, 1):
            table = restored.table(content_then.table)
            if table is None:
                raise BackupError(f"table {content_then.table} is not in the backup", where=record.id)
            require_same_table(content_then, content(copy, table, content_then.columns), record.id)
            progress("comparing tables", number, len(record.contents))
        if len(restored.tables) != len(record.contents):
            message = f"the copy holds {len(restored.tables)} tables, the record {len(record.contents)}"
            raise BackupError(message, where=record.id)
    finally:
        copy.close()


def read_state(folder: Path) -> dict[str, Any]:
    """What the backup says beside its rows: definitions, enabled_events, binlog. Raises: BackupError."""
    try:
        state: dict[str, Any] = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return state
    except (OSError, ValueError):
        raise BackupError(f"{STATE} is damaged", where=folder.name) from None


def _since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
