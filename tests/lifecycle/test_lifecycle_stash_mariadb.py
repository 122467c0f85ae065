"""The stash where DDL commits by itself: complete before the statement that destroys, and never twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from fix_oracle import dump_schema
from fix_oracle_mariadb import connect_mariadb
from fix_project import ProjectFolder
from lifecycle.ride import update
from lifecycle.stash_targets import ask
from neoron import Project
from neoron.api import consent
from neoron.engines.mysql.losses import lost_by
from neoron.model.report import Report

Make = Callable[..., ProjectFolder]
FIRST, SECOND = "20260101000000", "20260102000000"
ITEMS = """
CREATE TABLE items (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40) NOT NULL, price INT DEFAULT 5,
  seen TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP);
INSERT INTO items (id, name, price) VALUES (1, 'lamp', 10), (2, 'desk ', 20), (3, 'Vase', NULL), (4, 'rug', 40);
"""
ROWS = [(1, "lamp", 10), (2, "desk ", 20), (3, "Vase", None), (4, "rug", 40)]


def deployed(folder: ProjectFolder, up: str, down: str, before: str = ITEMS) -> str:
    """Lay out and apply two migrations; the schema between them."""
    folder.sql(FIRST, "before", before, None)
    update(folder)
    between = dump_schema(folder.url)
    folder.sql(SECOND, "destroys", up, down)
    update(folder)
    return between


def taken_back(folder: ProjectFolder) -> Report:
    """Roll back the newest migration."""
    report = Project.open(folder.path).rollback(consent=consent)
    assert report.is_ok, f"{report.where}: {report.message}"
    return report


def rows(url: str) -> list[tuple[object, ...]]:
    """The items."""
    return ask(url, "SELECT id, name, price FROM items ORDER BY id")


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("TRUNCATE TABLE items", ""),
        ("UPDATE items SET name = LEFT(name, 2); ALTER TABLE items MODIFY name VARCHAR(2) NOT NULL",
         "ALTER TABLE items MODIFY name VARCHAR(40) NOT NULL"),
        ("UPDATE items SET price = 0 WHERE price IS NULL; ALTER TABLE items MODIFY price SMALLINT NOT NULL DEFAULT 5",
         "ALTER TABLE items MODIFY price INT DEFAULT 5"),
        ("REPLACE INTO items (id, name) VALUES (1, 'x'), (9, 'y')", "DELETE FROM items WHERE id = 9"),
        ("INSERT INTO items (id, name) VALUES (1, 'x') ON DUPLICATE KEY UPDATE name = 'upper', price = 3", ""),
        ("UPDATE items SET name = UPPER(name), price = price + 1; DELETE FROM items WHERE price > 30", ""),
        ("CREATE OR REPLACE TABLE items (id INT PRIMARY KEY)", "DROP TABLE items; " + ITEMS.split(";")[0]),
        ("UPDATE items a JOIN items b ON a.id = b.id + 1 SET a.price = b.price", ""),
        ("DELETE a FROM items a JOIN items b ON a.id = b.id + 1", ""),
    ],
)  # fmt: skip
def test_every_way_to_lose_values_on_mariadb_is_taken_back(
    project: Make, mariadb_url: str, up: str, down: str
) -> None:
    """TRUNCATE, a narrower type, REPLACE, upserts, joined changes: every value comes back to the last space."""
    folder = project(mariadb_url)
    between = deployed(folder, up + ";", down + ";" if down else "")
    assert rows(folder.url) != ROWS if "OR REPLACE" not in up else True
    taken_back(folder)
    assert rows(folder.url) == ROWS
    assert dump_schema(folder.url) == between
    assert [e for e in Project.open(folder.path).stash_list() if e.direction == "up"] == []
    assert {str(at)[:4] for (at,) in ask(folder.url, "SELECT seen FROM items")} == {"2020"}


def test_a_renamed_column_on_mariadb_is_no_loss(project: Make, mariadb_url: str) -> None:
    """CHANGE with a new name keeps nothing, as nothing is lost."""
    folder = project(mariadb_url)
    deployed(folder, "ALTER TABLE items CHANGE name title VARCHAR(40) NOT NULL;", "")
    assert Project.open(folder.path).stash_list() == ()
    assert ask(folder.url, "SHOW TABLES LIKE 'neoron\\_stash\\_%'") == [("neoron_stash_entries",)]


def test_rows_that_refer_to_their_own_table_come_back_in_order(project: Make, mariadb_url: str) -> None:
    """Children before their parents, and a row that is its own parent, all come back with a 0 as a key."""
    before = """CREATE TABLE nodes (id INT PRIMARY KEY AUTO_INCREMENT, up INT, FOREIGN KEY (up) REFERENCES nodes (id));
    SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
    INSERT INTO nodes VALUES (9, 9), (7, 9), (0, 7), (1, 0), (5, NULL);"""
    folder = project(mariadb_url)
    deployed(folder, "UPDATE nodes SET up = NULL; DELETE FROM nodes;", "", before)
    taken_back(folder)
    assert ask(folder.url, "SELECT id, up FROM nodes ORDER BY id") == [(0, 7), (1, 0), (5, None), (7, 9), (9, 9)]


def test_no_write_slips_between_the_copy_and_the_drop(project: Make, mariadb_url: str) -> None:
    """Rows that others write until the moment of the DROP are in the stash: every row that was acknowledged is back."""
    folder = project(mariadb_url)
    made = "CREATE TABLE log (id INT PRIMARY KEY, pad CHAR(200) DEFAULT 'x');"
    folder.sql(FIRST, "before", f"{made} INSERT INTO log (id) SELECT seq FROM seq_1_to_30000;", None)
    update(folder)
    folder.sql(SECOND, "destroys", "DROP TABLE log;", made)
    written, gone = list[int](), threading.Event()

    def write() -> None:
        with connect_mariadb(folder.url) as server, server.cursor() as cursor:
            number = 100_000
            while not gone.is_set():
                try:
                    cursor.execute(f"INSERT INTO log (id) VALUES ({number})")
                except Exception:  # noqa: BLE001 - the table is gone
                    return
                written.append(number)
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.2)
    update(folder)
    gone.set()
    writer.join()
    taken_back(folder)
    assert len(written) > 20
    found = {i for (i,) in ask(folder.url, "SELECT id FROM log")}
    assert found == {*range(1, 30_001), *written}


@pytest.mark.parametrize(
    ("words", "lost"),
    [
        ("ALTER TABLE t DROP COLUMN a, DROP b, DROP INDEX c, DROP PRIMARY KEY", [("t", "", ("a",)), ("t", "", ("b",))]),
        ("ALTER ONLINE TABLE IF EXISTS d.t MODIFY COLUMN a INT", [("t", "d", ("a",))]),
        ("ALTER TABLE t ADD COLUMN a INT", []),
        ("ALTER IGNORE TABLE t ADD UNIQUE (a)", [("t", "", ())]),
        ("ALTER TABLE t TRUNCATE PARTITION p", [("t", "", ())]),
        ("ALTER TABLE t CONVERT TO CHARACTER SET latin1", [("t", "", ())]),
        ("DROP TABLE IF EXISTS a, `b``c`", [("a", "", ()), ("b`c", "", ())]),
        ("DROP TEMPORARY TABLE a", []),
        ("DROP INDEX a ON t", []),
        ("UPDATE LOW_PRIORITY IGNORE t SET a = 1", [("t", "", ())]),
        ("UPDATE t SET a = (SELECT max(b) FROM u)", [("t", "", ())]),
        ("UPDATE a, b SET b.x = 1", [("a", "", ()), ("b", "", ())]),
        ("UPDATE a LEFT JOIN (b CROSS JOIN d.c) ON a.x = f(b.x, 1) SET b.x = 1 WHERE a.y IN (SELECT 1 FROM z, w)",
         [("a", "", ()), ("b", "", ()), ("c", "d", ())]),
        ("DELETE t FROM t JOIN (SELECT 1 FROM v) x, u", [("t", "", ()), ("u", "", ())]),
        ("DELETE FROM t USING t JOIN u", [("t", "", ()), ("u", "", ())]),
        ("DELETE QUICK FROM t WHERE a IN (SELECT 1 FROM u)", [("t", "", ())]),
        ("WITH x AS (SELECT 1) DELETE FROM t", [("t", "", ())]),
        ("CREATE OR REPLACE TABLE t (a INT)", [("t", "", ())]),
        ("CREATE OR REPLACE VIEW t AS SELECT 1", []),
        ("INSERT INTO t VALUES ('UPDATE')", []),
        ("SELECT REPLACE(a, 'b', 'c') FROM t", []),
    ],
)  # fmt: skip
def test_what_a_statement_takes_is_read_off_its_text(words: str, lost: list[tuple[object, ...]]) -> None:
    """Each statement of MariaDB and MySQL that destroys names its tables and columns, and no other one does."""
    assert [(one.table, one.schema, one.columns) for one in lost_by(words)] == lost


def test_a_row_that_is_there_anew_gets_no_value_of_the_old_one(project: Make, mariadb_url: str) -> None:
    """Column and row went, and another took the key: it keeps the default, and the old value is listed."""
    folder = project(mariadb_url)
    up = "ALTER TABLE items DROP COLUMN price; DELETE FROM items WHERE id > 1"
    deployed(folder, up, "ALTER TABLE items ADD COLUMN price INT DEFAULT 5")
    ask(mariadb_url, "INSERT INTO items (id, name) VALUES (2, 'new')")
    taken_back(folder)
    assert rows(mariadb_url) == [(1, "lamp", 10), (2, "new", 5), (3, "Vase", None), (4, "rug", 40)]
    listed = folder.run("stash", "list")
    assert "2" in listed.stdout
    assert "changed since" in listed.stdout
