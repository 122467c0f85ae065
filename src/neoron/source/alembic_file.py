"""Alembic revision files: the header read as text, without importing Alembic or running the file.

Not here: their statements, which `compile_python.py` gets by running them against a recorder.
"""

from __future__ import annotations

import ast
import re

from neoron.errors import SourceError
from neoron.model.migration import Form, Migration, Version

_ASSIGNMENT = re.compile(r"^(revision|down_revision)\s*(?::[^=\n]+)?=\s*(.+?)\s*(?:#.*)?$", re.MULTILINE)
_SIMPLE = re.compile(r"""None|"[^"\\]*"|'[^'\\]*'""")
_FILE_NAME = re.compile(r"(?:.*/)?(?P<stem>[^/]+)\.py$")


def read_header(path: str, text: str, file_digest: str) -> Migration:
    """One revision file as a migration.

    Raises: SourceError when it is not Python, or assigns no `revision`.
    """
    found = dict(_ASSIGNMENT.findall(text))
    if not all(_SIMPLE.fullmatch(value) for value in found.values()) or "revision" not in found:
        found = _parse(path, text)
    revision = _literal(path, found.get("revision", "None"))
    if not isinstance(revision, str) or not revision:
        raise SourceError(
            "no `revision = \"…\"` in it, so it is not an Alembic revision file",
            where=path, next="add the line, or move the file outside the migrations folder",
        )  # fmt: skip
    down = _literal(path, found.get("down_revision", "None"))
    parents = (down,) if isinstance(down, str) else tuple(down or ())
    return Migration(revision, _name(path, revision), path, Form.PYTHON, parents, file_digest, text)


def _name(path: str, revision: Version) -> str:
    match = _FILE_NAME.match(path)
    stem = match.group("stem") if match else path
    return stem.removeprefix(f"{revision}_").removeprefix(revision) or stem


def _literal(path: str, source: str) -> str | tuple[str, ...] | None:
    if source in ("None", "none"):
        return None
    if _SIMPLE.fullmatch(source):
        return source[1:-1]
    try:
        value = ast.literal_eval(source)
    except (ValueError, SyntaxError):
        raise SourceError("`revision` and `down_revision` must be plain texts", where=path) from None
    return tuple(value) if isinstance(value, (tuple, list, set)) else value


def _parse(path: str, text: str) -> dict[str, str]:
    """The same two assignments by the real grammar: for values over several lines, or text inside a string."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise SourceError(f"not valid Python: {error.msg}", where=f"{path}:{error.lineno or 1}") from None
    found: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                found[target.id] = ast.unparse(node.value)
    return found
