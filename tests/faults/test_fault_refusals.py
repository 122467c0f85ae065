"""Targets that cannot take the change: read-only, full, broken before, or with children that must stay."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from conformance import slow_migration
from conformance.all_engines import ask
from conformance.engine_sqlite import path_of
from conformance.facts import facts
from conformance.forked_runs import Driver
from conformance.project_counters import ONCE
from fix_oracle import dump_rows, dump_schema
from fix_project import ProjectFolder, make_project

MakeProject = Callable[..., ProjectFolder]
UPDATE = ("database", "update")
NOBODY = 65534
COUNTERS = (
    "CREATE TABLE counters (name varchar(20) PRIMARY KEY, n int NOT NULL)",
    "INSERT INTO counters VALUES ('a', 0)",
)


def test_a_read_only_server_is_refused_before_the_first_change(
    driver: Driver, project: MakeProject, postgres_url: str
) -> None:
    """A database switched to read-only is refused with 69 and its reason; nothing was sent."""
    ask(postgres_url, *COUNTERS)
    folder = project(postgres_url)
    folder.sql("1", "up", f"{ONCE};")
    name = postgres_url.rpartition("/")[2]
    ask(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    ran = driver.run(folder, *UPDATE)
    assert ran.exit_code == 69, ran.output
    assert "read-only" in ran.output
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT to_regclass('neoron_history'), n FROM counters").fetchone() == (None, 0)


def test_a_read_only_file_is_refused_before_the_first_change(driver: Driver) -> None:
    """A file that this user may only read is refused with 69; its bytes stay."""
    with tempfile.TemporaryDirectory(prefix="neoron-ro-") as place:
        os.chmod(place, 0o755)  # noqa: S103 - another user is to get in
        folder = make_project(Path(place) / "project", f"sqlite:///{place}/target.db")
        folder.sql("1", "up", f"{ONCE};")
        ask(folder.url, *COUNTERS)
        path_of(folder.url).chmod(0o444)
        bytes_before = path_of(folder.url).read_bytes()
        ran = driver.run(folder, *UPDATE, uid=NOBODY if os.geteuid() == 0 else 0)
        assert ran.exit_code == 69, ran.output
        assert "read-only" in ran.output or "cannot be written" in ran.output
        assert path_of(folder.url).read_bytes() == bytes_before


def test_a_full_file_shows_its_first_error(driver: Driver, project: MakeProject, sqlite_url: str) -> None:
    """SQLite rolls back by itself when it is full: the error shown is that one, and nothing changed."""
    ask(sqlite_url, *COUNTERS, "CREATE TABLE big (x text)")
    folder = project(sqlite_url)
    rows = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2000)"
    fill = f"INSERT INTO big {rows} SELECT hex(randomblob(200)) FROM c"
    folder.sql("1", "fill", f"{ONCE}; PRAGMA max_page_count = 60; {fill}; {ONCE};")
    ran = driver.run(folder, *UPDATE)
    assert ran.exit_code == 20, ran.output
    assert "full" in ran.output
    assert "no transaction is active" not in ran.output
    assert "Nothing changed" in ran.output
    assert slow_migration.count(sqlite_url) == 0
    assert ask(sqlite_url, "SELECT count(*) FROM big") == [(0,)]
    folder.sql("1", "fill", f"{ONCE}; {fill}; {ONCE};")
    assert driver.run(folder, *UPDATE).exit_code == 0
    assert slow_migration.count(sqlite_url) == 2


FAMILY = """
CREATE TABLE parents (id INTEGER PRIMARY KEY, label TEXT NOT NULL, old TEXT);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE);
CREATE TABLE audit (what TEXT);
CREATE INDEX parents_odd ON parents (label) WHERE id % 2 = 1;
CREATE VIEW labels AS SELECT id, label FROM parents;
CREATE TRIGGER parents_told AFTER UPDATE ON parents BEGIN INSERT INTO audit VALUES (NEW.label); END;
WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100)
  INSERT INTO parents SELECT x, 'label ' || x, NULL FROM c;
WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000)
  INSERT INTO children SELECT x, 1 + x % 100 FROM c;
"""


@pytest.fixture
def family(project: MakeProject, sqlite_url: str, driver: Driver) -> ProjectFolder:
    """1,000 rows that go with their parents, a trigger, a view and a partial index, before a rebuild."""
    folder = project(sqlite_url)
    folder.sql("1", "family", FAMILY)
    folder.py("2", "rebuild", "1", 'with op.batch_alter_table("parents") as batch:\n    batch.drop_column("old")')
    assert driver.run(folder, *UPDATE, "1").exit_code == 0
    return folder


def test_a_rebuild_keeps_children_triggers_views_and_partial_indexes(family: ProjectFolder, driver: Driver) -> None:
    """Rebuilding a parent table changes no row of anybody and loses no object; foreign keys hold afterwards."""
    children = dump_rows(family.url)["children"]
    ran = driver.run(family, *UPDATE)
    assert ran.exit_code == 0, ran.output
    assert dump_rows(family.url)["children"] == children
    assert ask(family.url, "SELECT count(*), sum(id), max(label) FROM parents") == [(100, 5050, "label 99")]
    schema = dump_schema(family.url)
    assert all(word in schema for word in ("parents_odd", "WHERE id % 2 = 1", "VIEW labels", "TRIGGER parents_told"))
    assert "old" not in schema.replace("parents_told", "")
    ask(family.url, "UPDATE parents SET label = 'new' WHERE id = 1")
    assert ask(family.url, "SELECT what FROM audit") == [("new",)]
    assert facts(family.url).faults == ()


def test_rows_that_broke_their_reference_before_are_named_first(family: ProjectFolder, driver: Driver) -> None:
    """A reference that was broken before the rebuild stops it, named with its row; nothing changed."""
    ask(family.url, "PRAGMA foreign_keys = OFF", "INSERT INTO children VALUES (5000, 999)")
    before = dump_schema(family.url), dump_rows(family.url)
    ran = driver.run(family, *UPDATE)
    assert ran.exit_code == 20, ran.output
    assert "5000" in ran.output
    assert "children" in ran.output
    assert (dump_schema(family.url), dump_rows(family.url)) == before
