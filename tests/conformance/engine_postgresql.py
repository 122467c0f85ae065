"""PostgreSQL under test: databases of one server, used again and again."""

from __future__ import annotations

import subprocess
import time
from functools import cache
from pathlib import Path

import psycopg

from conformance import project_counters
from conformance.engine_sqlite import LOCK_CALLS, SESSION_CALLS
from conformance.engine_under_test import EngineUnderTest, Rows, Traits
from fix_postgres_binaries import client_program
from fix_project import ProjectFolder, Ran

CLEAR = """
DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC;
COMMENT ON SCHEMA public IS 'standard public schema';
"""
_REMAINS = (
    "SELECT 'invalid index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid",
    "SELECT 'temporary object ' || oid::regclass FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'",
    "SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts",
)
_LOCKS = (
    "SELECT 'lock of session ' || pid FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
LEAVES_WITHIN_S = 2.0


class Postgresql(EngineUnderTest):
    """The server's own client programs make the copies."""

    id = "postgresql"
    private = "postgres_server"
    lobby = "postgres"
    traits = Traits(
        dialect="postgresql",
        kills={
            "neoron.engines.postgresql.session:Session": SESSION_CALLS, "neoron.engines.postgresql.lock:": LOCK_CALLS,
        },
        places=60,
        lasting=("commit", "transact", "try_acquire", "release", "execute CREATE INDEX CONC",
                 "execute DROP INDEX CONC", "execute CREATE UNIQUE INDEX CONC"),
        half_way=("CREATE UNIQUE INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY children_parent"),
        scripted=4,
        protocol="postgresql",
        can=frozenset({"skip", "copy", "wire", "ask", "notices", "schemas"}),
    )  # fmt: skip

    def __init__(self, server: str) -> None:
        super().__init__(server)
        self._idle: list[str] = []

    def empty(self) -> str:
        """The URL of an empty database: a new one, or one that was used and cleared."""
        return self._idle.pop() if self._idle else super().empty()

    def copy(self, url: str) -> str:
        """An empty database with the dump of another one in it."""
        made = self.empty()
        self.ask(made, _dump(url))
        return made

    def drop(self, url: str) -> None:
        """Clear it and keep it for the next."""
        self.ask(url, CLEAR)
        self._idle.append(url)

    def create(self, name: str) -> None:
        """A database whose commits need not wait for the disk: it is the client that dies here, never the server."""
        self.ask(self.server, f"CREATE DATABASE {name}")
        self.ask(self.server, f"ALTER DATABASE {name} SET synchronous_commit = off")
        self.ask(self.at(name), CLEAR)

    def remove(self, name: str) -> None:
        """Drop it."""
        self.ask(self.server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @staticmethod
    def ask(url: str, *statements: str) -> Rows:
        """By psycopg, in autocommit."""
        found: Rows = []
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                sent = connection.execute(statement.encode())
                found = sent.fetchall() if sent.description else []
        return found

    @staticmethod
    def remains(url: str) -> list[str]:
        """Invalid indexes, temporary tables, prepared transactions, and locks once sessions had time to end."""
        ends_at = time.monotonic() + LEAVES_WITHIN_S
        while (locks := Postgresql.ask(url, _LOCKS)) and time.monotonic() < ends_at:
            time.sleep(0.02)  # a session whose client is gone takes a moment to notice
        return [text for rows in (*(Postgresql.ask(url, query) for query in _REMAINS), locks) for (text,) in rows]

    @staticmethod
    def has_table(url: str, name: str) -> bool:
        """On the search path."""
        return Postgresql.ask(url, f"SELECT to_regclass('{name}')") != [(None,)]

    @staticmethod
    def slow_statement() -> str:
        """A sleep."""
        return "SELECT pg_sleep(seconds) FROM pace"

    @staticmethod
    def is_slow(url: str) -> bool:
        """Another session sleeps."""
        active = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        return bool(Postgresql.ask(url, f"{active} AND query LIKE '%pg_sleep(seconds)%' AND pid <> pg_backend_pid()"))

    @staticmethod
    def is_free(url: str) -> bool:
        """No advisory lock of this database is held."""
        return not Postgresql.ask(url, _LOCKS)

    @staticmethod
    def write(folder: ProjectFolder) -> tuple[str, ...]:
        """Counters, notes, indexes built concurrently, a step in Python."""
        return project_counters.write(folder, "postgresql")

    @staticmethod
    def run_script(url: str, text: str) -> Ran:
        """By psql, which goes on after an error unless it is told otherwise."""
        command = [client_program("psql") or Path("psql"), "-X", "-d", url, "-f", "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    def version(self) -> str:
        """As `version()` begins."""
        return " ".join(str(self.ask(self.server, "SELECT version()")[0][0]).split()[:2])


class Postgresql18(Postgresql):
    """A second major version, from a Python package; its own programs read it."""

    id = "postgresql-18"
    private = "postgres_18_server"
    is_nightly = True


@cache
def _dump(url: str) -> str:
    """All of a database as one text of statements; read once, so the database must stay as it is."""
    program = client_program("pg_dump")
    assert program
    done = subprocess.run([program, "--inserts", "--no-owner", "-d", url], capture_output=True, text=True, check=True)
    lines = (line for line in done.stdout.splitlines() if not line.startswith("\\"))
    return "\n".join(lines) + "\nRESET search_path;"
