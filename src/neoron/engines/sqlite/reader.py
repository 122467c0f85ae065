"""What this engine has to know of a statement: its words, and the objects that come and go with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.quote import unquote_identifier

_OBJECTS = ("TABLE", "INDEX", "VIEW", "TRIGGER")
_TEMPORARY = ("TEMP", "TEMPORARY")
_PLAIN = re.compile(r"\s*([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Change:
    """An object that a statement makes, drops or renames; only a rename has a new name.

    Shape: verb is CREATE, DROP or RENAME; kind is table, index, view or trigger.
    """

    verb: str
    kind: str
    name: str
    new_name: str = ""


def words(statement: str, count: int) -> str:
    """The first words of a statement in upper case, comments and punctuation left out."""
    if count == 1 and (plain := _PLAIN.match(statement)):
        return plain.group(1).upper()
    found: list[str] = []
    for token in tokens(statement, "sqlite"):
        if token.kind is Kind.WORD:
            found.append(token.text.upper())
        elif token.kind is not Kind.COMMENT and token.text != ";":
            break
        if len(found) == count:
            break
    return " ".join(found)


@lru_cache(maxsize=4096)
def change(statement: str) -> Change | None:
    """The object that a statement makes, drops or renames for good; None for any other statement."""
    first = words(statement, 1)
    if first not in ("CREATE", "DROP", "ALTER"):
        return None
    found = _without_comments(statement, 16)
    upper = [token.text.upper() for token in found]
    kind = next((i for i, word in enumerate(upper[1:4], 1) if word in _OBJECTS), 0)
    if not kind or upper[1] in _TEMPORARY:
        return None
    at = kind + 1
    if upper[at : at + 1] == ["IF"]:
        at += 2 if upper[at + 1 : at + 2] == ["EXISTS"] else 3
    if upper[at + 1 : at + 2] == ["."]:
        if upper[at].strip('"') in _TEMPORARY:
            return None
        at += 2
    if at >= len(found):
        return None
    name = _name(found[at])
    if first != "ALTER":
        return Change(first, upper[kind].lower(), name)
    if upper[at + 1 : at + 3] == ["RENAME", "TO"] and at + 3 < len(found):
        return Change("RENAME", "table", name, _name(found[at + 3]))
    return None


def renamed_tables(statements: Sequence[str]) -> tuple[list[Change], list[Change]]:
    """The renames of a run of statements: those of a table rebuild, and those that are meant as renames.

    Shape: a rebuild drops a table and gives its name to the new one, or renames the old one away and creates
    its name again.
    """
    changes = [found for statement in statements if (found := change(statement))]
    rebuilds: list[Change] = []
    others: list[Change] = []
    for i, found in enumerate(changes):
        if found.verb == "RENAME":
            is_rebuild = _has(changes[:i], "DROP", found.new_name) or _has(changes[i:], "CREATE", found.name)
            (rebuilds if is_rebuild else others).append(found)
    return rebuilds, others


def _has(changes: Sequence[Change], verb: str, name: str) -> bool:
    return any(c.verb == verb and c.kind == "table" and c.name.lower() == name.lower() for c in changes)


def _without_comments(statement: str, count: int) -> list[Token]:
    found: list[Token] = []
    for token in tokens(statement, "sqlite"):
        if token.kind is not Kind.COMMENT:
            found.append(token)
        if len(found) == count:
            break
    return found


def _name(token: Token) -> str:
    return unquote_identifier(token.text, "sqlite")
