"""A private PostgreSQL server for the tests of one process, and empty databases on it and on SQLite."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from fix_postgres_binaries import package_binaries, server_binaries
from fix_postgres_server import PostgresServer, Unavailable, start_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server; its client programs (pg_dump, psql) come first on PATH while it runs."""
    try:
        server = start_server(server_binaries())
    except Unavailable as reason:
        _give_up(str(reason))
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{server.bin_folder}{os.pathsep}{path}"
    try:
        yield server
    finally:
        os.environ["PATH"] = path
        server.stop()


@pytest.fixture(scope="session")
def _postgres_18() -> Iterator[PostgresServer]:
    try:
        server = start_server(next(package_binaries(), None))
    except Unavailable as reason:
        _give_up(f"{reason}; `make postgres` installs the package that has version 18")
    yield server
    server.stop()


@pytest.fixture
def postgres_18_server(_postgres_18: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> PostgresServer:
    """The server of a second major version, out of a Python package; its own programs come first on PATH."""
    assert _postgres_18.version.startswith("18."), _postgres_18.version
    monkeypatch.setenv("PATH", f"{_postgres_18.bin_folder}{os.pathsep}{os.environ['PATH']}")
    return _postgres_18


def _give_up(reason: str) -> NoReturn:
    """A missing server is a failure where it was promised, and a named skip elsewhere."""
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail(f"no PostgreSQL server: {reason}", pytrace=False)
    pytest.skip(f"no PostgreSQL server: {reason}")


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, empty database, dropped afterwards whoever is still connected."""
    name = f"t_{secrets.token_hex(6)}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    _administer(postgres_server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'target.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def target_url(request: pytest.FixtureRequest) -> str:
    """An empty target of each engine in turn."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the server, so that `-m "not postgresql"` leaves it out."""
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgresql)
