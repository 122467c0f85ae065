"""A backup of MariaDB brought back: whole, to a time, and from wherever a run was killed."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymysql
import pytest

from fix_mariadb import running
from fix_mariadb_server import MariadbServer, start_mariadb
from fix_oracle_mariadb import connect_mariadb
from fix_project import ProjectFolder
from neoron import Project
from neoron.api import consent
from neoron.engines.lookup import open_url
from neoron.engines.mysql.replay import _Player

Make = Callable[..., ProjectFolder]
TABLES = """
CREATE TABLE owners (id INT PRIMARY KEY, name VARCHAR(20));
CREATE TABLE pets (id INT PRIMARY KEY AUTO_INCREMENT, owner_id INT, FOREIGN KEY (owner_id) REFERENCES owners (id));
CREATE TABLE log (id INT PRIMARY KEY AUTO_INCREMENT, what VARCHAR(40));
INSERT INTO owners VALUES (1, 'a'), (2, 'b');
INSERT INTO pets VALUES (1, 1), (2, 2);
CREATE VIEW named AS SELECT p.id, o.name FROM pets p JOIN owners o ON o.id = p.owner_id;
CREATE VIEW first AS SELECT * FROM named WHERE id = 1;
CREATE TRIGGER tr AFTER INSERT ON pets FOR EACH ROW INSERT INTO log (what) VALUES (CONCAT('pet ', NEW.id));
CREATE PROCEDURE grow() INSERT INTO owners VALUES (50, 'grown');
CREATE FUNCTION twice(a INT) RETURNS INT DETERMINISTIC RETURN 2 * a;
CREATE EVENT tick ON SCHEDULE EVERY 1 DAY DO INSERT INTO log (what) VALUES ('tick');
"""


@pytest.fixture(scope="module")
def logging_server() -> Iterator[MariadbServer]:
    """A server with a binary log."""
    yield from running(lambda: start_mariadb("--log-bin=bin", "--server-id=1"))


@pytest.fixture
def shop(project: Make, logging_server: MariadbServer) -> Iterator[ProjectFolder]:
    """A project with every kind of object and one proven backup."""
    name = f"r_{secrets.token_hex(4)}"
    logging_server.administer(f"CREATE DATABASE {name} CHARACTER SET latin1 COLLATE latin1_swedish_ci")
    folder = project(logging_server.url(name))
    folder.sql("20260101000000", "tables", TABLES, None)
    assert folder.run("database", "update").exit_code == 0
    yield folder
    found = send(folder.url, f"SHOW DATABASES LIKE '{name}%'")
    logging_server.administer(*(f"DROP DATABASE `{found_name}`" for (found_name,) in found))


def send(url: str, *statements: str) -> list[Any]:
    """Send statements with the driver alone; the rows of the last."""
    found: list[Any] = []
    with connect_mariadb(url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            found = list(cursor.fetchall())
    return found


def rows(url: str, table: str = "owners") -> list[Any]:
    """A table's first column."""
    return [row[0] for row in send(url, f"SELECT * FROM {table} ORDER BY 1")]


def beside(url: str, name: str) -> str:
    """The URL of what a restore left beside a target."""
    return f"{url.rpartition('/')[0]}/{name}"


def objects(url: str) -> list[Any]:
    """What is no table, and whether events are switched on."""
    return [
        *send(url, "SELECT trigger_name, action_statement FROM information_schema.triggers"
                   " WHERE trigger_schema = DATABASE() ORDER BY 1"),
        *send(url, "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY 1"),
        *send(url, "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY 1"),
        *send(url, "SELECT event_name, status FROM information_schema.events WHERE event_schema = DATABASE()"),
        *send(url, "SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = DATABASE()"),
    ]  # fmt: skip


def test_a_mariadb_backup_is_put_in_place_with_all_its_objects(shop: ProjectFolder) -> None:
    """Tables, views, triggers, routines, events are those of the backup; the old ones are whole in the safety copy."""
    assert shop.run("backup", "create").exit_code == 0
    before = objects(shop.url)
    send(shop.url, "INSERT INTO owners VALUES (3, 'late')", "DROP VIEW first", "DROP TRIGGER tr",
         "CREATE TABLE late (id INT)", "CREATE VIEW newer AS SELECT * FROM late", "DROP PROCEDURE grow")  # fmt: skip
    now = objects(shop.url)
    shown = shop.json("restore", "latest", "--dry-run")["result"]
    assert {t["table"] for t in shown["loss"]["tables"]} == {"late", "owners"}
    assert rows(shop.url) == [1, 2, 3]
    result = shop.json("restore", "latest", "--yes")["result"]
    assert (rows(shop.url), objects(shop.url)) == ([1, 2], before)
    assert send(shop.url, "INSERT INTO pets VALUES (9, 1)", "CALL grow()", "SELECT what FROM log") == [("pet 9",)]
    safety = beside(shop.url, result["safety_copy"])
    assert rows(safety) == [1, 2, 3]
    assert objects(safety) == [row if row[0] != "tick" else ("tick", "DISABLED") for row in now]
    with pytest.raises(pymysql.err.IntegrityError):
        send(shop.url, "INSERT INTO pets VALUES (10, 77)")
    assert shop.run("restore", "latest", "--discard-safety-copy", "--yes").exit_code == 0
    assert send(shop.url, f"SHOW DATABASES LIKE '{result['safety_copy']}'") == []


@pytest.mark.parametrize("log_format", ["MIXED", "ROW", pytest.param("STATEMENT", marks=pytest.mark.nightly)])
def test_mariadb_is_restored_to_a_point_in_time(
    shop: ProjectFolder, logging_server: MariadbServer, log_format: str
) -> None:
    """Rows written before the time are there, those written after are not, whatever words wrote them."""
    logging_server.administer(f"SET GLOBAL binlog_format = '{log_format}'", "CREATE DATABASE IF NOT EXISTS elsewhere",
                              "CREATE TABLE IF NOT EXISTS elsewhere.t (id INT)")  # fmt: skip
    name = shop.url.rpartition("/")[2]
    assert shop.run("backup", "create").exit_code == 0
    send(
        shop.url, "INSERT INTO owners VALUES (3, 'é')", f"INSERT INTO {name}.owners VALUES (4, 'named')",
        "INSERT INTO pets (owner_id) VALUES (3)", f"ALTER TABLE {name}.owners ADD COLUMN more INT DEFAULT 4",
        f"CREATE TABLE {name}.made AS SELECT id FROM owners", "DELETE FROM owners WHERE id = 2 AND name = 'none'",
        f"DROP TABLE IF EXISTS {name}.nothing", "INSERT INTO elsewhere.t VALUES (1)",
    )  # fmt: skip
    time.sleep(1.1)
    moment = datetime.now(UTC)
    time.sleep(1.1)
    send(shop.url, "INSERT INTO owners (id, name) VALUES (9, 'late')", f"DROP TABLE {name}.made")
    assert rows(shop.url) == [1, 2, 3, 4, 9]
    answer = shop.json("restore", "latest", "--to-time", f"{moment:%Y-%m-%dT%H:%M:%S}", "--yes")
    assert answer["ok"], answer["error"]
    result = answer["result"]
    assert rows(shop.url) == [1, 2, 3, 4]
    assert send(shop.url, "SELECT name, more FROM owners WHERE id = 3") == [("é", 4)]
    assert rows(shop.url, "made") == [1, 2, 3, 4]
    assert send(shop.url, "SELECT owner_id FROM pets WHERE id > 2") == [(3,)]
    assert rows(beside(shop.url, result["safety_copy"])) == [1, 2, 3, 4, 9]
    assert len(rows(shop.url, "elsewhere.t")) >= 1


def test_a_time_before_the_backup_or_without_its_log_is_refused(
    shop: ProjectFolder, logging_server: MariadbServer
) -> None:
    """A backup goes forward only, and only while the logs since then are there."""
    assert shop.run("backup", "create").exit_code == 0
    early = shop.run("restore", "latest", "--to-time", "2020-01-01T00:00:00", "--yes")
    assert (early.exit_code, "choose an older backup" in early.stderr) == (23, True)
    time.sleep(1.1)
    logging_server.administer("FLUSH BINARY LOGS")
    newest = send(shop.url, "SHOW BINARY LOGS")[-1][0]
    ends_at = time.monotonic() + 30
    # A log that another test's program has just read stays until the server has noticed that it went.
    while send(shop.url, "SHOW BINARY LOGS")[0][0] != newest and time.monotonic() < ends_at:
        for (reader,) in send(shop.url, "SELECT id FROM information_schema.processlist WHERE command = 'Binlog Dump'"):
            with suppress(pymysql.err.Error):
                logging_server.administer(f"KILL {reader}")
        logging_server.administer(f"PURGE BINARY LOGS TO '{newest}'")
        time.sleep(0.1)
    assert send(shop.url, "SHOW BINARY LOGS")[0][0] == newest
    gone = shop.run("restore", "latest", "--to-time", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", "--yes")
    assert gone.exit_code == 23
    assert "where the backup was taken, is gone" in gone.stderr
    assert rows(shop.url) == [1, 2]


@pytest.mark.parametrize(
    ("words", "turned"),
    [
        ("INSERT INTO shop.t VALUES ('shop.t', 1)", "INSERT INTO `aside`.t VALUES ('shop.t', 1)"),
        ("DROP TABLE `shop`.`t` /* shop.x */", "DROP TABLE `aside`.`t` /* shop.x */"),
        ("UPDATE shop.t SET shop.t.a = t.shop", "UPDATE `aside`.t SET `aside`.t.a = t.shop"),
        ("CREATE DEFINER=`a`@`%` TRIGGER shop.tr BEFORE INSERT ON shop.t FOR EACH ROW SET @a = (SELECT 1 FROM shop.t)",
         "CREATE DEFINER=`a`@`%` TRIGGER `aside`.tr BEFORE INSERT ON `aside`.t FOR EACH ROW SET @a ="
         " (SELECT 1 FROM shop.t)"),
        ("INSERT INTO t SELECT * FROM other.t", ""),
    ],
)  # fmt: skip
def test_names_in_the_log_are_turned_to_the_copy(
    words: str, turned: str, mariadb_url: str
) -> None:
    """What the log wrote in the target goes into the copy; what it wrote elsewhere is refused; texts stay."""
    engine, url = open_url(mariadb_url, Path())
    session = engine.session.connect(url)
    player = _Player(session, "shop", "aside", {"other"})
    if turned:
        assert player.turned(words) == turned
    else:
        with pytest.raises(Exception, match="names the database other"):
            player.turned(words)
    session.close()


def restore_killed(folder: ProjectFolder, at: int, counted: Path | None = None, *, to_time: str = "") -> int:
    """Restore in a child that kills itself at its nth message to the server; 0 for no kill."""
    child = os.fork()
    if child == 0:
        code, seen = 99, 0
        connection: Any = pymysql.connections.Connection
        plain = connection.query

        def query(self: Any, *arguments: Any, **options: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(self, *arguments, **options)

        connection.query = query
        try:
            Project.open(folder.path).restore("latest", consent=consent, to_time=to_time)
            if counted:
                counted.write_text(str(seen))
            code = 0
        except BaseException as error:  # noqa: BLE001 - the child must never return into the test
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_restore_killed_anywhere_is_ended_by_the_same_command(shop: ProjectFolder, tmp_path: Path) -> None:
    """After a kill the tables are wholly the old or wholly the new ones, and the same command ends the restore."""
    assert shop.run("backup", "create").exit_code == 0
    wanted = objects(shop.url)
    send(shop.url, "INSERT INTO owners VALUES (3, 'late')")
    assert restore_killed(shop, 0, tmp_path / "calls") == 0
    calls = int((tmp_path / "calls").read_text())
    assert calls > 60
    points = range(2, calls + 1) if os.environ.get("NEORON_NIGHTLY") == "1" else range(calls, 2, -calls // 6)
    for at in points:
        send(shop.url, "INSERT INTO owners VALUES (3, 'late')")
        assert restore_killed(shop, at) == -signal.SIGKILL
        assert rows(shop.url) in ([1, 2, 3], [1, 2]), at
        assert restore_killed(shop, 0) == 0, at
        assert (rows(shop.url), objects(shop.url)) == ([1, 2], wanted), at
    left = send(shop.url, "SHOW DATABASES LIKE '%\\_restore\\_%'")
    assert left == []
