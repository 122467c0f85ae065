"""The safe form of a risky T-SQL statement: WITH NOCHECK and a check apart, or ONLINE = ON where the edition has it."""

from __future__ import annotations

from typing import cast

from neoron.rules.editions_sqlserver import has_enterprise
from neoron.rules.remedy import Part, Phase, Remedy
from neoron.sql.actions import AddConstraint
from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.quote import quote_identifier

_BEHIND = ("ON", "FILESTREAM_ON")
_BRANCH = "it stands in a branch or a block: write its safe form there by hand"


def checked_apart(part: Part) -> Remedy | str:
    """A FOREIGN KEY or CHECK: added WITH NOCHECK, and its rows looked at by a statement of its own.

    Source: Microsoft Learn, ALTER TABLE (Transact-SQL), WITH CHECK | WITH NOCHECK.
    """
    action = cast(AddConstraint, part.action)
    if not action.constraint.name:
        return "it has no name to be checked by: write ADD CONSTRAINT name"
    found = _read(part.statement)
    words = [t.text.upper() for t in found]
    if words[:2] != ["ALTER", "TABLE"]:
        return _BRANCH
    if _top(found, ",") or "ADD" not in words:
        return "it does more than one thing: give the constraint a statement of its own"
    at = words.index("ADD")
    start = at - 2 if words[at - 2 : at] == ["WITH", "CHECK"] else at
    head = part.statement[: found[start].start].rstrip()
    name = quote_identifier(action.constraint.name, "mssql")
    return Remedy(
        instead=(f"{head} WITH NOCHECK {part.statement[found[at].start :]}",),
        then=(Phase(scans=(f"{head} WITH CHECK CHECK CONSTRAINT {name}",)),),
    )  # fmt: skip


def built_online(part: Part) -> Remedy | str:
    """ONLINE = ON among the options of an index, a key or a rebuild.

    Source: Microsoft Learn, CREATE INDEX (Transact-SQL), ALTER INDEX (Transact-SQL), index_option (Transact-SQL).
    """
    if not has_enterprise(part.scene):
        return f"ONLINE = ON is refused by the {part.scene.edition} edition; do it at a quiet time"
    found = _read(part.statement)
    words = [t.text.upper() for t in found]
    if words[0] not in ("CREATE", "ALTER"):
        return _BRANCH
    if "ONLINE" in words:
        return "it says ONLINE = OFF itself"
    if _top(found, ","):
        return "it does more than one thing: give each a statement of its own"
    if words[0] == "ALTER" and "REBUILD" in words and words[:2] == ["ALTER", "TABLE"] and "PARTITION" in words:
        return "a rebuild of partitions is to be looked at by hand"
    return Remedy(instead=(_with_online(part.statement, found),))


def _with_online(statement: str, found: list[Token]) -> str:
    depth, seen_list = 0, False
    for number, token in enumerate(found):
        word = token.text.upper()
        if not depth and word == "WITH" and number + 1 < len(found) and found[number + 1].text == "(":
            at = found[number + 1].start + 1
            return f"{statement[:at]}ONLINE = ON, {statement[at:].lstrip()}"
        if not depth and seen_list and word in _BEHIND:
            return f"{statement[: token.start]}WITH (ONLINE = ON) {statement[token.start :]}"
        depth += (token.text == "(") - (token.text == ")")
        seen_list = seen_list or token.text == ")"
    last = found[-1]
    end = last.start + len(last.text)
    return f"{statement[:end]} WITH (ONLINE = ON){statement[end:]}"


def _top(found: list[Token], mark: str) -> bool:
    """Whether a mark stands outside parentheses."""
    depth = 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == mark and not depth:
            return True
    return False


def _read(text: str) -> list[Token]:
    return [t for t in tokens(text, "mssql") if t.kind is not Kind.COMMENT]
