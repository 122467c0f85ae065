"""A table that SQLite can only alter by making it anew, with everything that hangs on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from fix_oracle import dump_rows, dump_schema
from fix_project import ProjectFolder
from lifecycle.ride import BEFORE, CASE, deploy, look, rollback, update
from neoron import Project
from neoron.api import consent
from neoron.errors import MigrationError
from neoron.model.report import Verdict

CHILDREN = 1_000

# Typed as Alembic types a table, so that two rebuilds can end with the very same text.
PARENT = f"""
CREATE TABLE parents (
    id INTEGER NOT NULL,
    name VARCHAR(40) NOT NULL,
    size INTEGER,
    PRIMARY KEY (id)
);
CREATE TABLE children (
    id INTEGER NOT NULL PRIMARY KEY,
    parent_id INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE,
    what TEXT
);
CREATE TABLE grandchildren (id INTEGER PRIMARY KEY, child_id INTEGER REFERENCES children (id) ON DELETE SET NULL);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
INSERT INTO parents SELECT i, 'parent ' || i, i * 3 FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {CHILDREN})
INSERT INTO children SELECT i, i % 50 + 1, 'child ' || i FROM n;
INSERT INTO grandchildren SELECT id, id FROM children;
CREATE INDEX ix_plain ON parents (name);
CREATE INDEX ix_partial ON parents (size) WHERE size > 10;
CREATE UNIQUE INDEX ix_expression ON parents (lower(name), id);
CREATE INDEX ix_descending ON parents (size DESC);
CREATE VIEW sizes AS SELECT name, size FROM parents WHERE size > 10;
CREATE VIEW families AS SELECT p.name, count(*) AS many FROM parents p JOIN children c ON c.parent_id = p.id GROUP BY 1;
CREATE TABLE log (what TEXT);
CREATE TRIGGER parents_log AFTER INSERT ON parents BEGIN INSERT INTO log VALUES ('new; ' || NEW.name); END;
CREATE TRIGGER parents_gone AFTER DELETE ON parents BEGIN INSERT INTO log VALUES ('gone'); END;
CREATE TRIGGER children_log AFTER INSERT ON children WHEN (SELECT size FROM parents WHERE id = NEW.parent_id) > 0
BEGIN UPDATE parents SET size = size + 1 WHERE id = NEW.parent_id; END;
"""
OBJECTS = (
    "ix_plain", "ix_partial", "ix_expression", "ix_descending", "VIEW sizes", "VIEW families", "TRIGGER parents_log",
    "TRIGGER parents_gone", "TRIGGER children_log",
)  # fmt: skip

UP = """
with op.batch_alter_table("parents") as batch:
    batch.alter_column("name", type_=sa.String(80), existing_type=sa.String(40), existing_nullable=False)
    batch.create_check_constraint("ck_size", "size >= 0")
"""
DOWN = """
with op.batch_alter_table("parents") as batch:
    batch.drop_constraint("ck_size", type_="check")
    batch.alter_column("name", type_=sa.String(40), existing_type=sa.String(80), existing_nullable=False)
"""
# A migration that asks for the connection runs as Python, and its rebuild goes past the compiler.
READS = "op.get_bind().execute(sa.text('SELECT count(*) FROM parents')).scalar()\n"

BY_HAND_UP = """
CREATE TABLE parents_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, size INTEGER CHECK (size >= 0));
INSERT INTO parents_new SELECT id, name, size FROM parents;
DROP TABLE parents;
ALTER TABLE parents_new RENAME TO parents;
CREATE INDEX ix_plain ON parents (name);
"""
BY_HAND_DOWN = """
CREATE TABLE parents_new (id INTEGER NOT NULL, name VARCHAR(40) NOT NULL, size INTEGER, PRIMARY KEY (id));
INSERT INTO parents_new SELECT id, name, size FROM parents;
DROP TABLE parents;
ALTER TABLE parents_new RENAME TO parents;
CREATE INDEX ix_plain ON parents (name);
CREATE INDEX ix_partial ON parents (size) WHERE size > 10;
CREATE UNIQUE INDEX ix_expression ON parents (lower(name), id);
CREATE INDEX ix_descending ON parents (size DESC);
CREATE TRIGGER parents_log AFTER INSERT ON parents BEGIN INSERT INTO log VALUES ('new; ' || NEW.name); END;
CREATE TRIGGER parents_gone AFTER DELETE ON parents BEGIN INSERT INTO log VALUES ('gone'); END;
"""


@pytest.fixture
def family(sqlite_url: str, project: Callable[..., ProjectFolder]) -> ProjectFolder:
    """A table with 1,000 children that go with their parents, and with everything that can hang on a table."""
    folder = project(sqlite_url)
    folder.sql(BEFORE, "before", PARENT, None)
    update(folder)
    return folder


def _query(url: str, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("reads", ["", READS], ids=["compiled", "as Python"])
def test_a_rebuild_keeps_the_children_and_everything_on_the_table(family: ProjectFolder, reads: str) -> None:
    """Rebuilding a table by batch_alter_table keeps its 1,000 cascading children, indexes, triggers and views."""
    family.py(CASE, "rebuild", BEFORE, reads + UP, reads + DOWN)
    before = look(family.url)
    seen = []
    for go in (deploy, rollback, deploy):
        go(family)
        seen.append(look(family.url))
        assert seen[-1].rows == before.rows
        assert [name for name in OBJECTS if name not in seen[-1].schema] == []
        assert "_alembic_tmp_" not in seen[-1].schema
        assert _query(family.url, "PRAGMA foreign_key_check") == []
    up, back, again = seen
    assert up == again != before
    assert back.schema == before.schema
    assert before.rows["children"][0] == CHILDREN


def test_foreign_keys_views_and_triggers_work_after_a_rebuild(family: ProjectFolder) -> None:
    """After a rebuild a deleted parent takes its children along, its triggers fire, and its views can be read."""
    family.py(CASE, "rebuild", BEFORE, UP, DOWN)
    deploy(family)
    url = family.url
    _query(url, "DELETE FROM parents WHERE id = 7")
    assert _query(url, "SELECT count(*) FROM children") == [(CHILDREN - 20,)]
    assert _query(url, "SELECT count(*) FROM grandchildren WHERE child_id IS NULL") == [(20,)]
    assert _query(url, "SELECT what FROM log") == [("gone",)]
    assert _query(url, "SELECT count(*) FROM families") == [(49,)]
    assert _query(url, "SELECT count(*) FROM sizes") == [(46,)]
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        _query(url, "INSERT INTO children VALUES (5000, 7, 'no parent')")
    with pytest.raises(sqlite3.IntegrityError, match="ck_size"):
        _query(url, "UPDATE parents SET size = -1")


def test_a_rebuild_written_by_hand_keeps_the_children(family: ProjectFolder) -> None:
    """Dropping a table and renaming its successor, as SQLite's manual teaches, keeps children and views as well."""
    family.sql(CASE, "by_hand", BY_HAND_UP, BY_HAND_DOWN)
    before = look(family.url)
    deploy(family)
    first = look(family.url)
    rollback(family)
    back = look(family.url)
    deploy(family)
    assert first == look(family.url)
    assert back == before
    assert first.rows == before.rows
    assert _query(family.url, "SELECT count(*) FROM families") == [(50,)]


@pytest.mark.parametrize("reads", ["", READS], ids=["compiled", "as Python"])
@pytest.mark.parametrize("goes", ["deploy", "database_update"])
def test_a_broken_reference_from_before_is_reported_and_kept(family: ProjectFolder, goes: str, reads: str) -> None:
    """A row whose parent was missing before a rebuild stops it by name; every row stays, that one included."""
    with sqlite3.connect(family.url.removeprefix("sqlite:///")) as connection:
        connection.execute("INSERT INTO children VALUES (4242, 999, 'an orphan')")
    family.py(CASE, "rebuild", BEFORE, reads + UP, reads + DOWN)
    before = look(family.url)
    options = {"takes_backup": False} if goes == "deploy" else {}
    report = getattr(Project.open(family.path), goes)(consent=consent, **options)
    assert report.verdict is Verdict.FAILED_UNCHANGED
    assert report.state == "Nothing changed."
    assert "row 4242 of children" in report.message
    assert "parents" in report.message
    assert look(family.url) == before


@pytest.mark.parametrize("reads", ["", READS], ids=["compiled", "as Python"])
def test_a_dropped_parent_does_not_take_its_children_along(family: ProjectFolder, reads: str) -> None:
    """Dropping a table that others refer to is refused with the rows it would orphan; no child row goes."""
    family.py(CASE, "drop", BEFORE, reads + 'op.drop_table("parents")')
    before = look(family.url)
    report = Project.open(family.path).deploy(consent=consent, takes_backup=False)
    assert report.verdict is Verdict.FAILED_UNCHANGED
    assert "of children breaks its reference to parents" in report.message
    assert look(family.url) == before


def test_dropping_a_column_takes_nothing_else_along(family: ProjectFolder) -> None:
    """A rebuild that drops a column and its indexes keeps the other indexes, the children and the triggers."""
    family.sql("20260101000001", "no_views", "DROP VIEW sizes; DROP TRIGGER children_log;", None)
    family.py(
        CASE,
        "rebuild",
        "20260101000001",
        'op.drop_index("ix_partial", "parents")\nop.drop_index("ix_descending", "parents")\n'
        'with op.batch_alter_table("parents") as batch:\n    batch.drop_column("size")',
        'with op.batch_alter_table("parents") as batch:\n    batch.add_column(sa.Column("size", sa.Integer()))',
    )
    before = dump_rows(family.url)
    deploy(family)
    schema = dump_schema(family.url)
    assert {name: name in schema for name in OBJECTS if name.startswith("ix_")} == {
        "ix_plain": True, "ix_expression": True, "ix_partial": False, "ix_descending": False,
    }  # fmt: skip
    assert {"TRIGGER parents_log", "TRIGGER parents_gone"} <= {name for name in OBJECTS if name in schema}
    after = dump_rows(family.url)
    assert {t: d for t, d in after.items() if t != "parents"} == {t: d for t, d in before.items() if t != "parents"}


def test_a_check_without_a_name_is_not_lost_in_a_rebuild(
    sqlite_url: str, project: Callable[..., ProjectFolder]
) -> None:
    """A rebuild that would lose an unnamed CHECK is refused before anything is sent."""
    folder = project(sqlite_url)
    folder.sql(BEFORE, "before", "CREATE TABLE parents (id INTEGER PRIMARY KEY, size INTEGER CHECK (size > 0));", None)
    change = 'with op.batch_alter_table("parents") as batch:\n    batch.alter_column("size", nullable=False)'
    folder.py(CASE, "rebuild", BEFORE, change)
    update(folder, BEFORE)
    with pytest.raises(MigrationError, match="unnamed CHECK"):
        deploy(folder)
    assert Path(sqlite_url.removeprefix("sqlite:///")).is_file()
    assert "CHECK(size > 0)" in dump_schema(sqlite_url)


REFERRING = """
CREATE TABLE p (id INTEGER PRIMARY KEY, b INTEGER, UNIQUE (id, b));
CREATE TABLE c (
    id INTEGER PRIMARY KEY,
    p_id INTEGER REFERENCES p (id) ON DELETE CASCADE,
    q_id INTEGER CONSTRAINT named REFERENCES p ON UPDATE SET NULL ON DELETE SET DEFAULT,
    r_id INTEGER,
    FOREIGN KEY (q_id, r_id) REFERENCES p (id, b) ON DELETE RESTRICT
);
"""
CHANGE = 'with op.batch_alter_table("c") as batch:\n    batch.alter_column("id", type_=sa.BigInteger())'


def test_a_rebuild_keeps_what_foreign_keys_do(sqlite_url: str, project: Callable[..., ProjectFolder]) -> None:
    """A rebuilt table keeps ON DELETE and ON UPDATE of every reference, also of one that a column brings along."""
    folder = project(sqlite_url)
    folder.sql(BEFORE, "before", REFERRING, None)
    folder.py(CASE, "rebuild", BEFORE, CHANGE)
    keys = """SELECT "from", "to", "table", on_delete, on_update FROM pragma_foreign_key_list('c') ORDER BY 1, 4"""
    update(folder, BEFORE)
    before = _query(sqlite_url, keys)
    deploy(folder)
    after = _query(sqlite_url, keys)
    assert [row[0] for row in after] == ["p_id", "q_id", "q_id", "r_id"]
    assert [row[3:] for row in after] == [row[3:] for row in before]


@pytest.mark.parametrize("column", ["id INTEGER PRIMARY KEY AUTOINCREMENT", "id INTEGER COLLATE NOCASE"])
def test_a_rebuild_that_loses_a_word_is_refused(
    sqlite_url: str, project: Callable[..., ProjectFolder], column: str
) -> None:
    """AUTOINCREMENT and COLLATE, which a rebuild by Alembic forgets, are named before anything is sent."""
    folder = project(sqlite_url)
    folder.sql(BEFORE, "before", f"CREATE TABLE c ({column}, b INTEGER);", None)
    folder.py(CASE, "rebuild", BEFORE, CHANGE.replace('"id"', '"b"'))
    update(folder, BEFORE)
    before = look(sqlite_url)
    with pytest.raises(MigrationError, match=f"would lose its {column.split()[-1] if 'AUTO' in column else 'COLLATE'}"):
        deploy(folder)
    assert look(sqlite_url) == before


def test_a_rebuild_of_what_a_python_migration_made(sqlite_url: str, project: Callable[..., ProjectFolder]) -> None:
    """A table that a migration made while it read the database can be rebuilt by a later migration."""
    folder = project(sqlite_url)
    make = "op.get_bind()\nop.create_table('t', sa.Column('a', sa.Integer()))"
    folder.py(BEFORE, "before", None, make, "op.drop_table('t')")
    change = "with op.batch_alter_table('t') as batch:\n    batch.alter_column('a', nullable={})"
    folder.py(CASE, "rebuild", BEFORE, change.format(False), change.format(True))
    deploy(folder)
    first = dump_schema(sqlite_url)
    rollback(folder, "0")
    deploy(folder)
    assert dump_schema(sqlite_url) == first
    assert "a INTEGER NOT NULL" in first
