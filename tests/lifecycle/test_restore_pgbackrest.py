"""Backups in a pgBackRest repository, taken, proven and brought back to a time by the real program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from test_restore_to_time import ITEMS, NOW, THEN, Shop, gone_on, scratch

from fix_archiving import RepositoryServer
from fix_project import ProjectFolder

__all__ = ["scratch"]


@pytest.mark.nightly
def test_a_repository_goes_to_a_time(
    repository_server: RepositoryServer, project: Callable[..., ProjectFolder], scratch: Path
) -> None:
    """The program's own backup is listed, proven aside, restored to a time; a bad time and an expired one are named."""
    server = repository_server
    server.send("postgres", "CREATE DATABASE shop")
    settings = (
        f'[backup]\nprovider = "pgbackrest"\nstanza = "main"\npgbackrest_config = "{server.config}"\n'
        f'scratch = "{scratch}"'
    )
    shop = Shop(server, "shop", project(server.url("shop"), settings))
    shop.folder.sql("1", "items", "CREATE TABLE items (id INT PRIMARY KEY, name TEXT); CREATE TABLE empty (x INT);")
    shop.ok("database", "update")
    shop.send("INSERT INTO items VALUES (1, 'a'), (2, 'b')")
    moment = gone_on(shop)
    record = json.loads(shop.manifest().read_text())
    assert record["tool"].startswith("pgBackRest 2.")
    assert (record["kind"], record["verified_at"] != "") == ("physical", True)
    label = json.loads((shop.manifest().parent / "physical" / "state.json").read_text())["label"]
    assert label in server.program("info")
    assert "good" in shop.ok("backup", "list")
    shop.ok("backup", "verify", "latest")
    assert "1 row fewer" in shop.ok("restore", "latest", "--to-time", moment, "--dry-run")
    shop.ok("restore", "latest", "--to-time", moment, "--yes")
    assert shop.items == THEN
    (safety,) = shop.beside()
    assert server.ask(str(safety), ITEMS) == NOW
    early = shop.refused("restore", "latest", "--to-time", "2020-01-01", "--yes")
    assert "it was taken at" in early
    server.program("stop")
    stopped = shop.refused("backup", "create")
    assert "pgbackrest" in stopped
    server.program("start")
    server.program("backup", "--type=full", "--repo1-retention-full=1")
    assert f"no longer holds {label}" in shop.refused("restore", "latest", "--yes")
    assert shop.items == THEN
    assert list(scratch.iterdir()) == []


def test_a_provider_that_is_not_configured(
    postgres_url: str, project: Callable[..., ProjectFolder], scratch: Path
) -> None:
    """Without a stanza, with a provider that is unknown, and on a server that archives nothing: one line each."""
    bare = project(postgres_url, '[backup]\nprovider = "pgbackrest"', name="bare").run("backup", "create")
    assert (bare.exit_code, "`stanza` is not set" in bare.stderr) == (64, True)
    unknown = project(postgres_url, '[backup]\nprovider = "pgbackres"', name="unknown").run("backup", "create")
    assert (unknown.exit_code, "did you mean `pgbackrest`?" in unknown.stderr) == (64, True)
    settings = '[backup]\nprovider = "pgbackrest"\nstanza = "main"'
    off = project(postgres_url, settings, name="off").run("backup", "create")
    assert (off.exit_code, "archive_mode is off" in off.stderr) == (23, True)
