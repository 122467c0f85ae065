"""Damage that SQLite itself never does: rows without their index, index entries without their rows, single bytes."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMA = """
CREATE TABLE plain(id INTEGER PRIMARY KEY, n BIGINT, word TEXT, at DATETIME, ratio REAL, code TEXT NOT NULL, last TEXT);
CREATE INDEX plain_n ON plain(n);
CREATE INDEX plain_word_at ON plain(word DESC, at);
CREATE INDEX plain_ratio ON plain(ratio);
CREATE UNIQUE INDEX plain_code ON plain(code);
CREATE UNIQUE INDEX plain_once ON plain(n, word);
CREATE TABLE keyed(a BIGINT NOT NULL, b VARCHAR(20), PRIMARY KEY (a, b));
CREATE TABLE bytes(n INT, word TEXT COLLATE NOCASE);
CREATE INDEX bytes_word ON bytes(word COLLATE BINARY);
CREATE TABLE letters(n INT, word TEXT COLLATE NOCASE);
CREATE INDEX letters_word ON letters(word);
CREATE TABLE some(n INT, word TEXT);
CREATE INDEX some_n ON some(n) WHERE n > 10;
CREATE TABLE sums(n INT, word TEXT);
CREATE INDEX sums_n ON sums(n + 1);
CREATE TABLE named(n INT, word TEXT, rowid TEXT, oid TEXT, _rowid_ TEXT);
CREATE INDEX named_n ON named(n);
CREATE TABLE unrowed(n INT, word TEXT, PRIMARY KEY (word)) WITHOUT ROWID;
CREATE INDEX unrowed_n ON unrowed(n);
CREATE TABLE computed(n INT, more AS (n + 1), word TEXT);
CREATE INDEX computed_more ON computed(more);
CREATE TABLE empty(x, y, UNIQUE (x, y));
WITH n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i < 300)
INSERT INTO plain SELECT i * 3, nullif(i % 40, 7), 'w' || (i / 3), iif(i % 2, '2024-01-01', i), i / 4.0, 'c' || i, 'l'
FROM n;
INSERT INTO keyed SELECT n, code FROM plain WHERE n IS NOT NULL;
INSERT INTO bytes SELECT n, code FROM plain;
INSERT INTO letters SELECT n, code FROM plain;
INSERT INTO some SELECT n, code FROM plain;
INSERT INTO sums SELECT n, code FROM plain;
INSERT INTO named SELECT n, code, word, word, word FROM plain;
INSERT INTO unrowed SELECT n, code FROM plain;
INSERT INTO computed SELECT n, code FROM plain;
"""
ORDINARY = {"plain_n": "n", "plain_word_at": "word DESC, at", "plain_ratio": "ratio", "plain_code": "code"}


def made(path: Path) -> Path:
    """A sound database with tables and indexes of every kind."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
    return path


def without_index(path: Path, index: str, statement: str) -> None:
    """Run a statement as if the index were not there: it stays as it was."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        kept = connection.execute("SELECT * FROM sqlite_master WHERE name = ?", (index,)).fetchone()
        _written(connection, "DELETE FROM sqlite_master WHERE name = ?", (index,))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
        _written(connection, "INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", kept)


def in_index(path: Path, index: str, columns: str, statement: str) -> None:
    """Run a statement on the entries of an index, which it sees as a table `entry` of its columns and the rowid `r`."""
    names = columns.replace(" DESC", "")
    sql = f"CREATE TABLE entry({names}, r, PRIMARY KEY ({columns}, r)) WITHOUT ROWID"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (index,)).fetchone()[0]
        row = ("table", "entry", "entry", root, sql)
        _written(connection, "INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
        _written(connection, "DELETE FROM sqlite_master WHERE name = 'entry'", ())


def _written(connection: sqlite3.Connection, statement: str, row: tuple[object, ...]) -> None:
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(statement, row)
    connection.execute("PRAGMA writable_schema = OFF")


def at_random(path: Path, chance: random.Random) -> str:
    """One damage or more, and what it was."""
    if chance.random() < 0.5:
        data = bytearray(path.read_bytes())
        places = [chance.randrange(100, len(data)) for _ in range(chance.randint(1, 3))]
        for place in places:
            data[place] = chance.choice([data[place] ^ 1 << chance.randrange(8), chance.randrange(256)])
        path.write_bytes(data)
        return f"bytes {places}"
    index, columns = chance.choice(list(ORDINARY.items()))
    row, other = chance.randint(1, 300) * 3, chance.randint(1, 300) * 3
    first, *more = (column.split()[0] for column in columns.split(", "))
    if chance.random() < 0.5:
        statement = chance.choice([
            f"DELETE FROM entry WHERE r = {row}", f"UPDATE OR REPLACE entry SET r = {other} WHERE r = {row}",
            f"UPDATE OR REPLACE entry SET {first} = 'w17' WHERE r = {row}",
            f"INSERT OR REPLACE INTO entry SELECT {', '.join((first, *more))}, {other} FROM entry WHERE r = {row}",
        ])  # fmt: skip
        in_index(path, index, columns, statement)
    else:
        statement = chance.choice([
            f"DELETE FROM plain WHERE id = {row}", f"UPDATE OR REPLACE plain SET id = {other} WHERE id = {row}",
            f"UPDATE OR REPLACE plain SET {first} = (SELECT {first} FROM plain WHERE id = {other}) WHERE id = {row}",
        ])  # fmt: skip
        without_index(path, index, statement)
    return f"{index}: {statement}"
