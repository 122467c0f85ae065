"""The fixtures that every other test leans on are themselves tried, against independent answers."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

import fix_oracle
import fix_postgres
from fix_oracle import dump_rows, dump_schema
from fix_postgres_server import PostgresServer, Unavailable, start_server
from fix_project import ProjectFolder


def _execute(url: str, *statements: str) -> None:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            for statement in statements:
                connection.execute(statement)
    else:
        with psycopg.connect(url) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def test_the_server_is_durable_private_and_wants_a_password(postgres_server: PostgresServer) -> None:
    """Tests run against a server with fsync on, on 127.0.0.1 alone, that refuses a wrong password."""
    with psycopg.connect(postgres_server.url("postgres")) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}".encode()).fetchone()[0]  # type: ignore[index]
            for name in ("fsync", "listen_addresses", "max_connections", "unix_socket_directories")
        }
    assert shown == {
        "fsync": "on",
        "listen_addresses": "127.0.0.1",
        "max_connections": "200",
        "unix_socket_directories": str(postgres_server.socket_folder),
    }
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_server.url("postgres").replace(postgres_server.password, "wrong"))
    assert postgres_server.password not in repr(postgres_server)


def test_the_socket_needs_no_password(postgres_server: PostgresServer) -> None:
    """The private socket trusts whoever can reach its folder."""
    where = {"host": str(postgres_server.socket_folder), "port": postgres_server.port}
    with psycopg.connect(user=postgres_server.user, dbname="postgres", **where) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_each_test_gets_its_own_empty_database(postgres_url: str, postgres_server: PostgresServer) -> None:
    """A database is empty and goes away with the test, even while somebody is connected."""
    assert dump_rows(postgres_url) == {}
    name = postgres_url.rpartition("/")[2]
    open_connection = psycopg.connect(postgres_url)
    fix_postgres._administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")
    with pytest.raises(psycopg.OperationalError):
        open_connection.execute("SELECT 1")


def test_the_server_stops_even_when_its_tests_are_killed(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """Killing a test run with SIGKILL leaves neither a server nor its folder behind."""
    code = (
        "import pathlib, sys, time\nfrom fix_postgres_server import start_server\n"
        "server = start_server(pathlib.Path(sys.argv[1]))\nprint(server.folder, flush=True)\ntime.sleep(600)"
    )
    path = os.pathsep.join(sys.path)
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(postgres_server.bin_folder)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert child.stdout
    folder = Path(child.stdout.readline().strip())
    port = int((folder / "data" / "postmaster.pid").read_text().splitlines()[3])
    child.kill()
    child.wait()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_missing_server_is_named() -> None:
    """Without PostgreSQL the reason says how to get one."""
    with pytest.raises(Unavailable, match="install postgresql"):
        start_server(None)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_missing_server_fails_only_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    """A missing server is a failure under CI=true and a named skip elsewhere."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no PostgreSQL server: because"):
        fix_postgres._give_up("because")


def test_a_schema_dump_shows_what_changed_and_nothing_of_ours(target_url: str) -> None:
    """The oracle sees a new index, and neither Neoron's tables nor Alembic's."""
    _execute(target_url, "CREATE TABLE kept (a INT)")
    before = dump_schema(target_url)
    _execute(target_url, "CREATE TABLE neoron_history (a INT)", "CREATE INDEX x ON neoron_history (a)")
    _execute(target_url, "CREATE TABLE alembic_version (version_num TEXT)")
    assert dump_schema(target_url) == before
    assert "kept" in before
    _execute(target_url, "CREATE INDEX mine ON kept (a)")
    assert "mine" in dump_schema(target_url)


def test_a_row_dump_ignores_order_and_sees_every_value(target_url: str) -> None:
    """The oracle's digest stays when rows or columns change places, and changes with one value."""
    _execute(target_url, "CREATE TABLE t (a INT, b TEXT)", "INSERT INTO t VALUES (1, 'x'), (2, NULL)")
    first = dump_rows(target_url)
    _execute(target_url, "DROP TABLE t", "CREATE TABLE t (b TEXT, a INT)", "INSERT INTO t VALUES (NULL, 2), ('x', 1)")
    assert dump_rows(target_url) == first
    assert first["t"][0] == 2
    _execute(target_url, "UPDATE t SET b = '' WHERE a = 2")
    assert dump_rows(target_url) != first


def test_both_ways_to_read_a_sqlite_schema_agree(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema reads the same with and without the sqlite3 client, triggers and views included."""
    _execute(
        sqlite_url,
        'CREATE TABLE "t" (\n  a INTEGER PRIMARY KEY AUTOINCREMENT,\n  b TEXT)',
        "CREATE VIEW v AS SELECT a, b FROM t",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = ';' WHERE a = NEW.a; SELECT 1; END",
    )
    by_client = dump_schema(sqlite_url)
    monkeypatch.setattr(fix_oracle.shutil, "which", lambda _name: None)
    assert dump_schema(sqlite_url) == by_client
    assert by_client.count("CREATE") == 3


def test_a_project_runs_neoron_as_a_user_does(
    project: Callable[..., ProjectFolder], target_url: str
) -> None:
    """The project fixture lays out both file forms and runs the command line as a separate process."""
    shop = project(target_url)
    shop.sql("20260101000000", "items", "CREATE TABLE items (id INT);", "DROP TABLE items;")
    shop.py("20260102000000", "price", "20260101000000", "op.add_column('items', sa.Column('price', sa.Integer()))")
    answer = shop.json("database", "update")
    assert answer["ok"], answer
    assert set(dump_rows(target_url)) == {"items"}
    assert "price" in dump_schema(target_url)
    refused = shop.run("no-such-command")
    assert refused.exit_code == 64
    assert "no-such-command" in refused.output
