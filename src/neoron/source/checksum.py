"""Checksums over what a migration means, not over how its file is laid out."""

from __future__ import annotations

import hashlib
import re

from neoron.model.migration import Form, Migration, Section
from neoron.sql.canonical import canonical

# Our own tokens, not `tokenize`: its cut of f-strings differs between Python versions, and it takes ten times as long.
_PYTHON = re.compile(
    r'''
    (?P<string> (?i:[rbuft]{0,2}) (?: """ (?:[^\\"]|\\.|"(?!""))* """ | \'\'\' (?:[^\\']|\\.|\'(?!\'\'))* \'\'\'
                | "(?:[^"\\\n]|\\.)*" | \'(?:[^\'\\\n]|\\.)*\' ) )
    | (?P<layout> \#[^\n]* | \\\r?\n | [ \t\f\r]+ )
    | (?P<line> \n[ \t]* )
    | (?P<rest> \w+ | . )
    ''',
    re.VERBOSE | re.DOTALL,
)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def checksum(migration: Migration, up: Section, down: Section, dialect: str) -> str:
    """SHA-256 over the statements (`.sql`) or the tokens (`.py`): layout, comments and a BOM do not count.

    Shape: a `.py` file has one checksum for all engines and Python versions.
    """
    if migration.form is Form.PYTHON:
        return hashlib.sha256(_python_tokens(migration.text).encode()).hexdigest()
    lines = []
    for section in (up, down):
        lines += [f"-- {section.in_transaction}", *(canonical(s.text, dialect) for s in section.statements)]
    return hashlib.sha256("\n;\n".join(lines).encode()).hexdigest()


def _python_tokens(text: str) -> str:
    """The tokens without comments, blank lines and spacing; blocks are braces, whatever their indentation."""
    parts: list[str] = []
    blocks = [0]
    depth = 0
    width: int | None = None
    for match in _PYTHON.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "line":
            width = len(token.expandtabs()) - 1 if depth == 0 else None
        elif kind != "layout":
            if width is not None:
                parts += _line_start(blocks, width) if parts else ""
                width = None
            depth += (token in _OPENING) - (token in _CLOSING)
            parts.append(token)
    return "".join(parts)


def _line_start(blocks: list[int], width: int) -> str:
    ended = 0
    while width < blocks[-1]:
        blocks.pop()
        ended += 1
    if width > blocks[-1]:
        blocks.append(width)
        return "\n{"
    return "\n" + "}" * ended
