"""A script in chunks, one for each statement, that together are the whole text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neoron.sql.lexer import Kind, tokens


@dataclass(frozen=True, slots=True)
class Chunk:
    """A statement with what belongs to it: lead is the white space and comments before it, tail its `;` and the
    comment behind that on the same line.
    """

    lead: str
    text: str
    tail: str

    @property
    def whole(self) -> str:
        """All of it, as written."""
        return self.lead + self.text + self.tail


def chunks(text: str, statements: Sequence[str], dialect: str) -> tuple[list[Chunk], str] | None:
    """The chunks of a text and what follows the last; None where a statement is not found as it was read."""
    found: list[Chunk] = []
    at = 0
    for statement in statements:
        start = text.find(statement, at)
        if start < 0:
            return None
        end = start + len(statement)
        stop = _tail_end(text, end, dialect)
        found.append(Chunk(text[at:start], statement, text[end:stop]))
        at = stop
    return found, text[at:]


def _tail_end(text: str, end: int, dialect: str) -> int:
    """Behind the `;` that follows, and behind a comment on its line."""
    stop = end
    for token in tokens(text, dialect, end):
        if token.text == ";" and stop == end:
            stop = token.start + 1
        elif token.kind is Kind.COMMENT:
            if stop > end and "\n" not in text[stop : token.start]:
                return token.start + len(token.text.rstrip("\n"))
        else:
            break
    return stop
