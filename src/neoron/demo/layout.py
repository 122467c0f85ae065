"""The demo project's files, copied out of the package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from neoron.errors import UsageError
from neoron.sql.quote import quote_identifier

_NAME = re.compile(rb'"(\w+)"')


def lay_out(folder: Path, *, dialect: str = "") -> list[Path]:
    """Copy the message store's project into a new or empty folder.

    Shape: the files written, in the order of their names; dialect, where given, is that of the target, in whose
    quotes the validations name their tables.
    Raises: UsageError when the folder is not empty, or is no folder; nothing was written then.
    """
    _refuse_what_is_in_the_way(folder)
    written = []
    for path, source in _project_files(files("neoron.demo") / "project", Path()):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        target.write_bytes(_quoted(content, dialect) if dialect and path.suffix == ".sql" else content)
        written.append(target)
    return written


def _quoted(content: bytes, dialect: str) -> bytes:
    """The names in standard quotes, which MySQL takes for texts, in the dialect's own."""
    return _NAME.sub(lambda name: quote_identifier(name[1].decode(), dialect).encode(), content)


def _refuse_what_is_in_the_way(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError("there is a file of that name", where=str(folder), next="neoron demo NEW_FOLDER")
    first = min(folder.iterdir(), default=None) if folder.exists() else None
    if first is not None:
        raise UsageError(
            f"the folder is not empty: it holds `{first.name}`", where=str(folder), next="neoron demo NEW_FOLDER"
        )


def _project_files(folder: Traversable, path: Path) -> Iterator[tuple[Path, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _project_files(entry, path / entry.name)
        elif entry.is_file() and not entry.name.endswith(".pyc"):
            yield path / entry.name, entry
