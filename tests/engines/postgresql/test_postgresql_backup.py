"""Backups: one snapshot, proven by restoring, refused when anything differs."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from test_postgresql_catalog import EVERY_TYPE

from fix_left_running import wait_until_ended
from neoron.engines.postgresql import backup, programs
from neoron.engines.postgresql import session as role
from neoron.engines.postgresql.session import Session
from neoron.engines.url import Url
from neoron.errors import BackupError


def quiet(what: str, done: int, total: int) -> None:
    """No progress shown."""


@pytest.fixture
def filled(session: Session) -> Session:
    """A database with every kind of column, a view, and rows."""
    session.execute(EVERY_TYPE)
    session.execute('CREATE SCHEMA shop; CREATE TABLE shop."Order" (id int REFERENCES everything (id))')
    session.execute('INSERT INTO shop."Order" SELECT generate_series(1, 100)')
    session.execute("CREATE VIEW v AS SELECT id FROM everything")
    return session


def verify_databases(session: Session) -> list[str]:
    return [name for (name,) in session.query("SELECT datname FROM pg_database WHERE datname LIKE 'neoron_verify%'")]


def test_a_backup_is_taken_and_proven(filled: Session, tmp_path: Path) -> None:
    """A backup counts only once it was restored aside and every table was equal; nothing is left behind."""
    seen: list[tuple[str, int, int]] = []
    record = backup.create(filled, tmp_path, progress=lambda *step: seen.append(step))
    assert {c.table: c.row_count for c in record.contents} == {"everything": 500, "shop.Order": 100}
    assert (record.verified_at, record.engine, record.version) == ("", "postgresql", "0")
    assert record.size_bytes == sum(p.stat().st_size for p in tmp_path.rglob("*") if p.is_file())
    assert set(record.files) == {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    proven = backup.verify(filled, record, tmp_path, progress=quiet)
    assert proven.verified_at.endswith("Z")
    assert proven.restore_ms > 0
    assert ("checksums", 2, 2) in seen
    assert verify_databases(filled) == []


def test_dump_and_checksums_are_of_one_moment(filled: Session, other: Session, tmp_path: Path) -> None:
    """Rows that others write while the backup runs are in both the dump and the checksums, or in neither."""
    stop = threading.Event()

    def write() -> None:
        number = 1_000
        while not stop.is_set():
            number += 1
            other.execute("INSERT INTO everything (id) VALUES (%s)", (number,))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        record = backup.create(filled, tmp_path, progress=quiet)
    finally:
        stop.set()
        writer.join()
    assert backup.verify(filled, record, tmp_path, progress=quiet).verified_at


@pytest.mark.parametrize("damage", ["flip", "truncate", "append", "missing", "extra", "link"])
def test_a_damaged_backup_is_refused_before_anything_is_restored(filled: Session, tmp_path: Path, damage: str) -> None:
    """One changed byte, a missing, additional or linked file: refused with the file's name."""
    record = backup.create(filled, tmp_path, progress=quiet)
    victim = max((tmp_path / "dump").iterdir(), key=lambda p: p.stat().st_size)
    content = victim.read_bytes()
    if damage == "flip":
        victim.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif damage == "truncate":
        victim.write_bytes(content[:-1])
    elif damage == "append":
        victim.write_bytes(content + b"\0")
    elif damage == "missing":
        victim.unlink()
    elif damage == "extra":
        victim = victim.with_name("zz.dat")
        victim.write_bytes(b"x")
    else:
        victim.rename(tmp_path / "aside")
        victim.symlink_to(tmp_path / "aside")
    with pytest.raises(BackupError) as refusal:
        backup.verify(filled, record, tmp_path, progress=quiet)
    assert victim.name in refusal.value.message
    assert verify_databases(filled) == []


def test_a_backup_that_comes_back_otherwise_is_refused(filled: Session, tmp_path: Path) -> None:
    """A copy with another number of rows, other values or a missing table is not proven, and is cleared away."""
    record = backup.create(filled, tmp_path, progress=quiet)
    first, second = record.contents
    for wrong, words in (
        (replace(first, row_count=501), "500 rows instead of 501"),
        (replace(first, checksum="1"), "other values"),
        (replace(first, table="nowhere"), "table nowhere is not in the backup"),
    ):
        with pytest.raises(BackupError, match=words):
            backup.verify(filled, replace(record, contents=(wrong, second)), tmp_path, progress=quiet)
        assert verify_databases(filled) == []


def test_a_name_that_looks_like_a_connection_string(url: Url, tmp_path: Path) -> None:
    """A database called `host=evil` is backed up under that very name, and the password stays out of the arguments."""
    named = replace(url, database="host=evil 'x' \\ dbname=postgres")
    opened = role.connect(named, create=True)
    try:
        opened.execute("CREATE TABLE t AS SELECT generate_series(1, 9) AS a")
        record = backup.create(opened, tmp_path, progress=quiet)
        assert record.contents[0].row_count == 9
        assert backup.verify(opened, record, tmp_path, progress=quiet).verified_at
        assert url.password not in programs.connection_text(named)
    finally:
        opened.close()
        role.drop(named)


NEW = '[ "$1" = --version ] && echo "pg_dump 99.1"'


def fake(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ('echo "pg_dump (PostgreSQL) 9.6.1"', "pg_dump 9.6.1 is older than the server"),
        (f'{NEW} && exit; echo "x: error: no space $PGPASSWORD" >&2; exit 1', "no space"),
        (f"{NEW}; exit 0", "wrote nothing"),
        (None, "pg_dump was not found"),
    ],
)
def test_a_bad_dump_program_is_a_failed_backup(
    filled: Session, url: Url, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, words: str
) -> None:
    """A dump program that is missing, too old, fails, or writes nothing gives no backup, and shows no password."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if program:
        fake(folder, "pg_dump", program)
    monkeypatch.setenv(programs.FOLDER_VARIABLE, str(folder))
    (tmp_path / "backup").mkdir()
    with pytest.raises(BackupError, match=words) as refusal:
        backup.create(filled, tmp_path / "backup", progress=quiet)
    assert url.password not in str(refusal.value)


def test_a_dump_program_that_dies_takes_its_workers_along(
    filled: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that outlive it hold its error stream and could go on for hours: they are ended, and the failure told."""
    folder, mark = tmp_path / "bin", str(tmp_path / "worker")
    folder.mkdir()
    fake(folder, "worker", "while :; do sleep 1; done")
    fake(folder, "pg_dump", f'{NEW} && exit; "{folder}/worker" "{mark}" & echo "pg_dump: error: no memory" >&2; exit 1')
    monkeypatch.setenv(programs.FOLDER_VARIABLE, str(folder))
    (tmp_path / "backup").mkdir()
    with pytest.raises(BackupError, match="pg_dump failed: pg_dump: error: no memory"):
        backup.create(filled, tmp_path / "backup", progress=quiet)
    assert wait_until_ended(mark) == []


def test_the_missing_right_is_named(filled: Session, url: Url, tmp_path: Path) -> None:
    """Without CREATEDB a backup cannot be proven, and the message says so."""
    record = backup.create(filled, tmp_path, progress=quiet)
    filled.execute("CREATE ROLE poor_verifier LOGIN PASSWORD 'pw'")
    poor = role.connect(replace(url, user="poor_verifier", password="pw"))
    try:
        with pytest.raises(BackupError, match="poor_verifier lacks the right CREATEDB"):
            backup.verify(poor, record, tmp_path, progress=quiet)
    finally:
        poor.close()
        filled.execute("DROP ROLE poor_verifier")
