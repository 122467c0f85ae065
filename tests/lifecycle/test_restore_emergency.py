"""An emergency restore: what is lost is said first, the swap is one step, and the old database is kept."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cli.calls import Calls, calls, two_tables

__all__ = ["calls"]
MakeCalls = Callable[..., Calls]


def send(url: str, *statements: str) -> None:
    """Write with the driver alone."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database, database:
            for statement in statements:
                database.execute(statement)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def items(url: str) -> list[Any]:
    """What the table holds, read with the driver alone."""
    query = "SELECT id, name, price FROM items ORDER BY id"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return database.execute(query).fetchall()
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def beside(url: str, name: str) -> str:
    """The URL of what a restore left beside a target."""
    return f"sqlite:///{name}" if url.startswith("sqlite") else f"{url.rpartition('/')[0]}/{name}"


AS_BACKED_UP = [(1, "a", 7), (2, "b", None)]


@pytest.fixture
def shop(calls: MakeCalls, target_url: str) -> Calls:
    """A project with one proven backup and things written since, on each engine."""
    shop = two_tables(calls(target_url))
    shop.ok("database", "update")
    shop.ok("backup", "create")
    send(
        target_url, "INSERT INTO items VALUES (3, 'c', 1), (4, 'd', 1)", "CREATE TABLE late (id INT)",
        "UPDATE items SET price = 8 WHERE id = 1",
    )  # fmt: skip
    return shop


def test_a_dry_run_counts_what_would_be_lost(shop: Calls) -> None:
    """`restore --dry-run` counts the rows and the time since the backup, and changes nothing."""
    before = items(shop.shop.url)
    result = shop.result("restore", "latest", "--dry-run")
    tables = {t["table"]: (t["rows_now"], t["rows_then"]) for t in result["loss"]["tables"]}
    assert tables == {"items": (4, 2), "late": (0, None)}
    assert (result["is_done"], result["safety_copy"]) == (False, "")
    assert "2 rows fewer" in shop.ok("restore", "latest", "--dry-run")
    assert items(shop.shop.url) == before


def test_without_a_yes_nothing_is_restored(shop: Calls) -> None:
    """Without a terminal and without --yes the loss is said, and the target stays (exit 10)."""
    before = items(shop.shop.url)
    ran = shop.run("restore", "latest")
    assert ran.exit_code == 10
    assert "2 rows fewer" in ran.stderr
    assert "1 table that the backup does not have" in ran.stderr
    assert items(shop.shop.url) == before


def test_a_restore_puts_the_backup_in_place_and_keeps_the_old_database(shop: Calls) -> None:
    """After a restore the target is as it was backed up; what was there is kept whole until it is discarded."""
    url, before = shop.shop.url, items(shop.shop.url)
    result = shop.result("restore", "latest", "--yes")
    assert items(url) == AS_BACKED_UP
    safety = beside(url, result["safety_copy"])
    assert items(safety) == before
    assert shop.ok("database", "status").count("drift       none") == 1
    assert "throws away" in shop.run("restore", "latest", "--discard-safety-copy").stderr
    assert items(safety) == before
    shop.ok("restore", "latest", "--discard-safety-copy", "--yes")
    with pytest.raises((sqlite3.OperationalError, psycopg.OperationalError)):
        items(safety)
    assert shop.run("restore", "latest", "--discard-safety-copy", "--yes").exit_code == 23
    assert items(url) == AS_BACKED_UP


def test_the_journal_says_who_restored(shop: Calls) -> None:
    """The restored journal has a row that names the backup and the safety copy, and its chain is whole."""
    result = shop.result("restore", "latest", "--yes")
    query = "SELECT detail FROM neoron_journal WHERE event = 'restore'"
    if shop.shop.url.startswith("sqlite"):
        with closing(sqlite3.connect(shop.shop.url.removeprefix("sqlite:///"))) as database:
            found = database.execute(query).fetchall()
    else:
        with psycopg.connect(shop.shop.url) as connection:
            found = connection.execute(query.encode()).fetchall()
    assert found == [(f"backup {result['backup']}; replaced: {result['safety_copy']}",)]
    assert shop.result("database", "status")["journal_broken_at"] == 0


def test_a_missing_target_is_restored_all_the_same(shop: Calls) -> None:
    """A database that was dropped comes back; there is then no safety copy."""
    shop.ok("database", "drop", "--yes")
    result = shop.result("restore", "latest", "--yes")
    assert items(shop.shop.url) == AS_BACKED_UP
    assert result["safety_copy"] == ""
    assert result["loss"]["unknown"]


def test_a_restore_can_be_done_twice(shop: Calls) -> None:
    """The same backup may be restored again later; each replaced database is kept under its own name."""
    first = shop.result("restore", "latest", "--yes")["safety_copy"]
    send(shop.shop.url, "DELETE FROM items")
    second = shop.result("restore", "latest", "--yes")["safety_copy"]
    assert first != second
    assert items(shop.shop.url) == AS_BACKED_UP
    assert items(beside(shop.shop.url, second)) == []
    assert len(items(beside(shop.shop.url, first))) == 4


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_a_wal_database_stays_one(calls: MakeCalls, sqlite_url: str, journal_mode: str) -> None:
    """On SQLite the log is brought into the safety copy, none is left for the new file, and the mode is kept."""
    shop = two_tables(calls(sqlite_url))
    shop.ok("database", "update")
    shop.ok("backup", "create")
    path = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute(f"PRAGMA journal_mode = {journal_mode}").fetchone() == (journal_mode,)
    crashed = (
        "import os, sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "d.execute(\"INSERT INTO items VALUES (9, 'in the log', 0)\"); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", crashed, path], check=True)
    assert Path(f"{path}-wal").exists() == (journal_mode == "wal")
    Path(path).chmod(0o640)
    safety = shop.result("restore", "latest", "--yes")["safety_copy"]
    assert (9, "in the log", 0) in items(f"sqlite:///{safety}")
    assert items(sqlite_url) == AS_BACKED_UP
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == (journal_mode,)
    assert Path(path).stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_no_database_any_more_is_replaced(shop: Calls) -> None:
    """A destroyed SQLite file is kept as it is, the backup takes its place, and no old journal lies beside it."""
    if not shop.shop.url.startswith("sqlite"):
        pytest.skip("a server's files are its own business")
    path = Path(shop.shop.url.removeprefix("sqlite:///"))
    path.write_bytes(b"not a database at all, " * 400)
    journal = Path(f"{path}-journal")
    journal.write_bytes(b"an old journal")
    result = shop.result("restore", "latest", "--yes")
    assert items(shop.shop.url) == AS_BACKED_UP
    assert Path(result["safety_copy"]).read_bytes().startswith(b"not a database")
    assert not journal.exists()


def test_sessions_that_hold_the_target_are_named(shop: Calls) -> None:
    """Who holds the target is named and left alone (exit 75); --end-sessions ends server sessions, and only those."""
    url, before = shop.shop.url, items(shop.shop.url)
    if url.startswith("sqlite"):
        holding = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute('SELECT * FROM items').fetchone();"
        words = [sys.executable, "-c", f"{holding} print('open', flush=True); sys.stdin.read()", url[10:]]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout
            assert other.stdout.readline() == "open\n"
            for flags in ([], ["--end-sessions"]):
                ran = shop.run("restore", "latest", "--yes", *flags)
                assert ran.exit_code == 75
                assert f"process {other.pid}" in ran.stderr
            other.communicate()
        assert items(url) == before
        shop.ok("restore", "latest", "--yes")
        assert items(url) == AS_BACKED_UP
        return
    with psycopg.connect(url, application_name="the shop") as other_session:
        ran = shop.run("restore", "latest", "--yes")
        assert ran.exit_code == 75
        assert "the shop" in ran.stderr
        assert "--end-sessions" in ran.stderr
        assert len(other_session.execute("SELECT 1").fetchall()) == 1
        other_session.commit()
        shop.ok("restore", "latest", "--yes", "--end-sessions")
        with pytest.raises(psycopg.OperationalError):
            other_session.execute("SELECT 1")
    assert items(url) == AS_BACKED_UP


def test_what_belongs_to_a_database_as_a_whole_stays(calls: MakeCalls, postgres_url: str) -> None:
    """On PostgreSQL the restored database has the settings, rights, limit and comment of the one it replaces."""
    shop = two_tables(calls(postgres_url))
    shop.ok("database", "update")
    shop.ok("backup", "create")
    name = postgres_url.rpartition("/")[2]
    send(
        postgres_url, f"ALTER DATABASE {name} SET search_path TO \"$user\", public, \"odd'name\"",
        f"ALTER DATABASE {name} SET my.setting TO 'it''s'", f"ALTER DATABASE {name} CONNECTION LIMIT 77",
        f"COMMENT ON DATABASE {name} IS 'the shop''s'", f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC",
        f"ALTER ROLE postgres IN DATABASE {name} SET work_mem TO '5MB'",
    )  # fmt: skip
    query = (
        "SELECT ARRAY(SELECT a::text FROM unnest(d.datacl) a ORDER BY 1), d.datconnlimit,"
        " shobj_description(d.oid, 'pg_database'),"
        " ARRAY(SELECT (setrole, setconfig)::text FROM pg_db_role_setting WHERE setdatabase = d.oid ORDER BY 1)"
        " FROM pg_database d WHERE datname = current_database()"
    )
    with psycopg.connect(postgres_url) as connection:
        before = connection.execute(query.encode()).fetchall()
    safety = shop.result("restore", "latest", "--yes")["safety_copy"]
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute(query.encode()).fetchall() == before
    send(f"{postgres_url.rpartition('/')[0]}/postgres", f"DROP DATABASE {safety}")
