"""What a migration takes away comes back with its rollback, beside what was written since."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fix_oracle import dump_schema
from fix_project import ProjectFolder
from lifecycle.ride import update
from lifecycle.stash_targets import ask
from neoron import Project
from neoron.api import consent
from neoron.model.report import Report

Make = Callable[..., ProjectFolder]
FIRST, SECOND = "20260101000000", "20260102000000"
ITEMS = """
CREATE TABLE items (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, price INTEGER DEFAULT 5);
INSERT INTO items (id, name, price) VALUES (1, 'lamp', 10), (2, 'desk', 20), (3, 'vase', NULL), (4, 'rug', 40);
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql), "mariadb"])
def target_url(request: pytest.FixtureRequest) -> str:
    """An empty target of each engine in turn."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url", "mariadb": "mariadb_url"}[request.param]
    return str(request.getfixturevalue(name))


def taken_back(folder: ProjectFolder) -> Report:
    """Roll back the newest migration."""
    report = Project.open(folder.path).rollback(consent=consent)
    assert report.is_ok, f"{report.where}: {report.message}"
    return report


def deployed(folder: ProjectFolder, up: str, down: str, before: str = ITEMS) -> str:
    """Lay out and apply two migrations; the schema between them."""
    folder.sql(FIRST, "before", before, None)
    update(folder)
    between = dump_schema(folder.url)
    folder.sql(SECOND, "destroys", up, down)
    report = Project.open(folder.path).deploy(consent=consent, takes_backup=False)
    assert report.is_ok, f"{report.where}: {report.message}"
    return between


def stash(folder: ProjectFolder) -> list[tuple[str, str, int]]:
    """What is still kept."""
    return [(e.table, e.direction, e.row_count) for e in Project.open(folder.path).stash_list() if e.direction == "up"]


def test_a_dropped_column_comes_back_beside_newer_writes(project: Make, target_url: str) -> None:
    """Values of a dropped column come back; new rows get the default, deleted ones stay away, other changes stay."""
    folder = project(target_url)
    between = deployed(
        folder, "ALTER TABLE items DROP COLUMN price;", "ALTER TABLE items ADD COLUMN price INTEGER DEFAULT 5;"
    )
    assert stash(folder) == [("items", "up", 4)]
    ask(folder.url, "INSERT INTO items (id, name) VALUES (9, 'new')")
    ask(folder.url, "UPDATE items SET name = 'big desk' WHERE id = 2")
    ask(folder.url, "DELETE FROM items WHERE id = 4")
    taken_back(folder)
    assert ask(folder.url, "SELECT id, name, price FROM items ORDER BY id") == [
        (1, "lamp", 10), (2, "big desk", 20), (3, "vase", None), (9, "new", 5),
    ]  # fmt: skip
    assert dump_schema(folder.url) == between
    assert stash(folder) == []


def test_a_dropped_table_comes_back_with_its_rows(project: Make, target_url: str) -> None:
    """A dropped table's rows come back, parents before children, and so do the numbers that follow."""
    before = """
    CREATE TABLE owners (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20));
    CREATE TABLE pets (id INTEGER NOT NULL PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES owners (id));
    CREATE TABLE notes (text VARCHAR(20));
    INSERT INTO owners VALUES (1, 'a'), (2, 'b'); INSERT INTO pets VALUES (1, 1), (2, 2);
    INSERT INTO notes VALUES ('x'), ('x');
    """
    made = [part for part in before.split(";") if "CREATE" in part]
    folder = project(target_url)
    between = deployed(folder, "DROP TABLE pets; DROP TABLE owners; DROP TABLE notes;", ";".join(made) + ";", before)
    taken_back(folder)
    assert ask(folder.url, "SELECT * FROM owners ORDER BY id") == [(1, "a"), (2, "b")]
    assert ask(folder.url, "SELECT * FROM pets ORDER BY id") == [(1, 1), (2, 2)]
    assert ask(folder.url, "SELECT * FROM notes") == [("x",), ("x",)]
    assert dump_schema(folder.url) == between
    assert stash(folder) == []


def test_deleted_rows_and_what_went_with_them_come_back(project: Make, target_url: str) -> None:
    """Rows that a DELETE took come back, those of ON DELETE CASCADE too; a key used again since is listed."""
    before = ITEMS + """
    CREATE TABLE parts (id INTEGER NOT NULL PRIMARY KEY, item_id INTEGER REFERENCES items (id) ON DELETE CASCADE);
    INSERT INTO parts VALUES (1, 1), (2, 4), (3, 4);
    """
    folder = project(target_url)
    deployed(folder, "DELETE FROM items WHERE price > 15;", "", before)
    assert sorted(stash(folder)) == [("items", "up", 2), ("parts", "up", 2)] or sorted(stash(folder)) == [
        ("items", "up", 2), ("public.parts", "up", 2),
    ]  # fmt: skip
    ask(folder.url, "INSERT INTO items (id, name, price) VALUES (2, 'other', 1)")
    report = taken_back(folder)
    assert ask(folder.url, "SELECT id, name, price FROM items ORDER BY id") == [
        (1, "lamp", 10), (2, "other", 1), (3, "vase", None), (4, "rug", 40),
    ]  # fmt: skip
    assert ask(folder.url, "SELECT id FROM parts ORDER BY id") == [(1,), (2,), (3,)]
    listed = [(c.name, c.value, c.detail) for c in report.checks if c.name.startswith("stash")]
    assert [(name, value) for name, value, _ in listed] == [("stash items", 1)]
    assert ": 2;" in listed[0][2]
    assert stash(folder) == [("items", "up", 1)]


def test_updated_values_come_back_unless_they_were_changed_since(project: Make, target_url: str) -> None:
    """An UPDATE is undone where its value still stands; a newer value stays, and is listed by its key."""
    folder = project(target_url)
    up = "UPDATE items SET price = 0 WHERE price IS NULL OR price > 30; UPDATE items SET price = price + 1;"
    deployed(folder, up, "UPDATE items SET price = price - 1;")
    ask(folder.url, "UPDATE items SET price = 777 WHERE id = 4")
    ask(folder.url, "UPDATE items SET name = 'tall vase' WHERE id = 3")
    report = taken_back(folder)
    assert ask(folder.url, "SELECT id, name, price FROM items ORDER BY id") == [
        (1, "lamp", 10), (2, "desk", 20), (3, "tall vase", None), (4, "rug", 776),
    ]  # fmt: skip
    assert [(c.name, c.value) for c in report.checks if c.name.startswith("stash")] == [("stash items", 1)]
    assert report.exit_code == 1


NARROWER = "ALTER TABLE items ALTER COLUMN name TYPE varchar(2) USING left(name, 2)"


def test_a_column_that_the_way_down_forgets_is_named(project: Make, target_url: str) -> None:
    """Its values stay in the stash, and the report says which column has to be there for them."""
    folder = project(target_url)
    deployed(
        folder, "ALTER TABLE items DROP COLUMN price; ALTER TABLE items ADD COLUMN shelf INTEGER;",
        "ALTER TABLE items DROP COLUMN shelf;",
    )  # fmt: skip
    report = Project.open(folder.path).rollback(consent=consent)
    told = [check.detail for check in report.checks if check.name.startswith("stash")]
    assert [detail.partition(";")[0] for detail in told] == ["not put back: the way down did not bring price back"]
    assert stash(folder) == [("items", "up", 4)]


@pytest.mark.parametrize("words", ["TRUNCATE items", NARROWER])
def test_truncation_and_a_narrower_type_are_taken_back(project: Make, postgres_url: str, words: str) -> None:
    """TRUNCATE and a lossy change of type lose nothing."""
    folder = project(postgres_url)
    down = "" if words.startswith("TRUNCATE") else "ALTER TABLE items ALTER COLUMN name TYPE varchar(40)"
    between = deployed(folder, words + ";", down)
    taken_back(folder)
    names = ask(folder.url, "SELECT name FROM items ORDER BY id")
    assert names == [("lamp",), ("desk",), ("vase",), ("rug",)]
    assert dump_schema(folder.url) == between
    assert stash(folder) == []


def test_a_rebuilt_table_keeps_only_what_was_lost(project: Make, sqlite_url: str) -> None:
    """A table that is built anew without a column gives back that column; a renamed column is no loss."""
    folder = project(sqlite_url)
    up = """CREATE TABLE items_new (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(40) NOT NULL);
    INSERT INTO items_new SELECT id, name FROM items; DROP TABLE items; ALTER TABLE items_new RENAME TO items;"""
    down = """CREATE TABLE items_old (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL,
    price INTEGER DEFAULT 5); INSERT INTO items_old (id, name) SELECT id, title FROM items; DROP TABLE items;
    ALTER TABLE items_old RENAME TO items;"""
    between = deployed(folder, up, down)
    ask(folder.url, "UPDATE items SET title = 'other' WHERE id = 1")
    taken_back(folder)
    assert ask(folder.url, "SELECT id, name, price FROM items ORDER BY id") == [
        (1, "other", 10), (2, "desk", 20), (3, "vase", None), (4, "rug", 40),
    ]  # fmt: skip
    assert dump_schema(folder.url) == between


def test_no_stash_keeps_nothing_and_says_why_in_the_journal(project: Make, target_url: str) -> None:
    """`--no-stash` needs a reason, which the journal keeps."""
    folder = project(target_url)
    folder.sql(FIRST, "before", ITEMS, None)
    way_back = "ALTER TABLE items ADD COLUMN price INTEGER;"
    folder.sql(SECOND, "destroys", "ALTER TABLE items DROP COLUMN price;", way_back)
    assert folder.run("database", "update", "--no-stash", "because").exit_code == 64
    assert folder.run("database", "update", "--no-stash", "because it is empty").exit_code == 0
    assert stash(folder) == []
    details = [text for (text,) in ask(folder.url, "SELECT detail FROM neoron_journal WHERE outcome = 'started'")]
    assert details[0].endswith("no stash because it is empty")


def test_a_rollback_keeps_what_it_drops(project: Make, target_url: str) -> None:
    """What a rollback drops stays in the stash, is listed, and goes only with `stash purge`."""
    folder = project(target_url)
    deployed(folder, "ALTER TABLE items ADD COLUMN size INTEGER DEFAULT 3;", "ALTER TABLE items DROP COLUMN size;")
    refused = folder.run("rollback")
    assert refused.exit_code == 10
    assert "this drops items.size (4 values), kept in the stash" in refused.stderr
    taken_back(folder)
    listed = folder.run("stash", "list")
    assert "items (size)" in listed.stdout
    assert ask(folder.url, "SELECT sum(o1) FROM neoron_stash_1") == [(12,)]
    assert "nothing is that old" in folder.run("stash", "purge", "--older-than", "1d", "--yes").stdout
    assert folder.run("stash", "purge", "--older-than", "0d").exit_code == 10
    assert "dropped neoron_stash_1" in folder.run("stash", "purge", "--older-than", "0d", "--yes").stdout
    assert "nothing is stashed" in folder.run("stash", "list").stdout


def test_a_rollback_goes_to_a_time_or_before_the_last_run_without_files(project: Make, target_url: str) -> None:
    """`--last-run` and `--to-time` take several migrations back, also where their files are gone, and say so."""
    folder = project(target_url)
    for number in (1, 2, 3):
        made = (f"CREATE TABLE t{number} (a INTEGER);", f"DROP TABLE t{number};")
        folder.sql(f"2026010{number}000000", f"m{number}", *made)
        if number != 2:
            update(folder)
    plan = folder.json("rollback", "--last-run", "--dry-run")["result"]
    assert (plan["from"], plan["to"]) == ("20260103000000", FIRST)
    for file in folder.migrations.glob("2026010[23]*"):
        file.unlink()
    ran = folder.run("rollback", "--last-run")
    assert ran.exit_code == 0, ran.output
    assert "no file here has 20260103000000 m3, 20260102000000 m2" in ran.stderr
    assert folder.run("rollback", "--to-time", "2020-01-01T00:00").exit_code == 0
    assert "CREATE TABLE" not in dump_schema(folder.url)
    assert folder.run("rollback", "--to-time", "yesterday").exit_code == 64
