"""The oracle's part for MariaDB and MySQL: their own dump program, and the driver's rows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql

OURS = ("neoron\\_%", "alembic\\_version")
# What passes, or says nothing about the schema: where a number stands, and what the dump tells its client.
_PASSING = re.compile(r" AUTO_INCREMENT=\d+|^/\*M?!\d+\\?-? (?:enable the sandbox mode|SET .*) ?\*/;?$|^\s*$", re.M)
_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND NOT (table_name LIKE %s OR table_name LIKE %s)
ORDER BY table_name
"""


def connect_mariadb(url: str) -> Any:
    """A connection of the test's own, in autocommit."""
    address = urlsplit(url)
    return pymysql.connect(
        host=address.hostname, port=address.port or 3306, user=unquote(address.username or ""),
        password=unquote(address.password or ""), database=address.path.lstrip("/"), autocommit=True,
        ssl_disabled=True,  # reading the system's certificates takes 30 ms
    )  # fmt: skip


def client_arguments(url: str) -> tuple[list[str], dict[str, str]]:
    """A client program's arguments but for the database, and its environment, which holds the password."""
    address = urlsplit(url)
    words = ["--no-defaults", "--protocol=tcp", "-h", address.hostname or "", "-P", str(address.port or 3306),
             "-u", unquote(address.username or ""), "--default-character-set=utf8mb4"]  # fmt: skip
    return words, {**os.environ, "MYSQL_PWD": unquote(address.password or "")}


def _ours(url: str) -> list[str]:
    """Neoron's and Alembic's tables."""
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
    with connect_mariadb(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"{query} AND (table_name LIKE %s OR table_name LIKE %s)", OURS)
        return [table for (table,) in cursor.fetchall()]


def dump_mariadb(url: str) -> str:
    """The schema as the dump program writes it, without Neoron's and Alembic's tables."""
    program = shutil.which("mariadb-dump") or shutil.which("mysqldump")
    assert program, "mariadb-dump was not found"
    words, environment = client_arguments(url)
    name = urlsplit(url).path.lstrip("/")
    ours = [f"--ignore-table={name}.{table}" for table in _ours(url)]
    done = subprocess.run(
        [program, *words, "--no-data", "--routines", "--triggers", "--events", "--skip-comments", *ours, name],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return "\n".join(line for line in _PASSING.sub("", done.stdout).splitlines() if line.strip()) + "\n"


def read_mariadb(url: str) -> Iterator[tuple[str, Iterable[str]]]:
    """Every user table with its rows as texts, the columns in the order of their names."""
    with connect_mariadb(url) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES, OURS)
        for (table,) in cursor.fetchall():
            quoted = "`" + table.replace("`", "``") + "`"
            cursor.execute(f"SHOW COLUMNS FROM {quoted}")
            names = sorted(row[0] for row in cursor.fetchall())
            columns = ", ".join("`" + name.replace("`", "``") + "`" for name in names)
            cursor.execute(f"SELECT {columns} FROM {quoted}")
            yield table, [repr(row) for row in cursor.fetchall()]
