"""Targets of the stash's tests: each engine in turn, asked by its own driver."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql

from fix_oracle_mariadb import connect_mariadb
from fix_sqlserver import connect
from neoron.engines.sqlserver.faults import errors

ENGINES = ("sqlite", "postgresql", "mariadb")
DRIVER_ERRORS = (sqlite3.Error, psycopg.Error, pymysql.err.Error)
_SQLSERVER_CLEAR = """
DECLARE @sql nvarchar(max) = N'';
SELECT @sql += N'ALTER TABLE ' + QUOTENAME(OBJECT_NAME(parent_object_id))
    + N' DROP CONSTRAINT ' + QUOTENAME(name) + N';'
FROM sys.foreign_keys;
SELECT @sql += N'DROP TABLE ' + QUOTENAME(name) + N';' FROM sys.tables;
EXEC (@sql)
"""


def is_mariadb(url: str) -> bool:
    """Whether a URL is MariaDB's or MySQL's."""
    return urlsplit(url).scheme in ("mariadb", "mysql")


def is_sqlserver(url: str) -> bool:
    """Whether a URL is SQL Server's."""
    return urlsplit(url).scheme == "mssql"


def driver_errors(url: str) -> tuple[type[BaseException], ...]:
    """What `ask` raises for a statement that is refused."""
    return errors() if is_sqlserver(url) else DRIVER_ERRORS


def ask(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Send statements by the engine's own driver, each for itself; the rows of the last."""
    found: list[tuple[Any, ...]] = []
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            for statement in statements:
                found = connection.execute(statement).fetchall()
    elif is_sqlserver(url):
        # There is no other client of it in Python's packages than the one that Neoron's session uses.
        with closing(connect(url)) as session:
            for statement in statements:
                found = session.query(statement)
    elif is_mariadb(url):
        with connect_mariadb(url) as server, server.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                found = list(cursor.fetchall()) if cursor.description else []
    else:
        with psycopg.connect(url, autocommit=True) as connected:
            for statement in statements:
                sent = connected.execute(statement.encode())
                found = sent.fetchall() if sent.description else []
    return found


def clear(url: str) -> None:
    """Leave nothing of a server's database."""
    if is_sqlserver(url):
        ask(url, _SQLSERVER_CLEAR)
    elif is_mariadb(url):
        name = urlsplit(url).path.lstrip("/")
        ask(url, f"DROP DATABASE {name}", f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    else:
        ask(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
