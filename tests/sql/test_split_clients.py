"""The engines' own clients cut scripts at the same places as we do: thousands of random scripts of nasty pieces."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nasty_scripts import SCRIPTS

from fix_mariadb_server import MariadbServer
from fix_postgres_server import PostgresServer
from neoron.sql.lexer import Kind, tokens
from neoron.sql.split import split

Record = Callable[[str, object], None]
QUICK, NIGHTLY, AT_ONCE = 300, 20_000, 500
MARK = "SELECT 'neoron mark'"
_PSQL_QUERY = re.compile(r"^\*{9} QUERY \*{10}\n(.*?)\n\*{26}\n", re.DOTALL | re.MULTILINE)
_MARIADB_QUERY = re.compile(r"^-{14}\n(.*?)\n-{14}\n", re.DOTALL | re.MULTILINE)


def solid(text: str, dialect: str) -> str:
    """The tokens of a statement, one blank between them, without comments and empty statements around it."""
    kept = [t.text for t in tokens(text.removeprefix("\ufeff"), dialect) if t.kind is not Kind.COMMENT]
    return " ".join(" ".join(kept).split()).strip("; ")


def ours(script: str, dialect: str) -> list[str]:
    """What we send of a script."""
    return [solid(statement.text, dialect) for statement in split(script, dialect)]


def parted(sent: Iterator[str], dialect: str) -> list[list[str]]:
    """What a client sent, script by script; a mark follows each of them."""
    scripts: list[list[str]] = [[]]
    for text in sent:
        if text.strip().startswith(MARK):
            scripts.append([])
        elif found := solid(text, dialect):
            scripts[-1].append(found)
    return scripts[:-1]


class Psql:
    """psql writes each query that it sends into its log file."""

    dialect = "postgresql"

    def __init__(self, server: PostgresServer) -> None:
        self.command = [server.bin_folder / "psql", "-X", "-q", "-o", os.devnull, server.url("postgres")]

    def cut(self, files: list[Path]) -> list[list[str]]:
        """What it sends of each file."""
        log = files[0].with_suffix(".log")
        log.unlink(missing_ok=True)  # psql appends
        turns = [word for file in files for word in ("-f", file, "-c", MARK)]
        subprocess.run([*self.command, "-L", log, *turns], stderr=subprocess.DEVNULL, check=False)
        return parted((m[1] for m in _PSQL_QUERY.finditer(log.read_text(encoding="utf-8"))), self.dialect)


class Mariadb:
    """mariadb -v shows each statement that it sends."""

    dialect = "mariadb"

    def __init__(self, server: MariadbServer) -> None:
        client = shutil.which("mariadb") or pytest.skip("the client mariadb is not installed")
        self.command = [client, "--no-defaults", "-h127.0.0.1", f"-P{server.port}", "-uneoron",
                        "--default-character-set=utf8mb4", "-v", "--force", "information_schema"]  # fmt: skip
        self.environment = {**os.environ, "MYSQL_PWD": server.password}

    def cut(self, files: list[Path]) -> list[list[str]]:
        """What it sends of each file."""
        turns = "".join(f"source {file}\n{MARK};\n" for file in files)
        ran = subprocess.run(
            self.command, input=turns.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment,
            check=False,
        )  # fmt: skip
        return parted((m[1] for m in _MARIADB_QUERY.finditer(ran.stdout.decode())), self.dialect)


class Sqlite:
    """sqlite3 shows each statement that it runs, with a `;` behind it."""

    dialect = "sqlite"

    def __init__(self) -> None:
        self.program = shutil.which("sqlite3") or pytest.skip("sqlite3 is not installed")

    def cut(self, files: list[Path]) -> list[list[str]]:
        """What it runs of each file."""
        turns = "".join(
            f".open :memory:\n.output {os.devnull}\n.trace {f}.log --plain\n.read {f}\n.trace off\n" for f in files
        )
        subprocess.run([self.program], input=turns.encode(), capture_output=True, check=False)
        return [self._cut(Path(f"{file}.log").read_bytes().decode()) for file in files]

    def _cut(self, traced: str) -> list[str]:
        return [found for part in traced.split(";\n") if (found := solid(part, self.dialect))]


def check(client: Psql | Mariadb | Sqlite, count: int, seed: int, folder: Path, record: Record) -> None:
    """Cut so many scripts, and compare with the client."""
    rng, wrong, statements = random.Random(seed), [], 0
    for start in range(0, count, AT_ONCE):
        texts = [SCRIPTS[client.dialect](rng) for _ in range(min(AT_ONCE, count - start))]
        files = [folder / f"{number}.sql" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8", newline="")
        for text, theirs in zip(texts, client.cut(files), strict=True):
            mine = ours(text, client.dialect)
            statements += len(mine)
            wrong += [(text, mine, theirs)] if mine != theirs else []
    record("figure", f"{client.dialect}: {count} scripts, {statements} statements, {len(wrong)} cut otherwise")
    assert not wrong, "\n".join(map(repr, wrong[0]))
    assert statements > count


@pytest.mark.parametrize("count", [QUICK, pytest.param(NIGHTLY, marks=pytest.mark.nightly)])
def test_psql_cuts_at_the_same_places(
    count: int, postgres_server: PostgresServer, tmp_path: Path, record_property: Record
) -> None:
    """psql sends the very statements that we split off."""
    check(Psql(postgres_server), count, count, tmp_path, record_property)


@pytest.mark.parametrize("count", [QUICK, pytest.param(NIGHTLY, marks=pytest.mark.nightly)])
def test_the_mariadb_client_cuts_at_the_same_places(
    count: int, mariadb_server: MariadbServer, tmp_path: Path, record_property: Record
) -> None:
    """mariadb sends the very statements that we split off, with and without DELIMITER."""
    check(Mariadb(mariadb_server), count, count, tmp_path, record_property)


@pytest.mark.parametrize("count", [QUICK, pytest.param(NIGHTLY, marks=pytest.mark.nightly)])
def test_the_sqlite3_client_cuts_at_the_same_places(count: int, tmp_path: Path, record_property: Record) -> None:
    """sqlite3 runs the very statements that we split off, bodies of triggers included."""
    check(Sqlite(), count, count, tmp_path, record_property)
