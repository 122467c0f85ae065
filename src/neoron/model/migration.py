"""Migrations as files and as statements; nothing here reads a file or a database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Version = str
"""The id of a migration: `yyyyMMddHHmmss` for ours, whatever Alembic wrote for its own."""


class Direction(Enum):
    """Which way a plan goes."""

    UP = "up"
    DOWN = "down"


class Form(Enum):
    """How a migration file is written."""

    SQL = "sql"
    PYTHON = "py"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: path relative to the project, line counted from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One text for the server, exactly as written, with the line it starts on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration file as found, before its statements are read.

    Shape: parents are the versions it follows (two or more after a merge, none for the first);
    file_digest is the SHA-256 of the file's bytes; text is its decoded content.
    """

    version: Version
    name: str
    path: str
    form: Form
    parents: tuple[Version, ...]
    file_digest: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One direction of a migration, compiled for one engine.

    Shape: in_transaction is False for `transaction:false`; python_reason says why the section has to
    run as Python (then statements is empty); is_missing is True where the file has no such section.
    """

    statements: tuple[Statement, ...] = ()
    in_transaction: bool = True
    python_reason: str = ""
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class CompiledMigration:
    """A migration with the statements of both directions for one engine."""

    migration: Migration
    checksum: str
    up: Section
    down: Section
