"""Targets that are missing, too old, locked up, or lack a right (B08 to B10)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from bad_inputs.refusals import refused
from cli.calls import Calls, two_tables
from neoron.engines.postgresql import session as postgresql_session
from neoron.engines.sqlite import session as sqlite_session

MakeCalls = Callable[..., Calls]
ASKING = (
    ("database", "status"), ("verify",), ("preflight",), ("backup", "create"), ("rollback",),
    ("database", "resolve", "--done"),
)  # fmt: skip


def _execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize("command", ASKING)
def test_a_missing_file_is_named_and_not_made(calls: MakeCalls, sqlite_url: str, command: tuple[str, ...]) -> None:
    """A database file that is not there is named, and only `database update` makes it (B08)."""
    shop = two_tables(calls(sqlite_url))
    says = ("target.db does not exist", "`neoron database update` creates it")
    refused(shop, *command, code=69, kind="unavailable", says=says)


@pytest.mark.parametrize("command", [*ASKING, ("deploy",)])
def test_a_missing_database_is_named_and_not_made(
    calls: MakeCalls, postgres_url: str, command: tuple[str, ...]
) -> None:
    """A database that is not on the server is named, and only `database update` makes it (B08)."""
    shop = two_tables(calls(f"{postgres_url}_missing"))
    name = postgres_url.rpartition("/")[2]
    says = (f'the database "{name}_missing" does not exist at 127.0.0.1', "`neoron database update` creates it")
    refused(shop, *command, code=69, kind="unavailable", says=says)
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [f"{name}_missing"]).fetchall()
    assert found == []


def test_a_missing_database_is_made_when_asked(calls: MakeCalls, postgres_url: str) -> None:
    """`database update` makes the database that is missing, and `database drop` removes it (B08)."""
    shop = two_tables(calls(f"{postgres_url}_made"))
    assert set(shop.states().values()) == {"pending"}
    assert "0 → 20260102000000" in shop.ok("database", "update")
    assert set(shop.states().values()) == {"applied"}
    shop.ok("database", "drop", "--yes")
    refused(shop, "database", "status", code=69, kind="unavailable", says=("does not exist",))


def test_a_file_whose_folder_is_missing_is_not_made(calls: MakeCalls, tmp_path: Path) -> None:
    """A file in a folder that is not there is refused with the command that makes the folder (B08)."""
    shop = two_tables(calls(f"sqlite:///{tmp_path}/nowhere/app.db"))
    says = (f"the folder {tmp_path}/nowhere does not exist", f"mkdir -p {tmp_path}/nowhere")
    refused(shop, "database", "update", code=69, kind="unavailable", says=says)


def test_an_sqlite_that_is_too_old_is_named(
    calls: MakeCalls, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An SQLite library that is too old is refused with the version found and the one needed (B09)."""
    shop = two_tables(calls(sqlite_url))
    shop.ok("database", "update", "20260101000000")
    monkeypatch.setattr(sqlite_session, "OLDEST", (99, 1, 0))
    says = (f"linked with SQLite {sqlite3.sqlite_version}, Neoron needs 99.1", "use a newer Python")
    refused(shop, "database", "update", code=69, kind="unavailable", says=says)


def test_a_server_that_is_too_old_is_named(
    calls: MakeCalls, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is too old is refused with the version found and the one needed (B09)."""
    shop = two_tables(calls(postgres_url))
    with psycopg.connect(postgres_url) as connection:
        version = connection.info.parameter_status("server_version")
    monkeypatch.setattr(postgresql_session, "OLDEST", 990000)
    says = (f"PostgreSQL {version} is too old", "upgrade the server")
    for command in (("database", "update"), ("deploy",), ("database", "status")):
        refused(shop, *command, code=69, kind="unavailable", says=says)


@pytest.fixture
def weak_url(postgres_url: str) -> str:
    """The same database for a role that may connect and nothing else."""
    role = f"weak_{postgres_url[-6:]}"
    _execute(postgres_url, f"CREATE ROLE {role} LOGIN PASSWORD 'weak c4n4ry'")
    return postgres_url.replace(urlsplit(postgres_url).netloc.partition("@")[0], f"{role}:weak%20c4n4ry")


@pytest.mark.parametrize("command", [("database", "update"), ("deploy",), ("preflight",)])
def test_a_missing_right_is_named_before_the_first_change(
    calls: MakeCalls, postgres_url: str, weak_url: str, command: tuple[str, ...]
) -> None:
    """A role that may not create tables is told the right and the schema, before anything was sent (B10)."""
    shop = two_tables(calls(weak_url))
    role = urlsplit(weak_url).username
    try:
        grant = f'GRANT CREATE ON SCHEMA "public" TO "{role}"'
        says = (f'user {role} lacks the right CREATE on schema "public"', grant)
        refused(shop, *command, code=69, kind="unavailable", says=says, url=postgres_url)
        error = shop.json(*command)["error"]
        assert "c4n4ry" not in str(error)
        _execute(postgres_url, error["next"])
        assert "0 → 20260102000000" in shop.ok("database", "update")
    finally:
        _execute(postgres_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_read_only_server_is_refused(calls: MakeCalls, postgres_url: str) -> None:
    """A database that is set read-only is refused before the first change (B10)."""
    name = postgres_url.rpartition("/")[2]
    _execute(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    says = ("the target is read-only: default_transaction_read_only is on", "switch that setting off")
    refused(two_tables(calls(postgres_url)), "deploy", code=69, kind="unavailable", says=says)


def test_a_file_that_is_not_a_database_is_refused(calls: MakeCalls, tmp_path: Path) -> None:
    """A file that holds something else is never taken for a database (B10)."""
    shop = two_tables(calls(f"sqlite:///{tmp_path}/letter.db"))
    (tmp_path / "letter.db").write_text("Dear Sir or Madam, " * 100)
    refused(shop, "database", "update", code=69, kind="unavailable", says=("letter.db", "not a database"))
