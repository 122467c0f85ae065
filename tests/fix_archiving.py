"""A PostgreSQL server of its own that archives its log into a folder."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from fix_postgres_binaries import server_binaries
from fix_postgres_server import PostgresServer, Unavailable, _Owner, start_server


@dataclass(frozen=True)
class ArchivingServer:
    """A running server, and the folder that it archives into."""

    server: PostgresServer
    archive: Path

    def url(self, database: str) -> str:
        """The URL of a database, with the password."""
        return self.server.url(database)

    def send(self, database: str, *statements: str) -> None:
        """Write with the driver alone, each statement a transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def ask(self, database: str, query: str) -> list[tuple[object, ...]]:
        """All rows of a query, read with the driver alone."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def now(self) -> str:
        """The server's clock, as `--to-time` reads it."""
        return str(self.ask("postgres", "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', "
                            "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")[0][0])  # fmt: skip

    def archive_by(self, command: str) -> None:
        """Set the server's archive_command; empty leaves segments where they are."""
        self.send("postgres", f"ALTER SYSTEM SET archive_command = '{command}'", "SELECT pg_reload_conf()")


    def restore_archiving(self) -> None:
        """The archive_command that it was started with."""
        self.archive_by(f"test ! -f {self.archive}/%f && cp %p {self.archive}/%f")

    def switch(self) -> Path:
        """Close the segment that is being written; its file, once it is archived."""
        name = self.ask("postgres", "SELECT pg_walfile_name(pg_switch_wal())")[0][0]
        file = self.archive / str(name)
        for _ in range(200):
            if file.is_file() and file.stat().st_size == 16 << 20:
                return file
            time.sleep(0.05)
        raise AssertionError(f"{name} was not archived")


@pytest.fixture(scope="module")
def archiving_server(postgres_server: PostgresServer) -> Iterator[ArchivingServer]:
    """One such server for the tests of a module; the shared one is asked for so that a missing one is named once."""
    try:
        server = start_server(server_binaries())
    except Unavailable as reason:
        pytest.skip(str(reason))
    yield _archiving(server)
    server.stop()


@pytest.fixture
def archiving_18_server(postgres_18_server: PostgresServer) -> ArchivingServer:
    """The server of the second major version, which archives its log from here on."""
    return _archiving(postgres_18_server)


def _archiving(server: PostgresServer) -> ArchivingServer:
    archive, owner = server.folder / "archive", _Owner.find()
    owner.run("mkdir", "-p", archive)
    found = ArchivingServer(server, archive)
    found.send("postgres", "ALTER SYSTEM SET archive_mode = on")
    found.restore_archiving()
    owner.run(server.bin_folder / "pg_ctl", "-D", server.folder / "data", "-l", server.folder / "log", "-w", "restart")
    return found


@dataclass(frozen=True)
class RepositoryServer(ArchivingServer):
    """A running server that archives into a pgBackRest repository. Shape: config is pgBackRest's file of settings."""

    config: Path

    def restore_archiving(self) -> None:
        """The archive_command that it was started with."""
        self.archive_by(f"pgbackrest --config={self.config} --stanza=main archive-push %p")

    def program(self, *words: str) -> str:
        """Run pgBackRest itself, as the server's user."""
        return _Owner.find().run("pgbackrest", f"--config={self.config}", "--stanza=main", *words)


@pytest.fixture(scope="module")
def repository_server(postgres_server: PostgresServer) -> Iterator[RepositoryServer]:
    """One such server for the tests of a module, with its stanza created."""
    if shutil.which("pgbackrest") is None:
        if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            pytest.fail("pgbackrest was not found; install pgbackrest", pytrace=False)
        pytest.skip("pgbackrest was not found; install pgbackrest")
    try:
        server = start_server(server_binaries())
    except Unavailable as reason:
        pytest.skip(str(reason))
    owner, folder = _Owner.find(), server.folder
    for name in ("repo", "repo-log", "repo-lock", "repo-spool"):
        owner.run("mkdir", folder / name)
    config = folder / "pgbackrest.conf"
    owner.write(config, (
        f"[global]\nrepo1-path={folder}/repo\nlog-path={folder}/repo-log\nlock-path={folder}/repo-lock\n"
        f"spool-path={folder}/repo-spool\nstart-fast=y\ncompress-level=1\nrepo1-bundle=y\n"
        f"[main]\npg1-path={folder}/data\npg1-port={server.port}\npg1-socket-path={folder}\npg1-user=postgres\n"
    ))  # fmt: skip
    found = RepositoryServer(server, folder / "repo", config)
    found.send("postgres", "ALTER SYSTEM SET archive_mode = on")
    found.restore_archiving()
    owner.run(server.bin_folder / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "restart")
    found.program("stanza-create")
    yield found
    server.stop()
