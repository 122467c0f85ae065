"""`review --fix` on SQLite: what ALTER TABLE refuses becomes a rebuild that reviews clean and keeps everything."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from neoron.model.finding import Severity
from neoron.sql.reading import readings
from neoron.stages.fix_text import fixed_text
from neoron.stages.review_text import circumstances

SCHEMA = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE "Orders" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the number
  "Customer" INTEGER REFERENCES customers (id) ON DELETE SET NULL,
  amount REAL DEFAULT 0 CHECK (amount >= 0), note TEXT COLLATE NOCASE,
  code VARCHAR(20) NOT NULL ON CONFLICT ABORT DEFAULT ('x' || 'y'),
  twice AS (amount * 2),
  CONSTRAINT short CHECK (length(note) < 50)
);
CREATE TABLE items (order_id INTEGER REFERENCES "Orders" (id) ON DELETE CASCADE, sku TEXT);
CREATE UNIQUE INDEX orders_code ON orders (code DESC, lower(note)) WHERE amount > 5;
CREATE INDEX orders_note ON orders (note COLLATE RTRIM);
CREATE TABLE logs (line TEXT);
CREATE VIEW big AS SELECT id, amount FROM Orders WHERE amount > 10;
CREATE VIEW bigger AS SELECT id FROM big WHERE amount > 100;
CREATE TRIGGER orders_log AFTER UPDATE ON "Orders" BEGIN INSERT INTO logs VALUES ('it''s; ' || NEW.id); END;
CREATE TRIGGER items_log AFTER INSERT ON items BEGIN UPDATE orders SET amount = amount + 1 WHERE id = NEW.order_id; END;
"""
ROWS = """
INSERT INTO customers VALUES (1, 'a'), (2, 'b');
INSERT INTO Orders (id, Customer, amount, note, code) VALUES (1, 1, 5, 'n', 'c1'), (2, 2, 50, 'm', 'c2');
INSERT INTO Orders (id, Customer, amount, note, code) VALUES (9, 1, 500, 'o', 'c9');
DELETE FROM Orders WHERE id = 9;
INSERT INTO items VALUES (1, 'x'), (2, 'y'), (2, 'z');
DELETE FROM logs;
"""
CASES = {
    "set not null": ("ALTER TABLE orders ALTER COLUMN note SET NOT NULL;", "note TEXT COLLATE NOCASE",
                     "note TEXT COLLATE NOCASE NOT NULL"),
    "drop not null": ('ALTER TABLE "Orders" ALTER code DROP NOT NULL;', "NOT NULL ON CONFLICT ABORT ", ""),
    "set default": ("ALTER TABLE Orders ALTER COLUMN amount SET DEFAULT -1;", "REAL DEFAULT 0 CHECK (amount >= 0)",
                    "REAL CHECK (amount >= 0) DEFAULT -1"),
    "drop default": ("ALTER TABLE [Orders] ALTER COLUMN code DROP DEFAULT;", " DEFAULT ('x' || 'y')", ""),
    "type": ("ALTER TABLE main.orders ALTER amount TYPE NUMERIC(10, 2);", "amount REAL", "amount NUMERIC(10, 2)"),
    "add check": ("ALTER TABLE orders ADD CONSTRAINT top CHECK (amount < 1000);", "\n);\nCREATE TABLE items",
                  ", CONSTRAINT top CHECK (amount < 1000)\n);\nCREATE TABLE items"),
    "add foreign key": (
        "ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES customers (id) ON DELETE SET NULL;",
        "\n);\nCREATE TABLE items",
        ", FOREIGN KEY (id) REFERENCES customers (id) ON DELETE SET NULL\n);\nCREATE TABLE items",
    ),
    "drop constraint": ("ALTER TABLE orders DROP CONSTRAINT short;",
                        ",\n  CONSTRAINT short CHECK (length(note) < 50)", ""),
    "add unique column": ("ALTER TABLE orders ADD COLUMN token TEXT UNIQUE;", "twice AS (amount * 2),",
                          "twice AS (amount * 2), token TEXT UNIQUE,"),
    "add stored column": ("ALTER TABLE orders ADD half REAL AS (amount / 2) STORED;", "twice AS (amount * 2),",
                          "twice AS (amount * 2), half REAL AS (amount / 2) STORED,"),
    "add current timestamp": ("ALTER TABLE orders ADD COLUMN day TEXT NOT NULL DEFAULT CURRENT_DATE;",
                              "twice AS (amount * 2),",
                              "twice AS (amount * 2), day TEXT NOT NULL DEFAULT CURRENT_DATE,"),
}  # fmt: skip
"""Name -> the statement that SQLite refuses, and what of SCHEMA it would change into what."""
NOT_OFFERED = {
    "a key": "ALTER TABLE orders ADD COLUMN uid INTEGER PRIMARY KEY;",
    "an unknown table": "ALTER TABLE payments ALTER COLUMN note SET NOT NULL;",
    "several": "ALTER TABLE orders ADD a INTEGER, ADD b INTEGER;",
    "an unknown constraint": "ALTER TABLE orders DROP CONSTRAINT nothing;",
    "inside a transaction of its own": "BEGIN; ALTER TABLE orders ALTER note SET NOT NULL; COMMIT;",
    "a cascade": "ALTER TABLE orders ADD FOREIGN KEY (note) REFERENCES customers (email) ON DELETE CASCADE;",
    "text into numbers": "ALTER TABLE orders ALTER COLUMN note TYPE INTEGER;",
}


def _run(path: Path, *scripts: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    for script in scripts:
        for reading in readings(script, "sqlite"):
            connection.execute(reading.text).fetchall()
    return connection


def _bare(sql: str) -> str:
    """The text of a definition without comments, quotes of names, case and white space."""
    return re.sub(r"--[^\n]*\n|[\s\"]", "", sql).lower()


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {(kind, name, _bare(sql)) for kind, name, sql in rows}


def _rows(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = ("customers", "Orders", "items", "logs", "sqlite_sequence", "big", "bigger")
    return {table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall()) for table in tables}


@pytest.mark.parametrize("case", CASES)
def test_a_refused_alter_becomes_a_rebuild(case: str, tmp_path: Path) -> None:
    """SQLite refuses the statement; the rebuild reviews clean and ends in the schema that was meant, all rows kept."""
    statement, before, after = CASES[case]
    given = circumstances("sqlite", schema=SCHEMA)
    report = fixed_text(statement, given)
    assert len(report.files) == 1, report.reasons
    assert not [f for f in report.left if f.severity is not Severity.INFO], report.left
    with pytest.raises(sqlite3.OperationalError):
        _run(tmp_path / "risky.db", SCHEMA, ROWS, statement)
    assert before in SCHEMA
    meant = _run(tmp_path / "meant.db", SCHEMA.replace(before, after, 1))
    was = _run(tmp_path / "was.db", SCHEMA, ROWS)
    fixed = _run(tmp_path / "fixed.db", SCHEMA, ROWS, report.files[0].after)
    assert _schema(fixed) == _schema(meant)
    assert fixed.execute("PRAGMA foreign_key_check").fetchall() == []
    kept, now = _rows(was), _rows(fixed)
    cut = len(was.execute("SELECT * FROM Orders").description)
    now["Orders"] = [row[:cut] for row in now["Orders"]]
    assert now == kept
    assert fixed.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for connection in (meant, was, fixed):
        connection.close()


@pytest.mark.parametrize("case", NOT_OFFERED)
def test_what_cannot_be_rebuilt_safely_is_left(case: str) -> None:
    """Where the rebuild would guess, lose, or need foreign keys off inside a transaction, the script stays as it is."""
    report = fixed_text(NOT_OFFERED[case], circumstances("sqlite", schema=SCHEMA))
    assert report.files == ()
    assert [f for f in report.left if f.rule == "unsupported-alter"]
