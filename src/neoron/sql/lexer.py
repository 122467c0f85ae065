"""Text -> tokens with their offsets; the tables are in dialects.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from neoron.sql.dialects import dialect_named

_COMMENT_EDGE = re.compile(r"/\*|\*/")


class Kind(StrEnum):
    """What a token is; UNFINISHED is a string, quoted name, comment or dollar quote that is never closed."""

    WORD = "word"
    IDENTIFIER = "identifier"
    STRING = "string"
    DOLLAR = "dollar"
    NUMBER = "number"
    PARAMETER = "parameter"
    PUNCTUATION = "punctuation"
    COMMENT = "comment"
    UNFINISHED = "unfinished"


class Token(NamedTuple):
    """One token, exactly as written, and the offset of its first character."""

    kind: Kind
    text: str
    start: int


_KINDS = {kind.value: kind for kind in Kind}


def tokens(text: str, dialect: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of any text, comments included and white space left out; never fails.

    Shape: start and end bound the part that is read, which is cut lazily; what is never closed comes last, as one
    UNFINISHED token up to the end.
    Raises: ValueError for an unknown dialect.
    """
    pattern = dialect_named(dialect).token
    at, stop = start, len(text) if end is None else end
    while at < stop:
        for match in pattern.finditer(text, at, stop):
            name = match.lastgroup
            if name == "space":
                continue
            if name == "unfinished":
                break
            yield Token(_KINDS[name or ""], match.group(), match.start())
        else:
            return
        at = nested_comment_end(text, match.start(), stop)
        kind = Kind.COMMENT if at else Kind.UNFINISHED
        at = at or stop
        yield Token(kind, text[match.start() : at], match.start())


def nested_comment_end(text: str, start: int, end: int) -> int:
    """Where the comment that opens at `start` ends, comments inside it included; 0 when there is none or no end."""
    if not text.startswith("/*", start):
        return 0
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start, end):
        depth += 1 if edge.group() == "/*" else -1
        if not depth:
            return edge.end()
    return 0
