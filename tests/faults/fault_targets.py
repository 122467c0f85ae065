"""Targets by the dozen: empty ones, and exact copies of one that was left in some state."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Protocol

import psycopg

from fix_postgres_binaries import client_program
from fix_postgres_server import PostgresServer

CLEAR = """
DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC;
"""


class Targets(Protocol):
    """Makes targets of one engine."""

    engine: str

    def empty(self) -> str:
        """The URL of an empty target."""

    def copy(self, url: str) -> str:
        """The URL of a copy of a target that nobody changes any more."""

    def drop(self, url: str) -> None:
        """Throw a target away."""


class SqliteTargets:
    """Files in a folder; a copy takes the journal along, as a crash image would."""

    engine = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def empty(self) -> str:
        """The URL of a file that is not there yet."""
        return f"sqlite:///{self.folder / secrets.token_hex(4)}.db"

    def copy(self, url: str) -> str:
        """Copy the file and its journal."""
        made = self.empty()
        for ending in ("", "-journal", "-wal"):
            if (path_of(url, ending)).exists():
                shutil.copyfile(path_of(url, ending), path_of(made, ending))
        return made

    def drop(self, url: str) -> None:
        """Delete the file and what lies beside it."""
        for path in self.folder.glob(path_of(url).name + "*"):
            path.unlink()


class PostgresTargets:
    """Databases of one server, used again and again. Shape: a context, at whose end they are all dropped."""

    engine = "postgresql"

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._made: list[str] = []
        self._idle: list[str] = []

    def __enter__(self) -> PostgresTargets:
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._made:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def empty(self) -> str:
        """The URL of an empty database: a new one, or one that was used and cleared."""
        return self.server.url(self._idle.pop() if self._idle else self._create())

    def copy(self, url: str) -> str:
        """An empty database with the dump of another one in it."""
        made = self.empty()
        with psycopg.connect(made, autocommit=True) as connection:
            connection.execute(_dump(url).encode())
        return made

    def drop(self, url: str) -> None:
        """Clear it and keep it for the next."""
        self._clear(url)
        self._idle.append(url.rpartition("/")[2])

    def _create(self) -> str:
        name = f"t_{secrets.token_hex(6)}"
        self._administer(f"CREATE DATABASE {name}")
        self._made.append(name)
        # It is the client that dies in these tests, never the server: what is committed need not wait for the disk.
        self._administer(f"ALTER DATABASE {name} SET synchronous_commit = off")
        self._clear(self.server.url(name))
        return name

    def _clear(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CLEAR)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@cache
def _dump(url: str) -> str:
    """All of a database as one text of statements; read once, so the database must stay as it is."""
    program = client_program("pg_dump")
    assert program
    done = subprocess.run([program, "--inserts", "--no-owner", "-d", url], capture_output=True, text=True, check=True)
    lines = (line for line in done.stdout.splitlines() if not line.startswith("\\"))
    return "\n".join(lines) + "\nRESET search_path;"


def path_of(url: str, ending: str = "") -> Path:
    """The file of a SQLite URL, or what lies beside it."""
    return Path(url.removeprefix("sqlite:///") + ending)
