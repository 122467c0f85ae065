"""Scripts of `migrations script` on MariaDB: made, run by its client, and cut off anywhere through a driver."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from urllib.parse import urlsplit

from fix_oracle_mariadb import client_arguments, connect_mariadb
from fix_project import ProjectFolder, Ran
from neoron import Project
from neoron.sql.split import split


def script(folder: ProjectFolder, start: str, end: str, *, is_idempotent: bool = True, engine: str = "") -> str:
    """The text that `neoron migrations script` writes."""
    opened = Project.open(folder.path)
    return opened.migrations_script(start, end, is_idempotent=is_idempotent, engine=engine)


def run_by_client(url: str, text: str, *options: str) -> Ran:
    """Run a script by the engine's own client, with its default flags and these."""
    program = shutil.which("mariadb") or shutil.which("mysql")
    assert program, "the mariadb client was not found"
    words, environment = client_arguments(url)
    done = subprocess.run(
        [program, *words, *options, urlsplit(url).path.lstrip("/")], input=text, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def statements_of(text: str) -> list[str]:
    """The statements of a script, as a driver is given them."""
    return [statement.text for statement in split(text, "mariadb")]


def run_by_driver(url: str, statements: list[str]) -> None:
    """Send statements one by one over a connection of their own, which is closed with whatever is open in it."""
    with closing(connect_mariadb(url)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
