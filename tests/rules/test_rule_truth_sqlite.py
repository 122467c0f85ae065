"""What the SQLite rules claim is what SQLite does: every example is run on a file and watched by another connection."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from neoron import review_sql
from neoron.model.finding import Category
from neoron.model.plan import LockLevel
from neoron.rules import RULES
from neoron.sql.reading import readings
from rules.truth_sqlite import measure, prepare

NOT_HERE = {
    "unparsed": "it is no SQL",
    "needs-newer-version": "it needs an older SQLite",
    "open-transaction": "the end that is missing cannot be measured",
    "commit-inside": "it ends a transaction that the example does not begin",
    "journal-off": "a rollback and a crash are needed to see it; it has a test of its own",
}
REFUSED = {
    "unsupported-alter", "add-column-not-null", "nested-transaction", "index-in-transaction", "fk-cascade",
}  # fmt: skip
"""Rules whose bad example fails on SQLite, which is the finding, or part of it."""
LOST_LATER = {"disable-checks": "rows that break foreign keys are left behind", "fk-cascade": "when a parent goes"}
QUICK = {"drop-column", "create-index", "rebuild-cascades", "rebuild-misplaces-columns", "vacuum", "unsupported-alter"}
MEASURED = sorted(r.id for r in RULES if "sqlite" in r.engines and r.id not in NOT_HERE)
BY_ID = {rule.id: rule for rule in RULES}


def _cases() -> list[object]:
    return [pytest.param(i, marks=() if i in QUICK else (pytest.mark.nightly,)) for i in MEASURED]


def _blamed(rule_id: str, script: str, schema: str) -> set[int]:
    """The places of the statements that the rule finds."""
    found = review_sql(script, engine="sqlite", schema=schema, rules=[rule_id])
    lines = {f.statement for f in found if f.rule == rule_id}
    return {n for n, reading in enumerate(readings(script, "sqlite")) if reading.text in lines}


@pytest.mark.parametrize("rule_id", _cases())
def test_the_stated_effect_is_what_sqlite_does(rule_id: str, tmp_path: Path) -> None:
    """Who waits, whether the table is written anew, and whether rows or values are lost, is as the rule says."""
    rule = BY_ID[rule_id]
    one = rule.engines["sqlite"]
    path = tmp_path / "measured.db"
    prepare(path, one.example.schema)
    blamed = _blamed(rule_id, one.example.bad, one.example.schema)
    bad = measure(path, one.example.bad, blamed)
    assert bool(bad.error) == (rule_id in REFUSED), bad.error
    if rule_id not in REFUSED:
        assert bad.lock is one.effect.lock
        assert bad.rewrites == one.effect.rewrites
    if rule.category is Category.DATA_LOSS and rule_id not in LOST_LATER:
        assert bad.lost
    prepare(path, one.example.schema)
    good = measure(path, one.example.good, set())
    assert good.error == ""
    assert not good.rewrites or "RENAME TO" in one.example.good, "only a rebuild may write all rows anew"


def test_what_sqlite_is_not_asked_is_few_and_real() -> None:
    """Each rule that is left out is one, and has its reason."""
    assert set(NOT_HERE) | set(LOST_LATER) | QUICK | REFUSED <= set(BY_ID)
    assert len(NOT_HERE) <= len(MEASURED) // 5
    assert all(NOT_HERE.values())


def test_without_wal_readers_wait_too(tmp_path: Path) -> None:
    """A large UPDATE in rollback mode writes pages before its end, and keeps readers out from then on."""
    path = tmp_path / "measured.db"
    for mode, lock in (("DELETE", LockLevel.ALL), ("WAL", LockLevel.WRITES)):
        prepare(path, "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);", mode)
        script = "PRAGMA cache_size = 10; BEGIN; UPDATE orders SET note = note || 'x'; COMMIT;"
        assert measure(path, script, {2}).lock is lock


def test_without_a_journal_nothing_is_rolled_back(tmp_path: Path) -> None:
    """With journal_mode = OFF a large UPDATE stays after ROLLBACK; with a journal nothing of it does."""
    left = {}
    for mode in ("OFF", "DELETE"):
        path = tmp_path / f"{mode}.db"
        prepare(path, "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);", "DELETE")
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in (f"PRAGMA journal_mode = {mode}", "PRAGMA cache_size = 10", "BEGIN"):
            connection.execute(statement)
        connection.execute("UPDATE orders SET note = 'gone'")
        connection.execute("ROLLBACK")
        connection.close()
        with sqlite3.connect(path) as other:
            left[mode] = other.execute("SELECT count(*) FROM orders WHERE note = 'gone'").fetchone()[0]
        other.close()
    assert left["DELETE"] == 0
    assert left["OFF"] > 0


def test_references_follow_a_table_that_is_renamed_away(tmp_path: Path) -> None:
    """After the bad example of rename-quirk nothing can be written to the table that refers to the rebuilt one."""
    example = BY_ID["rename-quirk"].engines["sqlite"].example
    outcomes = {}
    for name, script in (("bad", example.bad), ("good", example.good)):
        path = tmp_path / f"{name}.db"
        prepare(path, example.schema)
        assert measure(path, script, set()).error == ""
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        try:
            connection.execute("INSERT INTO items (id, order_id) VALUES (20001, 5)")
            outcomes[name] = ""
        except sqlite3.OperationalError as error:
            outcomes[name] = str(error)
        connection.close()
    assert outcomes == {"bad": "no such table: main.old", "good": ""}


def test_a_rename_fails_while_a_view_uses_the_free_name(tmp_path: Path) -> None:
    """Between DROP and RENAME a view leads nowhere, and SQLite refuses the rename; the old behaviour takes it."""
    schema = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); CREATE VIEW noted AS SELECT id FROM orders;"
    rebuild = (
        "CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO n (id, note) SELECT id, note FROM orders; "
        "DROP TABLE orders; ALTER TABLE n RENAME TO orders;"
    )
    found = {}
    for before in ("", "PRAGMA legacy_alter_table = ON; "):
        prepare(tmp_path / "v.db", schema)
        script = f"{before}BEGIN; {rebuild} COMMIT;"
        told = {f.rule for f in review_sql(script, engine="sqlite", schema=schema)}
        found[before] = (bool(measure(tmp_path / "v.db", script, set()).error), "rename-quirk" in told)
    assert list(found.values()) == [(True, True), (False, False)]
