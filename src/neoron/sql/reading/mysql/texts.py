"""SQL that is put together in a script: the texts that an expression may make."""

from __future__ import annotations

from itertools import product

from neoron.sql.lexer import Kind
from neoron.sql.reading.mysql.cursor import Cursor, Source, folded

_HOLE = "neoron_hole"
_MAX_TEXTS = 6
_JOINS = ("CONCAT", "GROUP_CONCAT", "CONCAT_WS")
_CHOICES = ("IF", "IFNULL", "COALESCE", "NULLIF")
_WRAPS = ("TRIM", "LTRIM", "RTRIM", "CONVERT", "CAST", "LOWER", "UPPER")


def made(cursor: Cursor, source: Source, depth: int = 0) -> list[str]:
    """The texts that an expression may come to, with a name in each hole that is filled at run time.

    Shape: empty when nothing of it is written down.
    """
    if depth > 12 or cursor.is_done:
        return []
    parts = _cut(cursor, "||")
    if len(parts) > 1:
        return _joined([made(part, source, depth + 1) for part in parts])
    token = cursor.source[cursor.at]
    word = cursor.word()
    if token.kind is Kind.STRING:
        return [cursor.string()]
    if token.kind is Kind.PARAMETER or (token.kind is Kind.WORD and folded(token.text) in source.variables):
        known = (source.texts or {}).get(folded(token.text))
        return known.split("\0") if known else []
    if word == "(":
        return made(cursor.inside(), source, depth + 1)
    if word == "SELECT":
        cursor.at += 1
        ends = _cut(cursor, "FROM", "INTO", "WHERE", "LIMIT")
        return made(ends[0], source, depth + 1)
    if word == "CASE":
        return _case(cursor, source, depth)
    return _call(cursor, word, source, depth) if cursor.word(1) == "(" else []


def _call(cursor: Cursor, word: str, source: Source, depth: int) -> list[str]:
    cursor.at += 1
    items = cursor.inside().items()
    if word in _JOINS:
        if word == "GROUP_CONCAT":
            items = [_cut(item, "SEPARATOR", "ORDER")[0] for item in items]
        return _joined([made(item, source, depth + 1) for item in items])
    if word in _CHOICES:
        chosen = items[1:] if word == "IF" else items
        return [text for item in chosen for text in made(item, source, depth + 1)][:_MAX_TEXTS]
    return made(items[0], source, depth + 1) if word in _WRAPS and items else []


def _case(cursor: Cursor, source: Source, depth: int) -> list[str]:
    found = []
    for at, word in enumerate(cursor.words):
        if word in ("THEN", "ELSE"):
            found += made(cursor.part(at + 1, _end_of_branch(cursor, at + 1)), source, depth + 1)
    return found[:_MAX_TEXTS]


def _end_of_branch(cursor: Cursor, start: int) -> int:
    for at in range(start, len(cursor.words)):
        if cursor.words[at] in ("WHEN", "ELSE", "END"):
            return at
    return len(cursor.words)


def _joined(parts: list[list[str]]) -> list[str]:
    if not any(parts):
        return []
    choices = [part or [_HOLE] for part in parts]
    return ["".join(texts) for _number, texts in zip(range(_MAX_TEXTS), product(*choices), strict=False)]


def _cut(cursor: Cursor, *words: str) -> list[Cursor]:
    found, mark = [], cursor.at
    start = mark
    while cursor.find(*words):
        found.append(cursor.part(start, cursor.at - 1))
        start = cursor.at
    found.append(cursor.part(start))
    cursor.at = mark
    return found
