"""Which suppressions stand at which statement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from neoron.sql.actions import Reading
from neoron.sql.lexer import Kind, tokens

_MARK = re.compile(r"neoron:\s*allow\b", re.IGNORECASE)
ALLOWING = re.compile(
    r"neoron:\s*allow\s+(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)(?:\s+because\s+(?P<reason>[^\n]*?))?\s*(?:\*/|$)",
    re.IGNORECASE | re.MULTILINE,
)


def with_allowed(text: str, dialect: str, found: Sequence[Reading]) -> list[Reading]:
    """The readings with the rules that comments in front of them, in them, or behind them on their line allow."""
    if not _MARK.search(text) or not found:
        return list(found)
    per: dict[int, list[tuple[str, str, int]]] = {}
    for token in tokens(text, dialect):
        if token.kind is Kind.COMMENT and _MARK.search(token.text):
            line = text.count("\n", 0, token.start) + 1
            per.setdefault(_owner(found, line), []).extend(allowed_in(token.text, line))
    return [replace(r, allowed=(*r.allowed, *per.get(n, ()))) for n, r in enumerate(found)]


def allowed_in(comment: str, line: int) -> list[tuple[str, str, int]]:
    """The rules that a comment allows, each with its reason (empty when none is given) and the comment's line."""
    allowed = []
    for match in ALLOWING.finditer(comment):
        at = line + comment.count("\n", 0, match.start())
        reason = (match["reason"] or "").strip()
        allowed += [(rule.strip().lower(), reason, at) for rule in match["rules"].split(",")]
    return allowed


def _owner(found: Sequence[Reading], line: int) -> int:
    """The statement that the line lies in or ends, otherwise the next one, otherwise the last."""
    for number, reading in enumerate(found):
        if line <= reading.line + reading.text.count("\n"):
            return number
    return len(found) - 1
