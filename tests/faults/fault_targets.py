"""Targets by the dozen: empty ones, and exact copies of one that was left in some state."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import Protocol

import psycopg

from fix_postgres_server import PostgresServer


class Targets(Protocol):
    """Makes targets of one engine."""

    engine: str

    def empty(self) -> str:
        """The URL of an empty target."""

    def copy(self, url: str) -> str:
        """The URL of an exact copy; nobody may be connected."""

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
    """Databases of one server. Shape: a context, at whose end they are all dropped."""

    engine = "postgresql"

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._made: set[str] = set()

    def __enter__(self) -> PostgresTargets:
        self._admin = psycopg.connect(self.server.url("postgres"), autocommit=True)
        return self

    def __exit__(self, *_: object) -> None:
        for name in tuple(self._made):
            self._drop(name)
        self._admin.close()

    def empty(self) -> str:
        """The URL of a fresh database."""
        return self._create("template1")

    def copy(self, url: str) -> str:
        """A database made from another one as its template."""
        return self._create(url.rpartition("/")[2])

    def drop(self, url: str) -> None:
        """Drop it, whoever is connected."""
        self._drop(url.rpartition("/")[2])

    def _create(self, template: str) -> str:
        name = f"t_{secrets.token_hex(6)}"
        self._made.add(name)
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.server.url(name)

    def _drop(self, name: str) -> None:
        self._admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        self._made.discard(name)


def path_of(url: str, ending: str = "") -> Path:
    """The file of a SQLite URL, or what lies beside it."""
    return Path(url.removeprefix("sqlite:///") + ending)
