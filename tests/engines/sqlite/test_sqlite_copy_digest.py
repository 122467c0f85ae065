"""The SHA-256 of a copy, made while SQLite writes it: the same as that of the finished file, whatever happens."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from neoron.engines.sqlite.digest import CopyDigest

PAGES_PER_STEP = 256


def filled(path: Path, *, page: int = 4096, journal: str = "delete", megabytes: int = 20) -> sqlite3.Connection:
    """A database with rows, an index and free pages."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {page}")
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, kept TEXT, blob BLOB)")
    rows = ((number, f"{number:050}", os.urandom(900)) for number in range(megabytes * 1000))
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    connection.execute("CREATE INDEX i ON t (kept)")
    connection.execute("COMMIT")
    connection.execute("DELETE FROM t WHERE id % 100 < 3")
    connection.execute("INSERT INTO t (kept, blob) VALUES ('zeros', zeroblob(100000))")
    return connection


def digest_of(
    source: Path, copy: Path, *, meanwhile: Callable[[int], None] = lambda left: None, after: Callable[[], None] = bool
) -> str:
    """What CopyDigest says of a copy; `after` runs once the copy is made, and before it is asked."""
    copy.touch()
    uri = f"file:{source}?mode=ro"
    with CopyDigest(copy, source) as digest, closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as read:

        def step(_status: int, left: int, pages: int) -> None:
            digest.see(left, pages)
            meanwhile(left)

        with closing(sqlite3.connect(copy, isolation_level=None)) as written:
            written.execute("PRAGMA synchronous = OFF")
            written.execute("PRAGMA journal_mode = OFF")
            read.backup(written, pages=PAGES_PER_STEP, progress=step)
        after()
        return digest.ended()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def flipped(path: Path, place: int) -> None:
    """Change one byte."""
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("page", [512, 1024, 4096, 16384, 65536])
def test_it_is_the_digest_of_the_file(tmp_path: Path, page: int, journal: str) -> None:
    with closing(filled(tmp_path / "a.db", page=page, journal=journal)):
        assert digest_of(tmp_path / "a.db", tmp_path / "b.db") == sha256(tmp_path / "b.db")


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_the_copy_is_read_while_it_is_written(tmp_path: Path, journal: str) -> None:
    """Read at the end, it would be the digest of the changed file; on a busy machine a slower copy shows it."""
    found: list[tuple[str, str, str]] = []
    with closing(filled(tmp_path / "a.db", journal=journal)) as source:
        if journal == "wal":
            source.execute("PRAGMA wal_checkpoint")
        for pause_s in (0.0, 0.1, 1.0):
            copy, kept = tmp_path / f"b{pause_s}.db", list[str]()

            def change(copy: Path = copy, kept: list[str] = kept) -> None:
                kept.append(sha256(copy))
                flipped(copy, 2 << 20)

            def wait(_left: int, pause_s: float = pause_s) -> None:
                time.sleep(pause_s)

            said = digest_of(tmp_path / "a.db", copy, meanwhile=wait, after=change)
            found.append((said, kept[0], sha256(copy)))
            if said == kept[0]:
                break
    said, whole, changed = found[-1]
    assert said == whole != changed
    assert all(said == changed for said, _whole, changed in found[:-1])


def test_a_first_page_that_is_not_as_foreseen_is_no_digest(tmp_path: Path) -> None:
    copy = tmp_path / "b.db"
    with closing(filled(tmp_path / "a.db")):
        said = digest_of(tmp_path / "a.db", copy, after=lambda: flipped(copy, 4000))
    assert said == sha256(copy)


@pytest.mark.parametrize("change", ["UPDATE t SET kept = 'x' WHERE id = 5", "DELETE FROM t; VACUUM"])
def test_a_copy_that_begins_again(tmp_path: Path, change: str) -> None:
    lefts: list[int] = []
    with closing(filled(tmp_path / "a.db")) as source:

        def write(left: int) -> None:
            lefts.append(left)
            if len(lefts) == 12:
                source.executescript(change)

        said = digest_of(tmp_path / "a.db", tmp_path / "b.db", meanwhile=write)
    assert len(lefts) > 12
    assert said == sha256(tmp_path / "b.db")


@pytest.mark.parametrize("change", ["", "UPDATE t SET kept = 'x' WHERE id = 5"])
@pytest.mark.parametrize("program", ["sleep 1; exec {python} \"$@\"", "exit 1", None])
def test_the_first_page_comes_late_or_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, change: str
) -> None:
    """The copy is ended, and was begun again, before anybody could follow it."""
    late = tmp_path / "python"
    if program is not None:
        late.write_text("#!/bin/sh\n" + program.format(python=sys.executable) + "\n")
        late.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(late))
    lefts: list[int] = []
    with closing(filled(tmp_path / "a.db")) as source:

        def write(left: int) -> None:
            lefts.append(left)
            if len(lefts) == 12:
                source.executescript(change)

        said = digest_of(tmp_path / "a.db", tmp_path / "b.db", meanwhile=write)
    assert said == sha256(tmp_path / "b.db")


def test_a_small_file_and_one_in_memory(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "a.db", megabytes=1)):
        assert digest_of(tmp_path / "a.db", tmp_path / "b.db") == sha256(tmp_path / "b.db")
    with CopyDigest(tmp_path / "b.db", None) as digest:
        digest.see(0, 10)
        assert digest.ended() == sha256(tmp_path / "b.db")


def test_a_copy_that_is_given_up_leaves_no_thread_waiting(tmp_path: Path) -> None:
    class Ended(Exception):
        pass

    def stop(left: int) -> None:
        raise Ended

    before = threading.active_count()
    with closing(filled(tmp_path / "a.db")), pytest.raises(Ended):
        digest_of(tmp_path / "a.db", tmp_path / "b.db", meanwhile=stop)
    assert threading.active_count() == before


@pytest.mark.nightly
def test_the_page_that_sqlite_locks_is_never_written(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "a.db")) as source:
        source.execute("INSERT INTO t (kept, blob) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                       "WHERE i < 270) SELECT 'big', randomblob(4000000) FROM n")  # fmt: skip
        assert (tmp_path / "a.db").stat().st_size > 1 << 30
        assert digest_of(tmp_path / "a.db", tmp_path / "b.db") == sha256(tmp_path / "b.db")
