"""What differs on a real MySQL: logins, client programs, dumps, logs with transaction identifiers."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fix_mysql_server import MysqlServer, mysql_programs
from fix_oracle_mariadb import connect_mariadb
from fix_project import ProjectFolder
from neoron.engines.mysql.session import connect
from neoron.engines.url import parse_url
from neoron.errors import TargetUnavailable

Make = Callable[..., ProjectFolder]
TABLES = """
CREATE TABLE owners (id INT PRIMARY KEY, name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin);
ALTER TABLE owners ADD COLUMN note VARCHAR(9) COLLATE utf8mb4_bin;
CREATE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM;
INSERT INTO owners (id, name) VALUES (1, 'a'), (2, 'b');
"""


@pytest.fixture
def shop(project: Make, mysql_url: str) -> ProjectFolder:
    """A project with one proven backup; among its tables one that knows no snapshots."""
    folder = project(mysql_url)
    folder.sql("20260101000000", "tables", TABLES, None)
    assert folder.run("database", "update").exit_code == 0
    send(mysql_url, "INSERT INTO old VALUES (7)")
    ran = folder.run("backup", "create")
    assert ran.exit_code == 0, ran.output
    return folder


def send(url: str, statement: str) -> list[int]:
    """The first column of one statement's rows."""
    with closing(connect_mariadb(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


def later(shop: ProjectFolder) -> str:
    """A row after the backup, a time, and a row after that."""
    send(shop.url, "INSERT INTO owners (id) VALUES (3)")
    time.sleep(1.1)
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    time.sleep(1.1)
    send(shop.url, "INSERT INTO owners (id) VALUES (9)")
    return moment


def test_a_time_comes_back_with_transaction_identifiers_on(shop: ProjectFolder) -> None:
    """Rows written before the time are there, those after it are not."""
    moment = later(shop)
    assert send(shop.url, "SELECT @@GLOBAL.gtid_mode") == ["ON"]
    ran = shop.run("restore", "latest", "--to-time", moment, "--yes")
    assert ran.exit_code == 0, ran.output
    assert send(shop.url, "SELECT id FROM owners ORDER BY id") == [1, 2, 3]
    assert send(shop.url, "SELECT id FROM old") == [7]


def test_logs_begun_anew_are_not_the_backups(shop: ProjectFolder, mysql_server: MysqlServer) -> None:
    """After the logs were thrown away, a log of the same name says nothing of the time since the backup."""
    moment = later(shop)
    mysql_server.administer("RESET BINARY LOGS AND GTIDS")
    ran = shop.run("restore", "latest", "--to-time", moment, "--yes")
    assert ran.exit_code == 23, ran.output
    assert "the logs were begun anew since" in ran.stderr
    assert send(shop.url, "SELECT id FROM owners ORDER BY id") == [1, 2, 3, 9]


def test_the_servers_own_dump_program_is_found_behind_the_others(
    shop: ProjectFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MariaDB brings a mysqldump as well; where it comes first, MySQL's is looked for further on."""
    other = shutil.which("mariadb-dump")
    assert other, "mariadb-dump was not found"
    (tmp_path / "mysqldump").symlink_to(other)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{mysql_programs()}{os.pathsep}{os.environ['PATH']}")
    assert shop.run("backup", "create").exit_code == 0
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = shop.run("backup", "create")
    assert ran.exit_code == 23, ran.output
    assert "is MariaDB's, and the server is MySQL" in ran.stderr


def test_a_first_login_is_encrypted(mysql_server: MysqlServer, mysql_url: str) -> None:
    """A password that the server has not seen since its start goes over TLS, as `caching_sha2_password` wants it."""
    mysql_server.administer(
        "CREATE USER first@'%' IDENTIFIED WITH caching_sha2_password BY 'seen-first'", "GRANT ALL ON *.* TO first@'%'"
    )
    where = mysql_url.partition("@")[2]
    try:
        session = connect(parse_url(f"mysql://first:seen-first@{where}"))
        assert session.query("SHOW STATUS LIKE 'Ssl_cipher'")[0][1]
        session.close()
        with pytest.raises(TargetUnavailable, match="login refused for user first"):
            connect(parse_url(f"mysql://first:other@{where}"))
    finally:
        mysql_server.administer("DROP USER first@'%'")
