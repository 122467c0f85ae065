"""Back up with pg_dump, prove it by restoring aside with pg_restore.

The dump and the checksums of every table come from one exported snapshot, so that they must agree.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from neoron.engines.postgresql.aside import connected, copy_name, database_aside
from neoron.engines.postgresql.catalog import content, schema
from neoron.engines.postgresql.content import Rest
from neoron.engines.postgresql.faults import errors, translate
from neoron.engines.postgresql.history import LEDGER
from neoron.engines.postgresql.programs import connection_text, find, run
from neoron.engines.postgresql.session import connect, server_version
from neoron.engines.proving import Digests, require_same_table, sha256_of
from neoron.engines.roles import Progress, Session
from neoron.engines.url import Url
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.model.plan import BASE
from neoron.model.schema import Table, TableContent

DUMP = "dump"
JOBS = 2
# Level 1 took 5.9 s where the default took 20.8 s, for a dump a tenth larger.
_DUMP_FLAGS = ("--format=directory", f"--jobs={JOBS}", "--compress=1", "--verbose", "--no-password")
_LOCK_WAIT_MS = 10_000
# Checksums take turns with the dump, which needs two cores: without a rest it took a twentieth longer, and with one as
# long as the reading itself, the checksums were last.
_REST = 0.5
# Read after the snapshot: everything in it lies before.
_POSITION = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"


def create(session: Session, folder: Path, *, progress: Progress) -> BackupRecord:
    """Take a backup into an empty folder, with the contents of every table as its own snapshot saw them.

    Shape: the record's id and path are proposals; the caller may rename the folder.
    Changes: the folder only.
    Raises: BackupError; then the folder holds no usable backup.
    """
    started_at, start = datetime.now(UTC), time.monotonic()
    version = server_version(session)
    program, tool_version = find("pg_dump", version)
    with _snapshot(session) as (reader, name):
        arguments = [
            program, *_DUMP_FLAGS, f"--snapshot={name}", f"--lock-wait-timeout={_LOCK_WAIT_MS}",
            f"--file={folder / DUMP}", f"--dbname={connection_text(session.url)}",
        ]  # fmt: skip
        count = LineCount("pg_dump: dumping contents of table", "dumping tables", 0, progress)
        digests = Digests(folder)

        def read(wait: Rest) -> tuple[tuple[TableContent, ...], str, str]:
            def rest(took_s: float) -> None:
                digests.read_on()
                wait(took_s * _REST)

            tables = schema(reader).tables
            count.total = len(tables)
            contents, applied = contents_of(reader, tables, progress, rest), LEDGER.read(reader).complete
            return contents, applied[-1].version if applied else BASE, str(reader.query(_POSITION)[0][0])

        def tick() -> None:
            count.show()
            digests.read_on()

        contents, applied, position = run(arguments, session.url, on_line=count.see, tick=tick, meanwhile=read)
    _require_written(folder, session.url)
    files = digests.ended()
    identity = f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    return BackupRecord(
        id=identity, engine="postgresql", engine_version=version, kind="logical", tool=f"pg_dump {tool_version}",
        target=str(session.url), version=applied, path=folder.name,
        size_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        created_at=started_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        elapsed_ms=_since(start), files=files, contents=contents, position=position,
    )  # fmt: skip


def _require_written(folder: Path, url: Url) -> None:
    """Refuse when a dump program ended well and left nothing. Raises: BackupError.

    A dump that is cut short is found by the restore that follows every backup.
    """
    contents = folder / DUMP / "toc.dat"
    if not contents.is_file() or not contents.stat().st_size:
        raise BackupError("pg_dump ended well and wrote nothing", where=str(url))


class LineCount:
    """Counts a program's lines of one kind, and tells how far it is."""

    def __init__(self, prefix: str, what: str, total: int, progress: Progress) -> None:
        self.prefix, self.what, self.total, self.progress = prefix, what, total, progress
        self.done = 0

    def see(self, line: str) -> None:
        self.done += line.startswith(self.prefix)

    def show(self) -> None:
        self.progress(self.what, min(self.done, self.total), self.total)


@contextmanager
def _snapshot(session: Session) -> Iterator[tuple[Session, str]]:
    """A second session with an open snapshot that other sessions may share, and its name."""
    reader: Session = connect(session.url)
    try:
        # It idles for as long as pg_dump takes, which no limit of the server may end. A checksum is one short term,
        # not worth compiling; and one process is faster than pg_dump, whose own processes need the other cores.
        settings = ("idle_in_transaction_session_timeout", "statement_timeout", "max_parallel_workers_per_gather")
        reader.execute("".join(f"SET {name} = 0; " for name in settings) + "SET jit = off")
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield reader, str(reader.query("SELECT pg_export_snapshot()")[0][0])
    except errors() as error:
        message = f"the backup's snapshot cannot be read: {translate(error).message}"
        raise BackupError(message, where=str(session.url)) from None
    finally:
        reader.close()


def contents_of(
    session: Session, tables: Sequence[Table], progress: Progress, rest: Rest | None = None
) -> tuple[TableContent, ...]:
    """Rows and checksum of each table over all of its columns; rest as in `measure`. Raises: the driver's own error."""
    found = []
    for number, table in enumerate(tables, 1):
        found.append(content(session, table, [column.name for column in table.columns], rest))
        progress("checksums", number, len(tables))
    return tuple(found)


def fingerprints(folder: Path) -> dict[str, str]:
    """Every file below a folder, with its SHA-256. Raises: OSError."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}


def _since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


def verify(session: Session, record: BackupRecord, folder: Path, *, progress: Progress) -> BackupRecord:
    """Restore it into a database of its own, compare every table, drop that database in every case.

    Changes: nothing of the target; a database `neoron_verify_…` exists meanwhile.
    Raises: BackupError naming the file or table that differs, or the missing right.
    """
    check_files(record, folder)
    name = copy_name(session.url, record.id)
    start = time.monotonic()
    with database_aside(session, name):
        restore_into(session, name, folder, progress=progress)
        restore_ms = _since(start)
        with connected(session.url, name) as copy:
            compare(copy, record, progress)
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return replace(record, verified_at=now, restore_ms=restore_ms)


def check_files(record: BackupRecord, folder: Path, *, parts: str = DUMP) -> None:
    """Compare every file with its SHA-256 in the record; parts is the folder that holds them.

    Raises: BackupError naming the file that is missing, altered or not part of the backup.
    """
    links = [path for path in folder.rglob("*") if path.is_symlink()]
    if links:
        raise BackupError(f"{links[0].name} is a link, which no backup holds", where=folder.name)
    found = {path.relative_to(folder).as_posix(): path for path in (folder / parts).rglob("*") if path.is_file()}
    for name, digest in record.files.items():
        if name not in found:
            raise BackupError(f"{name} is missing", where=folder.name)
        if sha256_of(found[name]) != digest:
            raise BackupError(f"{name} was altered: its SHA-256 is not the recorded one", where=folder.name)
    extra = sorted(set(found) - set(record.files))
    if extra or not record.files:
        raise BackupError(f"{extra[0] if extra else 'the file list'} is not part of the backup", where=folder.name)


def restore_into(
    session: Session, database: str, folder: Path, *, progress: Progress, keeps_owners: bool = False
) -> None:
    """Restore a backup's dump into an empty database of the same server.

    Changes: that database only.
    Raises: BackupError with the first error of pg_restore.
    """
    program, _ = find("pg_restore", server_version(session))
    arguments = [
        program, "--format=directory", f"--jobs={JOBS}", "--exit-on-error", "--no-subscriptions",
        *(() if keeps_owners else ("--no-owner",)), "--verbose", "--no-password",
        f"--dbname={connection_text(session.url, database=database)}",
        str(folder / DUMP),
    ]  # fmt: skip
    total = max(1, len(list((folder / DUMP).iterdir())) - 1)
    count = LineCount("pg_restore: processing data for table", "restoring tables", total, progress)
    run(arguments, session.url, on_line=count.see, tick=count.show, meanwhile=lambda wait: None)


def compare(copy: Session, record: BackupRecord, progress: Progress) -> None:
    """Compare every table of a restored copy with the record. Raises: BackupError naming the first that differs."""
    restored = schema(copy)
    for number, expected in enumerate(record.contents, 1):
        table = restored.table(expected.table)
        if table is None:
            raise BackupError(f"table {expected.table} is not in the backup", where=record.id)
        require_same_table(expected, content(copy, table, expected.columns), record.id)
        progress("comparing tables", number, len(record.contents))
