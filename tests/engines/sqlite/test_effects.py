"""What statements block, which must stay outside a transaction, and what surrounds a table rebuild."""

from __future__ import annotations

import pytest

from neoron.engines.sqlite.effects import effect, surround
from neoron.engines.sqlite.reader import Change, change
from neoron.engines.sqlite.session import Session
from neoron.model.plan import LockLevel

REBUILD = (
    "CREATE TABLE new_parent(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "INSERT INTO new_parent SELECT id, name FROM parent",
    "DROP TABLE parent",
    "ALTER TABLE new_parent RENAME TO parent",
)
OLD_REBUILD = (
    "ALTER TABLE parent RENAME TO old_parent",
    "CREATE TABLE parent(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "INSERT INTO parent SELECT id, name FROM old_parent",
    "DROP TABLE old_parent",
)


@pytest.mark.parametrize(
    ("statement", "lock", "inside"),
    [
        ("CREATE TABLE a(x)", LockLevel.ALL, True),
        ("-- note\n/* more */ create unique index i on a(x)", LockLevel.ALL, True),
        ("INSERT INTO a VALUES (1)", LockLevel.ALL, True),
        ("WITH n AS (SELECT 1) DELETE FROM a", LockLevel.ALL, True),
        ("SELECT 1", LockLevel.NONE, True),
        ("PRAGMA user_version = 3", LockLevel.NONE, True),
        ("VACUUM", LockLevel.ALL, False),
    ],
)
def test_every_write_blocks_the_whole_file(statement: str, lock: LockLevel, inside: bool) -> None:
    """SQLite has one writer for the whole file; a read blocks nobody."""
    found = effect(statement)
    assert (found.lock, found.can_run_in_transaction, found.refused) == (lock, inside, "")
    assert bool(found.probe) is not inside


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA journal_mode = WAL", "pragma main.journal_mode=wal", "PRAGMA foreign_keys(0)", "ATTACH 'x' AS y",
        "DETACH y", "BEGIN", "COMMIT", "SAVEPOINT a", "VACUUM INTO 'x'", "VACUUM main INTO 'x'",
        "PRAGMA writable_schema = 1",
    ],
)  # fmt: skip
def test_what_a_migration_must_not_do_is_refused_with_a_reason(statement: str) -> None:
    """Other files, the journal mode and the runner's transaction are out of bounds."""
    assert effect(statement).refused


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("CREATE TABLE a(x)", Change("CREATE", "table", "a")),
        ("create unique index if not exists main.[i x] on a(x)", Change("CREATE", "index", "i x")),
        ("DROP VIEW IF EXISTS `v`", Change("DROP", "view", "v")),
        ('ALTER TABLE "a""b" RENAME TO c', Change("RENAME", "table", 'a"b', "c")),
        ("ALTER TABLE a RENAME COLUMN x TO y", None),
        ("ALTER TABLE a RENAME x TO y", None),
        ("CREATE TEMP TABLE a(x)", None),
        ("CREATE TABLE temp.a(x)", None),
        ("INSERT INTO a VALUES ('DROP TABLE a')", None),
        ("DROP", None),
    ],
)
def test_the_object_of_a_statement_is_read(statement: str, expected: Change | None) -> None:
    """Names are read however they are quoted; temporary objects and columns do not count."""
    assert change(statement) == expected


def test_a_plain_migration_is_not_surrounded() -> None:
    """New tables, new columns and rows need no settings."""
    assert surround(["CREATE TABLE a(x)", "ALTER TABLE a ADD COLUMN y", "DROP INDEX i"]) == ((), (), ())


def _family(session: Session) -> None:
    for statement in (
        "CREATE TABLE parent(id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent(id) ON DELETE CASCADE)",
        "CREATE INDEX parent_name ON parent(name) WHERE name <> ''",
        "CREATE VIEW named AS SELECT child.id, name FROM child JOIN parent ON parent.id = child.parent",
        "CREATE TABLE log(x)",
        "CREATE TRIGGER kept AFTER INSERT ON child BEGIN INSERT INTO log SELECT name FROM parent; END",
        "INSERT INTO parent VALUES (1, 'a')",
        "WITH n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i < 1000) INSERT INTO child SELECT i, 1 FROM n",
    ):
        session.execute(statement)


def _run(session: Session, statements: tuple[str, ...]) -> list[str]:
    """As the runner does: settings, transaction, checks, settings."""
    before, checks, after = surround(statements)
    for setting in before:
        session.execute(setting)
    session.begin()
    for statement in statements:
        session.execute(statement)
    wrong = [row[0] for check in checks for row in session.query(check)]
    if wrong:
        session.rollback()
    else:
        session.commit()
    for setting in after:
        session.execute(setting)
    return wrong


@pytest.mark.parametrize("statements", [REBUILD, OLD_REBUILD])
def test_rebuilding_a_parent_keeps_every_child(session: Session, statements: tuple[str, ...]) -> None:
    """1,000 cascading children, the view, the trigger and the references survive, and the settings are back."""
    _family(session)
    assert _run(session, statements) == []
    assert session.query("SELECT count(*) FROM child") == [(1000,)]
    assert session.query("SELECT count(*) FROM named") == [(1000,)]
    assert session.query("SELECT \"table\" FROM pragma_foreign_key_list('child')") == [("parent",)]
    assert session.query("SELECT 1 FROM sqlite_master WHERE name = 'kept'") == [(1,)]
    assert session.query("PRAGMA foreign_keys") == [(1,)]
    assert session.query("PRAGMA legacy_alter_table") == [(0,)]


@pytest.mark.parametrize("more", [(), ("CREATE TABLE gone(x)", "DROP TABLE gone")])
def test_a_rename_takes_its_references_along(session: Session, more: tuple[str, ...]) -> None:
    """A table that is given another name keeps its children, views and triggers, beside a dropped table too."""
    _family(session)
    assert _run(session, (*more, "ALTER TABLE parent RENAME TO elder")) == []
    assert session.query("SELECT \"table\" FROM pragma_foreign_key_list('child')") == [("elder",)]
    assert session.query("SELECT count(*) FROM named") == [(1000,)]


def test_dropping_a_table_that_is_referred_to_is_stopped_and_named(session: Session) -> None:
    """The check finds the orphans that dropping their parent would make; nothing is deleted."""
    _family(session)
    wrong = _run(session, ("DROP VIEW named", "DROP TABLE parent"))
    assert wrong[0] == "row 1 of child breaks its reference to parent"
    assert session.query("SELECT count(*) FROM child") == [(1000,)]
    assert session.query("SELECT count(*) FROM parent") == [(1,)]
