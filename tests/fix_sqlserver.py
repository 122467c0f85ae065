"""A database on a SQL Server of the user's own: `NEORON_TEST_SQLSERVER_URL` names it, with the right to create."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from neoron.engines.lookup import open_url

SETTING = "NEORON_TEST_SQLSERVER_URL"


def server_url() -> str:
    """The server's URL, or an empty text."""
    return os.environ.get(SETTING, "")


def on_server(database: str) -> str:
    """The URL of another database on that server."""
    head, _, options = server_url().partition("?")
    scheme, _, rest = head.partition("://")
    place = rest.partition("/")[0]
    return f"{scheme}://{place}/{database}" + (f"?{options}" if options else "")


def connect(url: str) -> Any:
    """A connection of the test's own, in autocommit."""
    engine, parsed = open_url(url, Path())
    return engine.session.connect(parsed)


@pytest.fixture
def sqlserver_url() -> Iterator[str]:
    """The URL of a fresh, empty database, dropped afterwards; a named skip where no server was named."""
    if not server_url():
        pytest.skip(f"no SQL Server: set {SETTING}=mssql://user:password@host/master to run these tests on one")
    name = f"t_{secrets.token_hex(6)}"
    with closing(connect(on_server("master"))) as session:
        session.execute(f"CREATE DATABASE [{name}]")
    yield on_server(name)
    with closing(connect(on_server("master"))) as session, suppress(Exception):
        session.execute(f"DROP DATABASE [{name}]")
