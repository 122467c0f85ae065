"""Tables without transactions: their rows are written alone, noted before and after, on MariaDB and MySQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

import pytest

from conformance.engine_mariadb import Mariadb, Mysql
from fix_mysql_server import MysqlServer
from fix_oracle_mariadb import connect_mariadb
from fix_project import ProjectFolder, Ran
from neoron.engines.mysql.storage import unheld

Make = Callable[..., ProjectFolder]
TABLES = """
CREATE TABLE old (id INT PRIMARY KEY, v INT) ENGINE=MyISAM;
CREATE TABLE new (id INT PRIMARY KEY, v INT);
"""


@pytest.fixture(params=["mariadb_url", "mysql_url"])
def folder(request: pytest.FixtureRequest, project: Make) -> ProjectFolder:
    """A project whose first migration makes a table without transactions and one with."""
    made = project(request.getfixturevalue(request.param))
    made.sql("1", "tables", TABLES, "DROP TABLE old; DROP TABLE new;")
    return made


def send(url: str, statement: str) -> list[tuple[object, ...]]:
    """One statement's rows."""
    with closing(connect_mariadb(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def update(folder: ProjectFolder, *words: str) -> Ran:
    """Run `database update`."""
    return folder.run("--yes", "database", "update", *words)


@pytest.mark.parametrize(
    ("statement", "is_apart", "after"),
    [
        ("INSERT INTO m VALUES (1)", True, "m"),
        ("INSERT INTO i SELECT * FROM m", False, "m"),
        ("REPLACE INTO x.`M` SELECT 1", True, "m"),
        ("UPDATE i SET v = (SELECT max(v) FROM m)", False, "m"),
        ("UPDATE i JOIN m ON i.id = m.id SET i.v = 1", True, "m"),
        ("WITH q AS (SELECT 1) DELETE FROM m", True, "m"),
        ("LOAD DATA LOCAL INFILE 'x' INTO TABLE m", True, "m"),
        ("CREATE TABLE a (engine INT) ENGINE = 'MyISAM'", False, "a m"),
        ("CREATE TEMPORARY TABLE a (n INT) ENGINE=MEMORY", False, "m"),
        ("CREATE TABLE b LIKE m", False, "b m"),
        ("RENAME TABLE i TO j, m TO d", False, "d i j m"),
        ("ALTER TABLE db.`x` ENGINE=aria", False, "m x"),
        ("ALTER TABLE m ADD COLUMN n INT, ENGINE InnoDB", False, ""),
    ],
)
def test_what_is_written_apart(statement: str, is_apart: bool, after: str) -> None:
    """A statement's text tells whose rows it writes, and which tables have no transactions after it."""
    assert unheld(statement, frozenset({"m"})) == (is_apart, frozenset(after.split()))


def test_rows_of_both_kinds_are_written_and_taken_back(folder: ProjectFolder) -> None:
    """Rows with and without transactions in one migration, changed, dropped and rolled back: all as they were."""
    rows = "INSERT INTO old VALUES (1,1),(2,2); INSERT INTO new VALUES (1,1); INSERT INTO old VALUES (3,3)"
    folder.sql("2", "rows", rows, "DELETE FROM old; DELETE FROM new")
    change = "UPDATE old SET v = 9 WHERE id < 3; UPDATE new SET v = 9; DELETE FROM old WHERE id = 3"
    folder.sql("3", "change", change, "SELECT 1")
    folder.sql("4", "drop", "DROP TABLE old", "CREATE TABLE old (id INT PRIMARY KEY, v INT) ENGINE=MyISAM")
    ran = update(folder)
    assert ran.exit_code == 0, ran.output
    assert send(folder.url, "SELECT v FROM new") == [(9,)]
    ran = update(folder, "3")
    assert ran.exit_code == 0, ran.output
    assert send(folder.url, "SELECT * FROM old ORDER BY id") == [(1, 9), (2, 9)]
    ran = update(folder, "2")
    assert ran.exit_code == 0, ran.output
    assert send(folder.url, "SELECT * FROM old ORDER BY id") == [(1, 1), (2, 2), (3, 3)]
    assert send(folder.url, "SELECT * FROM new") == [(1, 1)]
    assert update(folder, "0").exit_code == 0


def test_a_write_that_failed_half_way_is_in_doubt(folder: ProjectFolder) -> None:
    """Rows before the bad one stay, and the run says so; a person settles it, and the same command goes on."""
    folder.sql("2", "rows", "INSERT INTO old VALUES (1,1); INSERT INTO old VALUES (2,2),(1,1)", None)
    ran = update(folder)
    assert (ran.exit_code, "2 is half-way" in ran.output) == (21, True), ran.output
    assert "look at the target, then: neoron database resolve --done, or --again" in ran.output
    assert send(folder.url, "SELECT id FROM old ORDER BY id") == [(1,), (2,)]
    assert "resolve" in update(folder).output
    folder.sql("2", "rows", "INSERT INTO old VALUES (1,1); INSERT INTO old VALUES (3,3)", None)
    assert folder.run("database", "resolve", "--again").exit_code == 0
    ran = update(folder)
    assert ran.exit_code == 0, ran.output
    assert send(folder.url, "SELECT id FROM old ORDER BY id") == [(1,), (2,), (3,)]


def test_a_write_that_was_killed_is_in_doubt(folder: ProjectFolder) -> None:
    """Of a killed run nothing is said to be rolled back; once settled, nothing is written twice."""
    rows = "INSERT INTO old VALUES (1,1); INSERT INTO old SELECT 2, SLEEP(2); INSERT INTO new VALUES (1,1)"
    folder.sql("2", "rows", rows, None)
    process = folder.start("--yes", "database", "update")
    asleep = "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User sleep'"
    ends_at = time.monotonic() + 60
    while not send(folder.url, asleep) and time.monotonic() < ends_at:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    stopped = update(folder)
    assert (stopped.exit_code, "neoron database resolve" in stopped.output) == (20, True), stopped.output
    assert folder.run("database", "resolve", "--done").exit_code == 0
    ran = update(folder)
    assert ran.exit_code == 0, ran.output
    assert send(folder.url, "SELECT id FROM old ORDER BY id") == [(1,), (2,)]
    assert send(folder.url, "SELECT id FROM new") == [(1,)]


def test_a_refused_statement_is_no_doubt(folder: ProjectFolder) -> None:
    """What the server could not even read has written nothing: mended, the same command goes on."""
    folder.sql("2", "rows", "INSERT INTO old VALUES (1,1); INSERT INTO old VALUES (2,", None)
    ran = update(folder)
    assert (ran.exit_code, "resolve" in ran.output) == (21, False), ran.output
    folder.sql("2", "rows", "INSERT INTO old VALUES (1,1); INSERT INTO old VALUES (2,2)", None)
    ran = update(folder)
    assert ran.exit_code == 0, ran.output
    assert send(folder.url, "SELECT id FROM old ORDER BY id") == [(1,), (2,)]


def test_rows_that_a_rollback_left_are_named(folder: ProjectFolder) -> None:
    """Behind a view no text tells the engine: the server does, and the run does not say that nothing changed."""
    folder.sql("2", "rows", "CREATE VIEW seen AS SELECT * FROM old", None)
    folder.sql("3", "more", "INSERT INTO seen VALUES (5,5); UPDATE missing SET v = 1", None)
    ran = update(folder)
    assert ran.exit_code == 21, ran.output
    assert "Rows that 3 wrote to tables without transactions were not rolled back." in ran.output
    assert "look at those rows, mend migrations/3_more.sql, then run the same command again" in ran.output
    assert send(folder.url, "SELECT id FROM old") == [(5,)]


def test_a_table_given_transactions_between_two_runs(folder: ProjectFolder) -> None:
    """What was written alone before is not written again with what then shares its transaction."""
    rows = "INSERT INTO old VALUES (1,1); INSERT INTO new VALUES (1,1); INSERT INTO missing VALUES (1)"
    folder.sql("2", "rows", rows, None)
    assert update(folder).exit_code == 21
    send(folder.url, "ALTER TABLE old ENGINE=InnoDB")
    send(folder.url, "CREATE TABLE missing (id INT PRIMARY KEY)")
    ran = update(folder)
    assert ran.exit_code == 0, ran.output
    assert [send(folder.url, f"SELECT id FROM {table}") for table in ("old", "new", "missing")] == [[(1,)]] * 3


def test_a_script_writes_them_alone(folder: ProjectFolder) -> None:
    """A script of a later migration knows the table from the files before it; run twice, its rows are there once."""
    assert update(folder).exit_code == 0
    folder.sql("2", "rows", "INSERT INTO new VALUES (1,1); INSERT INTO old VALUES (1,1),(2,2)", None)
    made = folder.run("migrations", "script", "1", "2", "--idempotent")
    assert made.exit_code == 0, made.output
    run_script = Mysql.run_script if folder.url.startswith("mysql") else Mariadb.run_script
    for _ in range(2):
        ran = run_script(folder.url, made.stdout)
        assert ran.exit_code == 0, ran.output
    assert send(folder.url, "SELECT id FROM old ORDER BY id") == [(1,), (2,)]
    assert update(folder).exit_code == 0


def test_a_trigger_that_reaches_such_a_table(mysql_url: str, project: Make) -> None:
    """MySQL refuses both in one statement; the message says how to mend it, and the same command goes on."""
    folder = project(mysql_url)
    trigger = "CREATE TRIGGER copied AFTER INSERT ON new FOR EACH ROW INSERT INTO old VALUES (NEW.id, 0)"
    folder.sql("1", "tables", TABLES + trigger, None)
    folder.sql("2", "rows", "INSERT INTO new VALUES (1,1)", None)
    ran = update(folder)
    assert ran.exit_code == 21, ran.output
    assert "maybe by a trigger or a view: give that ENGINE=InnoDB" in ran.output
    send(mysql_url, "ALTER TABLE old ENGINE=InnoDB")
    ran = update(folder)
    assert ran.exit_code == 0, ran.output
    assert send(mysql_url, "SELECT * FROM old") == [(1, 0)]


def test_a_temporary_table_where_statements_are_logged(
    mysql_server: MysqlServer, mysql_url: str, project: Make
) -> None:
    """MySQL refuses it in a transaction there; the message says what to set, and the same command goes on."""
    folder = project(mysql_url)
    rows = "INSERT INTO t VALUES (1); INSERT INTO new SELECT id, id FROM t; DROP TEMPORARY TABLE t"
    folder.sql("1", "tables", f"{TABLES} CREATE TEMPORARY TABLE t (id INT); {rows}", None)
    mysql_server.administer("SET GLOBAL binlog_format = 'STATEMENT'")
    try:
        ran = update(folder)
    finally:
        mysql_server.administer("SET GLOBAL binlog_format = 'ROW'")
    assert (ran.exit_code, "set the server's binlog_format to ROW" in ran.output) == (21, True), ran.output
    ran = update(folder)
    assert ran.exit_code == 0, ran.output
    assert send(mysql_url, "SELECT * FROM new") == [(1, 1)]
