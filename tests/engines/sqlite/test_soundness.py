"""The first proof of a backup refuses what `PRAGMA integrity_check` refuses, and asks it on two cores."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from damaging import ORDINARY, at_random, in_index, made, without_index

from neoron.engines.proving import sha256_of
from neoron.engines.sqlite import backup
from neoron.engines.sqlite.address import file_uri
from neoron.engines.sqlite.session import Session
from neoron.engines.sqlite.soundness import checked_beside, questions
from neoron.errors import BackupError

SOUND = [("ok",)]
# What is done to the rows behind an index's back, and to its entries behind the rows'.
BY_ROWS = {
    "a row that is in no index": ("plain_n", "INSERT INTO plain VALUES (1, 1, 'new', 2, 3, 'new', NULL)"),
    "an entry without its row": ("plain_n", "DELETE FROM plain WHERE id = 9"),
    "a changed number": ("plain_n", "UPDATE plain SET n = 39 WHERE id = 9"),
    "a number that became NULL": ("plain_n", "UPDATE plain SET n = NULL WHERE id = 9"),
    "a changed text": ("plain_word_at", "UPDATE plain SET word = 'other' WHERE id = 9"),
    "a changed second column": ("plain_word_at", "UPDATE plain SET at = '2024-01-02' WHERE id = 9"),
    "a changed fraction": ("plain_ratio", "UPDATE plain SET ratio = ratio + 1e-9 WHERE id = 9"),
    "a value that is another row's": ("plain_code", "UPDATE plain SET code = 'c4' WHERE id = 9"),
    "a value twice": ("plain_code", "UPDATE plain SET code = 'c3' WHERE id = 12"),
    "two rows that changed their numbers": ("plain_ratio", "UPDATE plain SET id = -id WHERE id IN (9, 12)"),
}  # fmt: skip
BY_ENTRIES = {
    "no entry": ("plain_n", "DELETE FROM entry WHERE r = 9"),
    "an entry more": ("plain_n", "INSERT INTO entry VALUES (3, 10)"),
    "a second entry of a row": ("plain_n", "INSERT INTO entry VALUES (4, 9)"),
    "an entry of another row": ("plain_n", "UPDATE entry SET r = 12 WHERE r = 9"),
    "an entry of a row that is not there": ("plain_word_at", "UPDATE entry SET r = 10 WHERE r = 9"),
    "another number": ("plain_n", "UPDATE entry SET n = 5 WHERE r = 9"),
    "another text": ("plain_code", "UPDATE entry SET code = 'c3x' WHERE r = 9"),
    "a number as text": ("plain_n", "UPDATE entry SET n = '3' WHERE r = 9"),
    "two entries that changed places": ("plain_code", "UPDATE entry SET r = 21 - r WHERE r IN (9, 12)"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made(tmp_path / "some.sqlite")


def _asked(path: Path) -> list[str]:
    """The questions that a file answers otherwise than a sound one does."""
    wrong = []
    with closing(sqlite3.connect(file_uri(path, "ro", is_immutable=True), uri=True)) as copy:
        copy.execute("ATTACH ? AS entries", (file_uri(path, "ro", is_immutable=True),))
        for question in questions(copy):
            if copy.execute(*question).fetchall() != SOUND:
                wrong.append(question[0])
    return wrong


def _said(path: Path) -> str:
    """What SQLite's own check says first; nothing for a sound file."""
    try:
        with closing(sqlite3.connect(file_uri(path, "ro", is_immutable=True), uri=True)) as copy:
            found = copy.execute("PRAGMA integrity_check(1)").fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return str(error)
    return "" if found == SOUND else str(found[0][0])


def _refused(path: Path) -> str:
    try:
        with checked_beside(path, where="one"):
            pass
    except BackupError as error:
        return str(error)
    return ""


def test_a_sound_file_is_sound_and_the_check_of_sqlite_is_not_asked(path: Path) -> None:
    """Tables and indexes of every kind give the right answer to each question, so nothing is checked twice."""
    assert _said(path) == ""
    assert _asked(path) == []
    assert _refused(path) == ""


@pytest.mark.parametrize("what", BY_ROWS)
def test_rows_that_do_not_fit_an_index_are_refused(path: Path, what: str) -> None:
    """Rows changed behind an index are found by a question, and the refusal is in the words of `integrity_check`."""
    without_index(path, *BY_ROWS[what])
    assert any(question.startswith("SELECT") for question in _asked(path))
    assert _said(path) in _refused(path) != ""


@pytest.mark.parametrize("what", BY_ENTRIES)
def test_entries_that_do_not_fit_their_rows_are_refused(path: Path, what: str) -> None:
    """Entries that are missing, more, changed or another row's are found by a question."""
    index, statement = BY_ENTRIES[what]
    in_index(path, index, ORDINARY[index], statement)
    assert any(question.startswith("SELECT") for question in _asked(path))
    assert _said(path) in _refused(path) != ""


def test_an_entry_twice_is_refused(tmp_path: Path) -> None:
    """An entry that is there twice, beside those of all rows, is found by counting."""
    path = tmp_path / "twice.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t(n INT, x); CREATE INDEX i ON t(n)")
        connection.executemany("INSERT INTO t(rowid, n) VALUES (?, 70)", [(11,), (12,)])
        connection.commit()
    in_index(path, "i", "n", "INSERT INTO entry VALUES (71, 13)")
    data = path.read_bytes()
    entry = bytes([3, 1, 1, 71, 13])
    assert data.count(entry) == 1
    path.write_bytes(data.replace(entry, bytes([3, 1, 1, 70, 12])))
    assert _said(path) in _refused(path) != ""


def test_a_number_as_text_is_not_its_entry_s_number(tmp_path: Path) -> None:
    """A row whose bytes became the text '7' does not fit the number 7 in its index, though a lookup finds that."""
    path = tmp_path / "text.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t(n INT, x); CREATE INDEX i ON t(n); INSERT INTO t VALUES (7, NULL)")
    data = path.read_bytes()
    row = bytes([4, 1, 3, 1, 0, 7])
    assert data.count(row) == 1
    path.write_bytes(data.replace(row, bytes([4, 1, 3, 15, 0, ord("7")])))
    assert any("LEFT JOIN" in question for question in _asked(path))
    assert _said(path) in _refused(path) != ""


def test_a_record_that_cannot_be_decoded_is_refused(tmp_path: Path) -> None:
    """A record whose header says more than it holds is found in a table without any index, as SQLite's check does."""
    path = tmp_path / "record.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t(n INT, x); INSERT INTO t VALUES (7, NULL)")
    path.write_bytes(path.read_bytes().replace(bytes([4, 1, 3, 1, 0, 7]), bytes([4, 1, 3, 1, 25, 7])))
    with closing(sqlite3.connect(path)) as copy:
        lookup = next(question for question in questions(copy) if "BETWEEN" in question[0])
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            copy.execute(*lookup).fetchall()
    assert _said(path) in _refused(path) != ""


@pytest.mark.parametrize("statement", ["SELECT 1", "ANALYZE"])
def test_every_lookup_is_a_search_in_the_index_that_it_is_about(path: Path, statement: str) -> None:
    """SQLite looks up each row in each index, and counts the entries of each; it scans the rows alone."""
    with closing(sqlite3.connect(path)) as copy:
        copy.execute(statement)
    with closing(sqlite3.connect(path)) as copy:
        copy.execute("ATTACH ? AS entries", (str(path),))
        plans = {
            question: [row[3] for row in copy.execute(f"EXPLAIN QUERY PLAN {question}", parameters)]
            for question, parameters in questions(copy) if question.startswith("SELECT")
        }  # fmt: skip
    searched = [step for plan in plans.values() for step in plan if re.match("SEARCH (own|only) ", step)]
    assert all("COVERING INDEX" in step for step in searched)
    assert not any(re.match("SCAN (own|only) ", step) for plan in plans.values() for step in plan)
    counted = [step for plan in plans.values() for step in plan if "SCAN" in step and "COVERING INDEX" in step]
    for index in (*ORDINARY, "plain_once", "bytes_word", "sqlite_autoindex_keyed_1"):
        assert any(f" {index} " in step for step in searched), index
        assert sum(step.endswith(f" {index}") for step in counted) == 1, index


def test_tables_of_which_the_questions_cannot_ask_are_left_to_sqlite(path: Path) -> None:
    """Partial indexes, expressions, collations, WITHOUT ROWID and a column named rowid: SQLite's own check has them."""
    with closing(sqlite3.connect(path)) as copy:
        copy.execute("CREATE VIRTUAL TABLE found USING fts4(text)")
        asked = {question for question, _ in questions(copy) if question.startswith("PRAGMA main.integrity_check")}
    left = {"letters", "some", "sums", "named", "unrowed", "computed", "found"}
    assert {f'PRAGMA main.integrity_check("{table}")' for table in left} <= asked
    assert not any(f'"{table}")' in question for table in ("plain", "keyed", "empty", "bytes") for question in asked)


@pytest.mark.parametrize(
    "index", ["bytes_word", "letters_word", "some_n", "sums_n", "named_n", "unrowed_n", "computed_more"]
)
def test_an_index_of_any_kind_that_lacks_a_row_is_refused(path: Path, index: str) -> None:
    """Whoever checks it, an index of any kind without an entry of a row is found."""
    without_index(path, index, f"INSERT INTO {index.partition('_')[0]}(n, word) VALUES (1000, 'new')")
    assert _said(path) in _refused(path) != ""


def test_pages_that_nothing_uses_are_refused(path: Path) -> None:
    """What is no matter of rows and entries is found by SQLite's quick check."""
    without_index(path, "plain_n", "DELETE FROM plain WHERE id < 0")
    assert _refused(path) == ""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'plain_n'")
        connection.commit()
    assert "never used" in _said(path) in _refused(path)


def test_a_backup_with_a_damaged_index_is_not_proven(session: Session, tmp_path: Path) -> None:
    """An index that does not fit its table is refused by the first proof, whatever the file's SHA-256."""
    store = tmp_path / "store"
    store.mkdir()
    for statement in ("CREATE TABLE t(id INTEGER PRIMARY KEY, n INT, x)", "CREATE INDEX i ON t(n)"):
        session.execute(statement)
    session.execute("INSERT INTO t VALUES (1, 5, 6), (2, 6, 7)")
    record = backup.create(session, store, progress=lambda what, done, total: None)
    in_index(store / "database.sqlite", "i", "n", "UPDATE entry SET r = 3 - r")
    record = replace(record, files={"database.sqlite": sha256_of(store / "database.sqlite")})
    with pytest.raises(BackupError, match="the copy is damaged: row 1 missing from index i"):
        backup.verify(session, record, store, progress=lambda what, done, total: None)
    assert [file.name for file in store.iterdir()] == ["database.sqlite"]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(2, 12))])
def test_random_damage_is_refused_where_sqlite_refuses_it(path: Path, tmp_path: Path, seed: int) -> None:
    """100 files with random bytes, rows or entries: each that `integrity_check` refuses is refused, and no other."""
    chance, refused = random.Random(seed), 0
    damaged = tmp_path / "damaged.sqlite"
    for _ in range(100):
        shutil.copy(path, damaged)
        what = at_random(damaged, chance)
        expected, found = _said(damaged), _refused(damaged)
        assert bool(expected) == bool(found), f"{what}: {expected!r}, {found!r}"
        refused += bool(expected)
    assert 20 < refused < 100
