"""Backups of a live file: one snapshot, proven by restoring aside, or nothing at all."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from neoron.engines.proving import sha256_of
from neoron.engines.sqlite import backup, catalog, restore
from neoron.engines.sqlite.history import LEDGER
from neoron.engines.sqlite.session import Session, connect
from neoron.engines.url import Url
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.model.history import AppliedMigration
from neoron.model.plan import RecordKind

# Each transaction moves one unit from one account to the other and notes it: the sum never changes.
WRITER = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
n = 0
while True:
    c.execute("BEGIN IMMEDIATE")
    c.execute("UPDATE account SET units = units - 1 WHERE id = 1")
    c.execute("INSERT INTO moved VALUES (?, randomblob(500))", (n,))
    c.execute("UPDATE account SET units = units + 1 WHERE id = 2")
    c.execute("COMMIT")
    n += 1
    if n == 5:
        print("writing", flush=True)
"""


def _silent(what: str, done: int, total: int) -> None:
    assert what
    assert 0 <= done <= max(done, total)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """An empty folder for one backup inside a store."""
    folder = tmp_path / "store" / "one"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def bank(session: Session) -> Session:
    """A few megabytes with an invariant: two accounts hold 1,000,000 units together."""
    session.execute("CREATE TABLE account(id INTEGER PRIMARY KEY, units INT)")
    session.execute("CREATE TABLE moved(n INT, ballast BLOB)")
    session.execute("INSERT INTO account VALUES (1, 1000000), (2, 0)")
    session.execute(
        "WITH n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i < 8000) "
        "INSERT INTO moved SELECT -i, randomblob(1000) FROM n"
    )
    return session


@contextmanager
def _writing(url: Url) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", WRITER, url.database], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_backup_under_writes_is_one_committed_snapshot(bank: Session, store: Path, mode: str) -> None:
    """While another process writes, the copy holds whole transactions only, and is proven good."""
    bank.query(f"PRAGMA journal_mode = {mode}")
    with _writing(bank.url):
        record = backup.create(bank, store, progress=_silent)
        verified = backup.verify(bank, record, store, progress=_silent)
    with sqlite3.connect(f"file:{store / 'database.sqlite'}?immutable=1", uri=True) as copy:
        units = dict(copy.execute("SELECT id, units FROM account"))
        moves = copy.execute("SELECT count(*) FROM moved WHERE n >= 0").fetchone()[0]
    assert sum(units.values()) == 1_000_000
    assert units[2] == moves >= 5
    assert verified.verified_at
    assert verified.restore_ms >= 0
    assert [path.name for path in store.iterdir()] == ["database.sqlite"]
    assert [path.name for path in store.parent.iterdir()] == ["one"]


def test_the_record_says_what_was_kept(bank: Session, store: Path) -> None:
    """Engine, version, size, fingerprint and every table are in the record; nobody else may read the file."""
    for statement in LEDGER.table_statements():
        bank.execute(statement)
    applied = AppliedMigration("20240101000000", "first", "c", "f", position=1)
    LEDGER.write(bank, RecordKind.APPLIED, applied, "[]", "")
    record = backup.create(bank, store, progress=_silent)
    assert (record.engine, record.version, record.path) == ("sqlite", "20240101000000", "one")
    assert record.size_bytes == (store / "database.sqlite").stat().st_size
    assert (store / "database.sqlite").stat().st_mode & 0o77 == 0
    assert record.created_at.endswith("Z")
    proven = backup.verify(bank, record, store, progress=_silent)
    assert {c.table: c.row_count for c in proven.contents} == {"account": 2, "moved": 8000}
    assert proven.contents[0].columns == ("id", "units")


def test_the_tables_of_a_backup_are_compared_with_the_target_by_checksum(bank: Session, store: Path) -> None:
    """Checksums are not in the record; what the backup holds is read from it when it is asked for."""
    record = backup.verify(bank, backup.create(bank, store, progress=_silent), store, progress=_silent)
    held = restore.held(record, store, progress=_silent)
    tables = catalog.schema(bank).tables
    assert held == tuple(catalog.content(bank, table, [c.name for c in table.columns]) for table in tables)
    bank.execute("UPDATE account SET units = 999999 WHERE id = 1")
    now = [catalog.content(bank, table, then.columns) for table, then in zip(tables, held, strict=True)]
    assert [then.table for then, found in zip(held, now, strict=True) if then != found] == ["account"]
    assert restore.held(replace(record, contents=held), store, progress=_silent) is held


def test_a_database_in_memory_can_be_backed_up(store: Path) -> None:
    """A database without a file is copied from its own connection."""
    memory = connect(Url("sqlite", ":memory:"))
    memory.execute("CREATE TABLE a(x)")
    memory.execute("INSERT INTO a VALUES (1)")
    record = backup.create(memory, store, progress=_silent)
    assert backup.verify(memory, record, store, progress=_silent).contents[0].row_count == 1
    memory.close()


def _flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("place", range(16))
def test_one_changed_byte_is_refused_before_anything_else(bank: Session, store: Path, place: int) -> None:
    """A single flipped bit anywhere in the file is found, and nothing is restored."""
    record = backup.create(bank, store, progress=_silent)
    path = store / "database.sqlite"
    _flipped(path, place * (record.size_bytes - 1) // 15)
    with pytest.raises(BackupError, match="was altered"):
        backup.verify(bank, record, store, progress=_silent)
    assert [p.name for p in store.parent.iterdir()] == ["one"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: os.truncate(path, 4096), "was altered"),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), "was altered"),
        (lambda path: path.unlink(), "is missing"),
        (lambda path: (path.rename(f"{path}.moved"), path.symlink_to(f"{path}.moved")), "is missing"),
    ],
)
def test_a_cut_or_missing_file_is_refused(bank: Session, store: Path, damage, reason: str) -> None:  # type: ignore[no-untyped-def]
    """Cutting, appending, deleting or replacing by a link is found."""
    record = backup.create(bank, store, progress=_silent)
    damage(store / "database.sqlite")
    with pytest.raises(BackupError, match=reason):
        backup.verify(bank, record, store, progress=_silent)


@pytest.mark.parametrize("place", [0, 24, 92, 4096, 262_143])
def test_a_restored_file_is_compared_by_its_bytes(bank: Session, store: Path, place: int) -> None:
    """One bit that comes back otherwise is found anywhere, in an unaltered backup."""
    record = backup.create(bank, store, progress=_silent)
    aside = store / ".verify" / "database.sqlite"

    def damaging(what: str, done: int, total: int) -> None:
        if done == total:
            _flipped(aside, place)

    with pytest.raises(BackupError, match="came back with other bytes"):
        backup.verify(bank, record, store, progress=damaging)
    assert [path.name for path in store.iterdir()] == ["database.sqlite"]


def test_a_proven_backup_is_proven_again_by_its_bytes(bank: Session, store: Path) -> None:
    """The second proof finds what the first did, and still refuses a changed byte, a changed table and a lost row."""
    proven = backup.verify(bank, backup.create(bank, store, progress=_silent), store, progress=_silent)
    again = backup.verify(bank, proven, store, progress=_silent)
    assert again.contents == proven.contents
    fewer = replace(proven, contents=(replace(proven.contents[0], row_count=3), *proven.contents[1:]))
    with pytest.raises(BackupError, match="table account came back with 2 rows instead of 3"):
        backup.verify(bank, fewer, store, progress=_silent)
    with pytest.raises(BackupError, match="holds 2 tables, the record 1"):
        backup.verify(bank, replace(proven, contents=proven.contents[1:]), store, progress=_silent)
    _flipped(store / "database.sqlite", 6_000_000)
    with pytest.raises(BackupError, match="was altered"):
        backup.verify(bank, proven, store, progress=_silent)


def _with_altered_row(record: BackupRecord, path: Path, statement: str) -> BackupRecord:
    """The same record over a file with other rows, as if the fingerprint had been made afterwards."""
    with sqlite3.connect(path) as copy:
        copy.execute(statement)
    copy.close()
    return replace(record, files={path.name: sha256_of(path)})


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE account SET units = 5 WHERE id = 2", "table account came back with other values"),
        ("DELETE FROM moved WHERE n = -7", "table moved came back with 7999 rows instead of 8000"),
        ("DROP TABLE moved", "table moved is not in the backup"),
        ("CREATE TABLE more(x)", "holds 3 tables, the record 2"),
    ],
)
def test_other_contents_than_recorded_are_refused(bank: Session, store: Path, statement: str, reason: str) -> None:
    """Even a file with the right fingerprint is only good when every table is; older records have their checksums."""
    record = backup.create(bank, store, progress=_silent)
    record = replace(record, contents=restore.held(record, store, progress=_silent))
    record = _with_altered_row(record, store / "database.sqlite", statement)
    with pytest.raises(BackupError, match=reason):
        backup.verify(bank, record, store, progress=_silent)
    assert [p.name for p in store.parent.iterdir()] == ["one"]


def test_a_damaged_source_is_no_backup(bank: Session, store: Path) -> None:
    """A database whose pages are damaged cannot be proven."""
    page = bank.query("SELECT rootpage FROM sqlite_master WHERE name = 'moved'")[0][0]
    bank.close()
    with open(bank.url.database, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x55" * 4096)
    again = connect(bank.url)
    record = backup.create(again, store, progress=_silent)
    with pytest.raises(BackupError, match="damaged"):
        backup.verify(again, record, store, progress=_silent)
    again.close()


def test_a_folder_that_is_not_empty_is_refused(bank: Session, store: Path) -> None:
    """An older backup is never written over."""
    (store / "database.sqlite").write_bytes(b"older")
    with pytest.raises(BackupError, match="empty folder"):
        backup.create(bank, store, progress=_silent)
    assert (store / "database.sqlite").read_bytes() == b"older"


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_leaves_nothing_behind(bank: Session, tmp_path: Path) -> None:
    """On a disk of 2 MB the backup fails with the reason, and the folder is empty again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        folder = disk / "one"
        folder.mkdir()
        with pytest.raises(BackupError, match=r"disk full|No space left"):
            backup.create(bank, folder, progress=_silent)
        assert list(folder.iterdir()) == []
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(BackupError, match="Read-only file system"):
            backup.create(bank, folder, progress=_silent)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_an_interrupted_backup_leaves_nothing_behind(bank: Session, store: Path) -> None:
    """Ctrl-C in the middle of the copy clears the folder."""

    def interrupt(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.create(bank, store, progress=interrupt)
    assert list(store.iterdir()) == []


def test_a_store_that_cannot_be_written_cannot_prove(bank: Session, store: Path) -> None:
    """Verifying needs room beside the backup, and says so."""
    record = backup.create(bank, store, progress=_silent)
    moved = shutil.copytree(store, store.parent.parent / "elsewhere")
    assert backup.verify(bank, record, Path(moved), progress=_silent).verified_at
    with pytest.raises(BackupError, match="does not describe"):
        backup.verify(bank, replace(record, files={"../x": "0"}), store, progress=_silent)
