"""What the text of dynamic SQL says: strings put together from literals, variables and what only the server knows."""

from __future__ import annotations

import re
from collections.abc import MutableMapping

from neoron.sql.lexer import Kind
from neoron.sql.reading.tsql.cursor import Cursor, string_value, word_set

HOLE = "neoron_dynamic"
"""Stands for what is only known at run time, such as a name."""
_FIRST = word_set(
    """CAST TRY_CAST LTRIM RTRIM TRIM UPPER LOWER STUFF STRING_AGG LEFT
    SUBSTRING"""
)
_PLACE = re.compile(r"%[-+ #0-9.]*[sdiuxXo]")
_BLANKS = frozenset({"CHAR", "NCHAR", "SPACE", "REPLICATE"})
_MAX_TEXTS = 4
_MAX_CHARS = 200_000
_MAX_DEPTH = 20

Texts = tuple[str, ...]
"""What a variable may hold, one text per way through the batch."""
Variables = MutableMapping[str, Texts]


def texts_of(cursor: Cursor, variables: Variables, depth: int = 0) -> Texts:
    """What an expression may say; empty when no part of it is known."""
    found: list[str] = [""]
    is_known = False
    for part in cursor.cut("+"):
        # In front there may stand what was collected so far: a text of its own, and not a part of a word.
        unknown = "" if found == [""] and part.kind() is Kind.PARAMETER else HOLE
        options = _part(part, variables, depth)
        is_known = is_known or bool(options)
        found = [a + b for a in found for b in (options or (unknown,))][:_MAX_TEXTS]
    return tuple(text[:_MAX_CHARS] for text in found) if is_known else ()


def _part(part: Cursor, variables: Variables, depth: int) -> Texts:
    if depth > _MAX_DEPTH or part.is_done:
        return ()
    if part.kind() is Kind.STRING:
        return (string_value(part.raw()),)
    if part.kind() is Kind.PARAMETER:
        return variables.get(part.raw().lower(), ())
    word = part.word()
    if word == "(":
        inner = part.inner()
        return _query(inner) if inner.word() == "SELECT" else texts_of(inner, variables, depth + 1)
    if word == "CASE":
        return _query(part)
    return _call(part, word, variables, depth)


def _call(part: Cursor, word: str, variables: Variables, depth: int) -> Texts:
    if part.word(1) != "(":
        return ()
    part.at += 1
    arguments = part.inner().cut(",")
    if word == "QUOTENAME":
        inside = texts_of(arguments[0], variables, depth + 1) or (HOLE,)
        return tuple(f"[{text}]" for text in inside)
    if word in ("CONCAT", "CONCAT_WS"):
        return _joined(arguments, variables, depth)
    if word in ("CONVERT", "TRY_CONVERT") and len(arguments) > 1:
        return texts_of(arguments[1], variables, depth + 1)
    if word in _BLANKS:
        return (" ",)
    if word in ("STUFF", "STRING_AGG") and arguments[0].word() == "(":
        return _query(arguments[0].inner())
    if word == "REPLACE" and len(arguments) > 2:
        return _replaced(arguments, variables, depth)
    if word == "FORMATMESSAGE":
        return _filled(arguments, variables, depth)
    if word in ("COALESCE", "ISNULL"):
        found = (texts_of(argument, variables, depth + 1) for argument in arguments)
        return next((texts for texts in found if texts), ())
    return texts_of(arguments[0], variables, depth + 1) if word in _FIRST else ()


def _replaced(arguments: list[Cursor], variables: Variables, depth: int) -> Texts:
    """REPLACE (text, from, to); what takes the place may be known at run time only."""
    texts, old, new = (texts_of(argument, variables, depth + 1) for argument in arguments[:3])
    return tuple(text.replace(old[0], new[0] if new else HOLE) for text in texts) if old and old[0] else texts


def _filled(arguments: list[Cursor], variables: Variables, depth: int) -> Texts:
    """FORMATMESSAGE (text, value, …)."""
    texts = texts_of(arguments[0], variables, depth + 1)
    values = [next(iter(texts_of(argument, variables, depth + 1)), HOLE) for argument in arguments[1:]]
    found = []
    for text in texts:
        parts = _PLACE.split(text)
        filled = [*values, *[HOLE] * len(parts)]
        found.append("".join(a + b for a, b in zip(parts, [*filled[: len(parts) - 1], ""], strict=True)))
    return tuple(found)


def _joined(arguments: list[Cursor], variables: Variables, depth: int) -> Texts:
    found = [texts_of(argument, variables, depth + 1) for argument in arguments]
    if not any(found):
        return ()
    return ("".join(options[0] if options else HOLE for options in found),)


def _query(cursor: Cursor) -> Texts:
    """The literals of a query or CASE in their order; what follows FROM says which rows, not what is said."""
    text = _with_holes(cursor)
    return (text,) if text.strip() else ()


def _with_holes(cursor: Cursor) -> str:
    """The literals of the part in front of FROM, with a hole for each name between two `+`."""
    made, is_literal_last, depth, stop = "", True, 0, None
    for at, (word, token) in enumerate(zip(cursor.words, cursor.source, strict=True)):
        depth += (word == "(") - (word == ")")
        if stop is not None and depth < stop:
            stop = None
        if word == "FROM" and stop is None:
            stop = depth
        if stop is not None:
            continue
        if token.kind is Kind.STRING:
            made += string_value(token.text)
            is_literal_last = True
        elif is_literal_last and at and cursor.words[at - 1] == "+":
            made += HOLE
            is_literal_last = False
    return made


def assign(variables: Variables, name: str, texts: Texts, *, adds: bool, may_not_run: bool) -> None:
    """Remember what a variable says now, and what it says without the assignment when that may not run.

    Changes: variables.
    """
    name = name.lower()
    old = variables.get(name, ())
    new = tuple(a + b for a in old or ("",) for b in texts or (HOLE,)) if adds else texts
    if adds and not texts and not old:
        new = ()
    both = (*old, *new) if may_not_run else new
    variables[name] = tuple(dict.fromkeys(both))[:_MAX_TEXTS]
