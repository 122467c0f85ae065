"""The labels of the SQLite corpus are not opinions alone: what SQLite itself refuses is found, the rest runs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from neoron.model.finding import Category
from neoron.sql.reading import readings
from review_corpus.corpus_cases import Case, cases, outcomes

ABSENT = ("no such table", "unknown database", "no such trigger", "no such index")
"""Messages about what a case takes to be there although no schema makes it."""
_TABLES = "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND name NOT LIKE 'sqlite_%'"


def _filled(case: Case) -> sqlite3.Connection:
    """A database with the schema of a case and a row in each table."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for reading in readings(case.schema, "sqlite"):
        connection.execute(reading.text)
    for (table,) in connection.execute(_TABLES).fetchall():
        columns = connection.execute(f"PRAGMA table_info('{table}')").fetchall()
        names = ", ".join(f'"{c[1]}"' for c in columns)
        values = ", ".join("1" if "INT" in c[2] else f"'{c[1]}'" for c in columns)
        connection.execute(f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({values})')
    connection.execute("PRAGMA foreign_keys = ON")
    if case.options.get("transaction"):
        connection.execute("BEGIN")
    return connection


def _refusal(connection: sqlite3.Connection, statement: str) -> str | None:
    """What SQLite says when it refuses; empty when it runs, None when a row or an absent table is to blame."""
    try:
        connection.execute(statement).fetchall()
    except sqlite3.OperationalError as error:
        return None if str(error).startswith(ABSENT) else str(error)
    except sqlite3.Error:
        return None
    return ""


def test_what_sqlite_refuses_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each statement of the corpus that fails on SQLite for its form has a finding that says it will."""
    monkeypatch.chdir(tmp_path)
    refused, passed, unsaid = 0, 0, []
    for case in cases("sqlite"):
        if "version" in case.options:
            continue
        connection = _filled(case)
        for outcome in (one for one in outcomes(case) if not one.statement.startswith(".")):
            refusal = _refusal(connection, outcome.statement)
            refused += bool(refusal)
            passed += refusal == ""
            if refusal and not any(f.category is Category.COMPATIBILITY for f in outcome.found):
                unsaid.append(f"{case.id}: {outcome.statement}: {refusal}")
        connection.close()
    assert not unsaid
    assert refused > 40
    assert passed > 400
