"""Checksums over what a migration means, not over how its file is laid out."""

from __future__ import annotations

import hashlib
import io
import tokenize

from neoron.model.migration import Form, Migration, Section
from neoron.sql.canonical import canonical

_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
_SHAPE = {tokenize.NEWLINE: "\n", tokenize.INDENT: "{", tokenize.DEDENT: "}"}


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
    parts = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _LAYOUT:
            parts.append(_SHAPE.get(token.type, token.string))
    return "".join(parts)


def text_digest(texts: tuple[str, ...]) -> str:
    """SHA-256 over statement texts: what a half-way migration has already run."""
    return hashlib.sha256("\n;\n".join(texts).encode()).hexdigest()
