"""A password goes to the server and nowhere else, also when everything goes wrong."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from cli.calls import Calls, two_tables
from fix_project import ProjectFolder

MakeCalls = Callable[..., Calls]
CANARY = "c4n4ry p@ss:w/o#r%d?é'\\"
FORMS = (CANARY, quote(CANARY, safe=""), quote(CANARY), "c4n4ry")


@pytest.fixture
def canary_url(postgres_url: str) -> Iterator[str]:
    """The database, for an owner whose password holds every mark that a URL knows."""
    role = f"owner_{postgres_url[-6:]}"
    database = postgres_url.rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        password = connection.execute("SELECT quote_literal(%s)", [CANARY]).fetchall()[0][0]
        for statement in (
            f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD {password}", f"ALTER DATABASE {database} OWNER TO {role}",
            f"ALTER SCHEMA public OWNER TO {role}",
        ):  # fmt: skip
            connection.execute(statement.encode())
    host = urlsplit(postgres_url).netloc.rpartition("@")[2]
    yield f"postgresql://{role}:{quote(CANARY, safe='')}@{host}/{database}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"REASSIGN OWNED BY {role} TO {connection.info.user}".encode())
        connection.execute(f"DROP OWNED BY {role}".encode())
        connection.execute(f"DROP ROLE {role}".encode())


@pytest.fixture
def shop(calls: MakeCalls, canary_url: str, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """A project that takes the URL from a variable, so that no file of it holds the password."""
    shop = calls("unused")
    (shop.shop.path / "neoron.toml").write_text('[environments.dev]\nurl_env = "SHOP_URL"\n')
    monkeypatch.setenv("SHOP_URL", canary_url)
    return two_tables(Calls(ProjectFolder(shop.shop.path, canary_url), shop.read))


class CommandLines(threading.Thread):
    """Reads the command lines of all processes, again and again, until it is stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.is_over = threading.Event()
        self.seen: set[str] = set()

    def run(self) -> None:
        while not self.is_over.wait(0.002):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue


def _hits(text: str) -> list[str]:
    return [form for form in FORMS if form in text]


def _files(folder: Path) -> str:
    return "\n".join(f.read_bytes().decode(errors="replace") for f in sorted(folder.rglob("*")) if f.is_file())


def test_the_password_is_in_no_output_file_table_or_process(shop: Calls, canary_url: str) -> None:
    """After every kind of run, good and bad, the password is in no output, file, table or process list."""
    lines = CommandLines()
    lines.start()
    outputs = []
    for words in (
        "database update 20260101000000", "deploy", "database status", "migrations list", "verify", "preflight",
        "backup list", "backup verify", "rollback", "rollback --yes", "database update --dry-run",
        "migrations script", "database drop",
    ):  # fmt: skip
        for flags in ((), ("--json", "-v")):
            ran = shop.run(*flags, *words.split())
            assert ran.exit_code in (0, 1, 10), ran
            outputs.append(ran.output)
    shop.shop.sql("20260103000000", "wrong", "SELECT no_such_thing;", "")
    outputs.append(shop.run("deploy").output)
    lines.is_over.set()
    lines.join()
    with psycopg.connect(canary_url) as connection:
        rows = [
            str(connection.execute(f"SELECT * FROM {table}".encode()).fetchall())
            for table in ("neoron_history", "neoron_journal")
        ]
    assert "pg_dump" in "".join(lines.seen), "the backup was not seen"
    kept = shop.shop.path / ".neoron"
    assert len(list((kept / "reports").glob("*.html"))) >= 3
    assert _hits("\n".join([*outputs, *rows, *lines.seen, _files(shop.shop.path)])) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("@127.0.0.1", "@no-such-host.invalid"), (":c4n4ry", ":xc4n4ry"), ("/t_", "/no_t_"), ("postgresql:", "postgre:")],
    ids=["unknown host", "wrong password", "missing database", "wrong scheme"],
)
def test_the_password_is_in_no_failure_to_connect(
    shop: Calls, canary_url: str, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    """A connection that fails, for whatever reason and with -v, shows no part of the password."""
    monkeypatch.setenv("SHOP_URL", canary_url.replace(before, after))
    for words in ("database status", "deploy", "backup create", "verify", "migrations list"):
        for flags in ((), ("-v",), ("--json",)):
            ran = shop.run(*flags, *words.split())
            assert _hits(ran.output) == [], ran
            assert ran.exit_code in (0, 64, 69)


def test_the_password_of_a_failing_command_is_not_shown(calls: MakeCalls, sqlite_url: str, tmp_path: Path) -> None:
    """What `url_command` wrote before it failed is not repeated."""
    shop = calls(sqlite_url)
    program = tmp_path / "vault"
    program.write_text("#!/bin/sh\necho c4n4ry; echo c4n4ry >&2; exit 3\n")
    program.chmod(0o755)
    (shop.shop.path / "neoron.toml").write_text(f'[environments.dev]\nurl_command = ["{program}", "c4n4ry"]\n')
    ran = shop.run("database", "status")
    assert ran.exit_code == 64
    assert "gave no URL (exit code 3)" in ran.stderr
    assert _hits(ran.output) == []


def test_an_adopted_url_with_a_password_stays_in_one_file(calls: MakeCalls, sqlite_url: str, tmp_path: Path) -> None:
    """`neoron init` beside an alembic.ini never copies a password into a second file."""
    shop = calls(sqlite_url)
    folder = tmp_path / "old"
    (folder / "alembic" / "versions").mkdir(parents=True)
    url = f"postgresql://app:{quote(CANARY, safe='').replace('%', '%%')}@db/shop"
    (folder / "alembic.ini").write_text(f"[alembic]\nscript_location = alembic\nsqlalchemy.url = {url}\n")
    ran = shop.run("init", str(folder))
    assert ran.exit_code == 0, ran
    text = (folder / "neoron.toml").read_text()
    assert 'url_env = "DATABASE_URL"' in text
    assert _hits(ran.output + text) == []
    assert os.listdir(folder / "alembic" / "versions") == []
