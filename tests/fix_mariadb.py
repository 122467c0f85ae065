"""A private MariaDB server for the tests of one process, and empty databases on it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from fix_mariadb_server import MariadbServer, NoMariadb, start_mariadb


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariadbServer]:
    """The server; a missing one is a failure where it was promised, and a named skip elsewhere."""
    try:
        server = start_mariadb()
    except NoMariadb as reason:
        if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            pytest.fail(f"no MariaDB server: {reason}", pytrace=False)
        pytest.skip(f"no MariaDB server: {reason}")
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def mariadb_url(mariadb_server: MariadbServer) -> Iterator[str]:
    """The URL of a fresh, empty database, dropped afterwards."""
    name = f"t_{secrets.token_hex(6)}"
    mariadb_server.administer(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield mariadb_server.url(name)
    mariadb_server.administer(f"DROP DATABASE IF EXISTS {name}")
