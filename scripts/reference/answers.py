"""The JSON that every command gives, read off real runs on a small demo project."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from neoron.cli import main

ROWS = "40"
FAILED = "a run that failed"
# Their keys are names of files, not of fields.
MAPS = ("columns", "files", "sealed", "sha256", "writes")
SETTINGS_OF_THE_USER = ("DATABASE_URL", "NEORON_ENV", "NEORON_URL")


class Failed(Exception):
    """A command of the walk ended otherwise than it should."""


@cache
def answers() -> dict[str, Any]:
    """Command -> the `result` of its JSON."""
    with tempfile.TemporaryDirectory(prefix="neoron-docs-") as made, _own_settings():
        return dict(_walk(Path(made)))


def _walk(made: Path) -> Iterator[tuple[str, Any]]:
    shop = made / "demo"
    migrations = shop / "migrations"
    at = ("--project", str(shop))
    yield "init", _result("init", str(made / "new"))
    yield "demo", _result("demo", str(shop), "--rows", ROWS)
    for words in ("migrations list", "migrations script", "migrations check", "database status", "preflight",
                  "backup create", "backup list", "backup verify", "verify"):  # fmt: skip
        yield words, _result(*words.split(), *at)
    yield "backup prune", _result("backup", "prune", "--keep", "1", "--dry-run", *at)
    yield "data export", _result("data", "export", "Messages", "-o", str(made / "messages.json"), *at)
    yield "review", _review(made)
    yield "completion", _result("completion", "bash")
    yield "rollback", _result("rollback", "--yes", *at)
    yield "stash list", _result("stash", "list", *at)
    yield "stash purge", _result("stash", "purge", "--older-than", "0d", "--yes", *at)
    yield "database update --dry-run", _result("database", "update", "--dry-run", *at)
    yield "deploy", _result("deploy", *at)
    _write_row(shop)
    yield "restore", _result("restore", "latest", "--yes", *at)
    yield "migrations add", _result("migrations", "add", "notes", "--empty", *at)
    _result("migrations", "remove", *at)
    notes = _write(migrations, "20250101000000_notes.sql", "CREATE TABLE notes (id INTEGER)", "DROP TABLE notes")
    yield "database update", _result("database", "update", *at)
    notes.write_text(notes.read_text().replace("id INTEGER", "id BIGINT"))
    yield "migrations accept", _result("migrations", "accept", "notes", *at)
    yield from _two_heads(migrations, at)
    yield from _doubt(shop, migrations, at)
    yield "database drop", _result("database", "drop", "--yes", *at)


def _write_row(shop: Path) -> None:
    """Something that the restore loses."""
    with contextlib.closing(sqlite3.connect(shop / "message_store.db")) as database:
        database.execute("CREATE TABLE by_hand (id INTEGER)")


def _review(made: Path) -> Any:
    file = made / "risky.sql"
    file.write_text("DROP TABLE orders;\n")
    return _result("review", "--file", str(file), "--engine", "postgresql", exit_code=1)


def _two_heads(migrations: Path, at: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for name in ("20250201000000_left.sql", "20250301000000_right.sql"):
        text = f"CREATE TABLE {name[:-4]} (id INTEGER)".replace(" 2", " t2")
        _write(migrations, name, text, "", "-- migrate:parent 20250101000000\n")
    yield "migrations merge", _result("migrations", "merge", *at)
    yield "migrations remove", _result("migrations", "remove", *at)
    (migrations / "20250301000000_right.sql").unlink()


def _doubt(shop: Path, migrations: Path, at: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """A run that died inside a statement outside a transaction, as its history row would show it."""
    _write(migrations, "20250401000000_vacuum.sql", "VACUUM;\nALTER TABLE absent ADD COLUMN x", "")
    yield FAILED, _result("database", "update", *at, exit_code=21)
    with contextlib.closing(sqlite3.connect(shop / "message_store.db")) as database:
        database.execute("UPDATE neoron_history SET step_attempted = 2 WHERE progress = 'applying'")
        database.commit()
    yield "database resolve", _result("database", "resolve", "--again", *at)


def _write(folder: Path, name: str, up: str, down: str, head: str = "") -> Path:
    file = folder / name
    file.write_text(f"{head}-- migrate:up\n{up};\n-- migrate:down\n{down}\n")
    return file


def _result(*words: str, exit_code: int = 0) -> Any:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        code = main(["--json", *words])
    answer = json.loads(printed.getvalue())
    if code != exit_code:
        raise Failed(f"neoron {' '.join(words)} ended with {code}: {answer['error']}")
    return answer["result"]


@contextlib.contextmanager
def _own_settings() -> Iterator[None]:
    """Nothing of the user's settings reaches in, and no module of the demo project stays loaded."""
    kept = {name: os.environ.pop(name) for name in SETTINGS_OF_THE_USER if name in os.environ}
    loaded = set(sys.modules)
    try:
        yield
    finally:
        os.environ.update(kept)
        for name in set(sys.modules) - loaded:
            if name.partition(".")[0] == "message_store":
                del sys.modules[name]


def merged(values: Sequence[Any]) -> Any:
    """One value that has the fields of all."""
    is_list = any(isinstance(value, list) for value in values)
    values = [value for value in values if value not in (None, [])]
    if not values:
        return [] if is_list else None
    if isinstance(values[0], dict):
        names = dict.fromkeys(name for value in values for name in value)
        return {name: merged([value[name] for value in values if name in value]) for name in names}
    return [merged([item for value in values for item in value])] if isinstance(values[0], list) else values[0]


def shown(result: Any) -> str:
    """The fields of a result as a block of text."""
    text = textwrap.fill(_fields(result), 110, break_long_words=False, break_on_hyphens=False)
    return f"```text\n{text}\n```"


def _fields(value: dict[str, Any]) -> str:
    return ", ".join(_field(name, item) for name, item in value.items())


def _field(name: str, value: Any) -> str:
    if name in MAPS and isinstance(value, dict):
        return f"{name}{{}}"
    if isinstance(value, dict):
        return f"{name} {{{_fields(value)}}}"
    if isinstance(value, list):
        item = merged(value)
        return f"{name}[] {{{_fields(item)}}}" if isinstance(item, dict) else f"{name}[]"
    return name
