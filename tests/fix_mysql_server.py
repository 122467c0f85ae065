"""Start and stop one MySQL server, where `scripts/get_mysql` or the user has put one: as the MariaDB one is started."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fix_mariadb_server import MariadbServer, NoMariadb, account_options, new_folder, started
from fix_oracle_mariadb import connect_mariadb

SETTING = "NEORON_TEST_MYSQL_BIN"
ACCOUNT = "CREATE USER '{user}'@'%' IDENTIFIED BY '{password}';\n"


class MysqlServer(MariadbServer):
    """A running server, which is reached by mysql://."""

    def url(self, database: str, scheme: str = "mysql") -> str:
        """The URL of a database, with the password, over TCP."""
        return super().url(database, scheme)


def mysql_programs() -> Path | None:
    """The folder of MySQL's programs: the one that was named, or where the Makefile put them; None without one."""
    folder = Path(os.environ.get(SETTING) or Path(sys.prefix) / "mysql" / "bin")
    return folder if os.access(folder / "mysqld", os.X_OK) else None


def start_mysql(programs: Path) -> MysqlServer:
    """Initialise and start a server. Raises: NoMariadb when it does not start."""
    folder = new_folder()
    server = [str(programs / "mysqld"), "--no-defaults", *account_options(), *_places(programs)]
    server += ["--mysqlx=OFF", "--secure-file-priv="]
    made = subprocess.run(
        [*server, "--initialize-insecure", f"--datadir={folder / 'data'}"], capture_output=True, text=True, check=False
    )
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoMariadb(f"mysqld --initialize-insecure failed: {made.stderr.strip()[-500:]}")
    # No test of ours takes the power away: what is written need not reach the disk.
    unsynced = ("--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0")
    return started([*server, *unsynced], folder, ACCOUNT, MysqlServer)


def _places(programs: Path) -> list[str]:
    """Where its messages and plugins are, for one that lies elsewhere than it was built for."""
    tree = programs.parent / "tree" / "usr"
    if not tree.is_dir():
        return []
    return [f"--basedir={tree}", f"--lc-messages-dir={tree}/share/mysql", f"--plugin-dir={tree}/lib/mysql/plugin"]


@pytest.fixture(scope="session")
def _mysql_server() -> Iterator[MysqlServer]:
    programs = mysql_programs()
    if programs is None:
        pytest.skip(f"no MySQL server: make mysql, or name a folder with mysqld in {SETTING}")
    server = start_mysql(programs)
    yield server
    server.stop()


@pytest.fixture
def mysql_server(_mysql_server: MysqlServer, monkeypatch: pytest.MonkeyPatch) -> MysqlServer:
    """The server, its own programs before others on PATH."""
    monkeypatch.setenv("PATH", f"{mysql_programs()}{os.pathsep}{os.environ['PATH']}")
    return _mysql_server


@pytest.fixture
def mysql_url(mysql_server: MysqlServer) -> Iterator[str]:
    """The URL of a fresh, empty database, dropped afterwards with all that a restore put beside it."""
    name = f"t_{secrets.token_hex(6)}"
    mysql_server.administer(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield mysql_server.url(name)
    with closing(connect_mariadb(mysql_server.url(""))) as connection, connection.cursor() as cursor:
        cursor.execute(f"SHOW DATABASES LIKE '{name}%'")
        found = [row[0] for row in cursor.fetchall()]
    for made in found:
        mysql_server.drop(made)
