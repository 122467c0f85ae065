"""Fresh databases to migrate, and a look at what a tool has left in one."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from mixture import INDEXES, LAST_TABLE, TABLES
from psycopg import sql

from fix_mariadb_server import MariadbServer, NoMariadb, start_mariadb
from fix_oracle_mariadb import connect_mariadb
from fix_postgres_binaries import server_binaries
from fix_postgres_server import PostgresServer, Unavailable, start_server

_SQLITE_NAMES = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
_POSTGRES_NAMES = """
SELECT CASE relkind WHEN 'r' THEN 'table' ELSE 'index' END, relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
"""
_MARIADB_NAMES = """
SELECT 'table', table_name FROM information_schema.tables WHERE table_schema = DATABASE() UNION ALL
SELECT DISTINCT 'index', index_name FROM information_schema.statistics WHERE table_schema = DATABASE()
"""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Target:
    """One database of one engine.

    Shape: url is as Neoron and dbmate read it; names is a query for (type, name) of its tables and indexes.
    """

    engine: str
    url: str = field(repr=False)
    names: str
    connect: Callable[[], Any]
    drop: Callable[[], None]

    def rows(self, query: str) -> list[Any]:
        """The rows of one query, over a connection of its own."""
        with closing(self.connect()) as connection:
            return list(connection.execute(query).fetchall())

    def wrong(self, ledger: Ledger) -> str:
        """What is not as the migrations leave it: the applied ones, the tables, the indexes, the last row; or ""."""
        kept = {kind: {n for k, n in self.rows(self.names) if k == kind} for kind in ("table", "index")}
        missing = ledger.tables - kept["table"]
        if missing:
            return f"no table {', '.join(sorted(missing))}"
        found = {
            "applied": self.rows(ledger.applied)[0][0] if ledger.applied else ledger.expected,
            "tables": len(kept["table"] - ledger.tables),
            "indexes": len([name for name in kept["index"] if name.startswith("ix_t")]),
            "last row": len(self.rows(f"SELECT c FROM {LAST_TABLE} WHERE id = 1 AND a = 'x'")),
        }
        expected = {"applied": ledger.expected, "tables": TABLES, "indexes": INDEXES, "last row": 1}
        wrong = [name for name, number in expected.items() if found[name] != number]
        return "; ".join(f"{name}: {found[name]}, not {expected[name]}" for name in wrong)


@dataclass(frozen=True)
class Ledger:
    """Where a tool writes down what it has applied.

    Shape: tables are the tool's own; applied counts migrations, and expected is that count when all are applied.
    """

    tables: frozenset[str] = frozenset()
    applied: str = ""
    expected: int = 0


@dataclass(frozen=True)
class Place:
    """Where databases of one engine can be made; fresh makes an empty one."""

    engine: str
    title: str
    fresh: Callable[[], Target]


def sqlite_place(folder: Path) -> Place:
    """SQLite files in a folder."""

    def fresh() -> Target:
        file = folder / f"bench_{next(_numbers)}.db"
        sqlite3.connect(file).close()
        url = f"sqlite:///{file}"
        return Target("sqlite", url, _SQLITE_NAMES, lambda: sqlite3.connect(file), lambda: _unlink(file))

    return Place("sqlite", "SQLite", fresh)


def _unlink(file: Path) -> None:
    for beside in file.parent.glob(f"{file.name}*"):
        beside.unlink()


@contextmanager
def postgres_place() -> Iterator[Place | str]:
    """Databases of a server of our own, fsync on, as long as the block runs; or why there is none."""
    try:
        server = start_server(server_binaries())
    except Unavailable as reason:
        yield str(reason)
        return
    try:
        yield Place("postgresql", f"PostgreSQL {server.version}", lambda: _postgres_target(server))
    finally:
        server.stop()


def _postgres_target(server: PostgresServer) -> Target:
    name = f"bench_{next(_numbers)}"
    # The checkpoint writes out what the making of the database left behind, before the clock runs.
    _administer(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)), sql.SQL("CHECKPOINT"))
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    url = server.url(name)
    return Target(
        "postgresql", f"{url}?sslmode=disable", _POSTGRES_NAMES, lambda: psycopg.connect(url),
        lambda: _administer(server, drop),
    )  # fmt: skip


@contextmanager
def mariadb_place() -> Iterator[Place | str]:
    """Databases of a MariaDB server of our own, which flushes each commit, as long as the block runs; or why not."""
    try:
        server = start_mariadb("--debug-no-sync=0", "--sync-frm=1", "--innodb-flush-log-at-trx-commit=1")
    except NoMariadb as reason:
        yield str(reason)
        return
    try:
        with closing(connect_mariadb(server.url("mysql"))) as connection:
            version = str(connection.get_server_info()).partition("-MariaDB")[0].removeprefix("5.5.5-")
        yield Place("mariadb", f"MariaDB {version}", lambda: _mariadb_target(server))
    finally:
        server.stop()


def _mariadb_target(server: MariadbServer) -> Target:
    name = f"bench_{next(_numbers)}"
    server.administer(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    url = server.url(name)
    connect = lambda: _Connection(connect_mariadb(url))  # noqa: E731 - as short as the other places'
    return Target("mariadb", server.url(name, "mysql"), _MARIADB_NAMES, connect, lambda: server.drop(name))


class _Connection:
    """A driver's connection that has `execute`, as the other drivers' have."""

    def __init__(self, raw: Any) -> None:
        self.close = raw.close
        self._raw = raw

    def execute(self, query: str) -> Any:
        """A cursor with the rows of one query."""
        cursor = self._raw.cursor()
        cursor.execute(query)
        return cursor


def _administer(server: PostgresServer, *commands: sql.SQL | sql.Composed) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for command in commands:
            connection.execute(command)


def client_environment(target: Target) -> dict[str, str]:
    """What an engine's clients need to reach a database and is not said in words; MariaDB's read the password here."""
    if target.engine == "postgresql":
        return libpq_environment(target.url)
    return {"MYSQL_PWD": urlsplit(target.url).password or ""} if target.engine == "mariadb" else {}


def libpq_environment(url: str) -> dict[str, str]:
    """What `psql` needs to reach a PostgreSQL database; the password stays out of its command line."""
    parts = urlsplit(url)
    return {
        "PGHOST": parts.hostname or "", "PGPORT": str(parts.port), "PGUSER": parts.username or "",
        "PGPASSWORD": parts.password or "", "PGDATABASE": parts.path.lstrip("/"),
    }  # fmt: skip
