"""The whole demo on a server of each kind, typed as the README shows it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fix_mariadb_server import MariadbServer
from fix_oracle import dump_rows
from fix_postgres_server import PostgresServer
from fix_project import ProjectFolder, make_project

MESSAGES = 300
# The word before "at" is the scheme, the one after it the server.
SCHEMES = [
    "postgresql at postgresql", "mysql at mariadb", pytest.param("mariadb at mariadb", marks=pytest.mark.nightly),
    pytest.param("mysql at mysql", marks=pytest.mark.nightly),
]


@pytest.fixture(params=SCHEMES)
def missing_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database that is not there yet, on a server of each kind."""
    name = f"demo_{secrets.token_hex(6)}"
    scheme, _at, product = request.param.partition(" at ")
    if scheme == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        yield server.url(name)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        return
    server_of: MariadbServer = request.getfixturevalue(f"{product}_server")
    yield server_of.url(name, scheme)
    server_of.drop(name)


def _exported(folder: ProjectFolder, name: str, url: str = "") -> dict[str, str]:
    """The demo's tables as JSON; a type without a zone writes none, where all the others write Z."""
    at = ("--project", str(folder.path / name), *(("--url", url) if url else ()))
    ran = folder.run(*at, "data", "export", "Messages", "MessageAudits", "-o", f"{name}-export")
    assert ran.exit_code == 0, ran.output
    files = [folder.path / f"{name}-export" / f"{table}.json" for table in ("Messages", "MessageAudits")]
    return {f.name: re.sub(r'(At":"[0-9T:.-]+)Z"', r'\1"', f.read_text(encoding="utf-8")) for f in files}


def _exported_from_a_file(folder: ProjectFolder) -> dict[str, str]:
    """The same of the demo on SQLite."""
    assert folder.run("demo", "file", "--rows", str(MESSAGES)).exit_code == 0
    return _exported(folder, "file")


def test_the_demo_runs_on_a_server(missing_url: str, tmp_path: Path) -> None:
    """`neoron demo --url` makes its database and goes the whole way; a second time it refuses what is there."""
    folder = make_project(tmp_path / "project", "sqlite:///unused.db")
    ran = folder.run("demo", "first", "--rows", str(MESSAGES), "--url", missing_url, timeout=240)
    assert ran.exit_code == 0, ran.output
    assert "deploy 1.2 again" in ran.stdout
    found = dump_rows(missing_url)
    assert found["Messages"][0] == MESSAGES
    password = missing_url.partition("@")[0].rpartition(":")[2]
    kept = [file.read_text() for file in (folder.path / "first").rglob("*") if file.suffix in (".toml", ".html")]
    assert len(kept) >= 2
    assert password not in ran.output + "".join(kept)
    assert _exported(folder, "first", missing_url) == _exported_from_a_file(folder)
    again = folder.run("demo", "second", "--rows", "1", "--url", missing_url)
    assert again.exit_code == 64, again.output
    assert "the demo wants an empty database; this one has MessageAudits, Messages" in again.stderr
    assert again.stderr.strip().count("\n") == 0
    assert not (folder.path / "second").exists()
    assert dump_rows(missing_url) == found
