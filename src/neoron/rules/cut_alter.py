"""An ALTER TABLE taken apart into its head and its clauses."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.sql.lexer import Kind, Token, tokens

_OPTIONAL = ("IF", "EXISTS", "ONLY")


@dataclass(frozen=True, slots=True)
class Cut:
    """`ALTER TABLE name`, and what follows it between top-level commas, as written."""

    head: str
    clauses: tuple[str, ...]


def cut_alter(statement: str, dialect: str) -> Cut | None:
    """The parts of an ALTER TABLE; None for any other statement."""
    found = [t for t in tokens(statement, dialect) if t.kind is not Kind.COMMENT]
    words = [t.text.upper() for t in found]
    if words[:2] != ["ALTER", "TABLE"]:
        return None
    at = 2
    while at < len(words) and words[at] in _OPTIONAL:
        at += 1
    at += 1
    while at + 1 < len(words) and words[at] == ".":
        at += 2
    at += at < len(words) and words[at] == "*"
    if at >= len(found):
        return None
    return Cut(statement[: _end(found[at - 1])], tuple(_clauses(statement, found[at:])))


def _clauses(statement: str, found: list[Token]) -> list[str]:
    clauses: list[str] = []
    depth, first = 0, 0
    for number, token in enumerate(found):
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if token.text == "," and not depth:
            clauses.append(statement[found[first].start : _end(found[number - 1])])
            first = number + 1
    return [*clauses, statement[found[first].start : _end(found[-1])]] if first < len(found) else clauses


def _end(token: Token) -> int:
    return token.start + len(token.text)
