"""Targets of the stash's tests: each engine in turn, asked by its own driver."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql

from fix_oracle_mariadb import connect_mariadb

ENGINES = ("sqlite", "postgresql", "mariadb")
DRIVER_ERRORS = (sqlite3.Error, psycopg.Error, pymysql.err.Error)


def is_mariadb(url: str) -> bool:
    """Whether a URL is MariaDB's."""
    return urlsplit(url).scheme == "mariadb"


def ask(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Send statements by the engine's own driver, each for itself; the rows of the last."""
    found: list[tuple[Any, ...]] = []
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            for statement in statements:
                found = connection.execute(statement).fetchall()
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
    if is_mariadb(url):
        name = urlsplit(url).path.lstrip("/")
        ask(url, f"DROP DATABASE {name}", f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    else:
        ask(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
