"""What is really in a database, told without any of Neoron's code: the schema and a digest of every table's rows."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from psycopg import sql

from fix_oracle_mariadb import dump_mariadb, read_mariadb
from fix_oracle_sqlserver import dump_sqlserver, read_sqlserver
from fix_postgres_binaries import client_program

OURS = re.compile(r"neoron_|alembic_version$|sqlite_")
RowDigest = tuple[int, str]
Of = TypeVar("Of")

_SQLITE_OBJECT = re.compile(r"CREATE\b.*?\b(?:TABLE|INDEX|VIEW|TRIGGER)\s+(?:IF NOT EXISTS\s+)?[\"'`\[]?(\w+)", re.I)
_SQLITE_INDEXED = re.compile(r"CREATE\s+(?:UNIQUE\s+)?INDEX\b.*?\bON\s+[\"'`\[]?(\w+)", re.I | re.S)
_CLIENT_NOTE = re.compile(r"\n/\* \w+\([^*]*\) \*/;?\s*$|(?<=^CREATE TABLE) IF NOT EXISTS")
_PLAIN_QUOTED = re.compile(r'"([A-Za-z_]\w*)"')
_DUMP_NOISE = re.compile(r"\\(?:un)?restrict|-- Dumped (?:from|by)|--?$|\s*$")
_USER_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
"""


def dump_schema(url: str) -> str:
    """The schema in the words of the engine's own tool, without Neoron's and Alembic's tables.

    Shape: what says nothing about the schema is evened out: tool versions, blank lines, and for SQLite, which
    keeps the text as it was typed, the order of objects, white space and quotes that are not needed.
    """
    return _of_engine(url, _dump_postgresql, dump_mariadb, dump_sqlserver, _dump_sqlite)(url)


def dump_rows(url: str) -> dict[str, RowDigest]:
    """Every user table's row count and the digest of its rows, whatever the order of rows and columns."""
    read = _of_engine(url, _read_postgresql, read_mariadb, read_sqlserver, _read_sqlite)
    return {table: _digest(rows) for table, rows in read(url)}


def journal_faults(journal: Sequence[tuple[Any, ...]]) -> list[str]:
    """Where the journal's chain does not hold: a number left out, or a hash that does not follow."""
    wrong, last = [], ""
    for number, row in enumerate(journal, 1):
        text = json.dumps([last, *row[:-1]], ensure_ascii=False, separators=(",", ":"))
        if row[0] != number or row[-1] != hashlib.sha256(text.encode()).hexdigest():
            wrong.append(f"the journal breaks at row {number} (seq {row[0]})")
        last = row[-1]
    return wrong


@pytest.fixture(name="dump_schema")
def fixture_dump_schema() -> object:
    """`dump_schema(url)`, for tests that would rather ask for it than import it."""
    return dump_schema


@pytest.fixture(name="dump_rows")
def fixture_dump_rows() -> object:
    """`dump_rows(url)`, likewise."""
    return dump_rows


def _of_engine(url: str, postgresql: Of, mariadb: Of, sqlserver: Of, sqlite: Of) -> Of:
    scheme = urlsplit(url).scheme
    if scheme.startswith("postgres"):
        return postgresql
    if scheme in ("mariadb", "mysql"):
        return mariadb
    return sqlserver if scheme in ("mssql", "sqlserver") else sqlite


def _dump_postgresql(url: str) -> str:
    address = urlsplit(url)
    program = client_program("pg_dump")
    assert program, "pg_dump was not found"
    done = subprocess.run(
        [program, "-s", "--no-owner", "-T", "*.neoron_*", "-T", "*.alembic_version",
         "-h", address.hostname or "", "-p", str(address.port or 5432), "-U", unquote(address.username or ""),
         "-d", address.path.lstrip("/")],
        env={**os.environ, "PGPASSWORD": unquote(address.password or "")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return "\n".join(line for line in done.stdout.splitlines() if not _DUMP_NOISE.match(line)) + "\n"


def _read_postgresql(url: str) -> Iterator[tuple[str, Iterable[str]]]:
    with psycopg.connect(url) as connection:
        for schema, table in connection.execute(_USER_TABLES).fetchall():
            if OURS.match(table):
                continue
            names = connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                [sql.Identifier(schema, table).as_string()],
            ).fetchall()
            row = sql.SQL(", ").join(sql.Identifier(name) for (name,) in sorted(names))
            query = sql.SQL("SELECT ROW({})::text FROM {}").format(row, sql.Identifier(schema, table))
            yield _shown(schema, table), (text for (text,) in connection.execute(query))


def _shown(schema: str, table: str) -> str:
    return table if schema == "public" else f"{schema}.{table}"


def _sqlite_path(url: str) -> str:
    return unquote(url.partition("///")[2].partition("?")[0])


def _dump_sqlite(url: str) -> str:
    client = shutil.which("sqlite3")
    text = _schema_by_client(client, url) if client else _schema_by_library(url)
    statements = (_evened(statement) for statement in _statements(text) if not _is_ours(statement))
    return "\n".join(sorted(statements)) + "\n"


def _schema_by_client(client: str, url: str) -> str:
    done = subprocess.run(
        [client, "-batch", "-readonly", _sqlite_path(url), ".schema"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _schema_by_library(url: str) -> str:
    with closing(sqlite3.connect(_sqlite_path(url))) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        return "".join(f"{text};\n" for (text,) in rows)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not statement.strip(), f"the schema ends inside a statement: {statement}"


def _is_ours(statement: str) -> bool:
    matches = (_SQLITE_OBJECT.match(statement), _SQLITE_INDEXED.match(statement))
    return any(OURS.match(match.group(1)) for match in matches if match)


def _evened(statement: str) -> str:
    plain = _PLAIN_QUOTED.sub(r"\1", " ".join(_CLIENT_NOTE.sub("", statement).split()))
    return re.sub(r"\s*([(),])\s*", r"\1", plain).rstrip("; ") + ";"


def _read_sqlite(url: str) -> Iterator[tuple[str, Iterable[str]]]:
    with closing(sqlite3.connect(_sqlite_path(url))) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in tables:
            if OURS.match(table):
                continue
            quoted = '"' + table.replace('"', '""') + '"'
            names = sorted(name for _, name, *_ in connection.execute(f"PRAGMA table_info({quoted})").fetchall())
            columns = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
            yield table, map(repr, connection.execute(f"SELECT {columns} FROM {quoted}"))


def _digest(rows: Iterable[str]) -> RowDigest:
    ordered = sorted(rows)
    return len(ordered), hashlib.sha256("\n".join(ordered).encode("utf-8", "surrogatepass")).hexdigest()
