"""The tables of a FROM, UPDATE or USING, and how they are joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neoron.sql.lexer import Kind
from neoron.sql.parts import Name
from neoron.sql.reading.mysql.cursor import Cursor

_JOIN_WORDS = frozenset({
    "JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "OUTER", "NATURAL", "STRAIGHT_JOIN", "ON", "USING", "WHERE", "SET",
    "USE", "FORCE", "IGNORE", "ORDER", "GROUP", "LIMIT", "HAVING", "PARTITION", "FOR", "RETURNING", "WINDOW", "UNION",
    "INTO", "LOCK", "EXCEPT", "INTERSECT", "PROCEDURE", "FETCH", "OFFSET", "SELECT", "VALUES", "VALUE",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """A table among others: how it was joined to those before it, and where its ON stands.

    Shape: table is None for a query in parentheses; join is the words in front of it, `,` among them, empty for the
    first; on is the tokens of its condition from and to, equal where there is none; is_tied says USING or NATURAL.
    """

    table: Name | None
    alias: str
    join: str = ""
    on: tuple[int, int] = (0, 0)
    is_tied: bool = False

    @property
    def names(self) -> frozenset[str]:
        """What columns may be qualified with, without case."""
        return frozenset(n.lower() for n in (self.alias, self.table.name if self.table and not self.alias else "") if n)


def table_references(cursor: Cursor, end: int) -> list[Reference]:
    """Read tables from here up to the token at `end`."""
    found: list[Reference] = []
    join = ""
    while cursor.at < end:
        if cursor.word() == "(" and cursor.word(1) not in ("SELECT", "WITH", "VALUES", "TABLE", "("):
            inner_end = _closing(cursor)
            start = len(found)
            cursor.at += 1
            found += table_references(cursor, inner_end)
            if join and len(found) > start:
                first = found[start]
                found[start] = Reference(first.table, first.alias, join, first.on, first.is_tied)
            cursor.at = inner_end + 1
        else:
            found.append(_factor(cursor, join, end))
        on, is_tied = _tie(cursor, end)
        if found and (on[0] < on[1] or is_tied):
            last = found[-1]
            found[-1] = Reference(last.table, last.alias, last.join, on, is_tied)
        before = cursor.at
        join = _join(cursor, end)
        if cursor.at == before:
            cursor.at += 1
    return [r for r in found if r.table is None or r.table.name]


def _closing(cursor: Cursor) -> int:
    mark = cursor.at
    cursor.skip_parentheses()
    end, cursor.at = cursor.at - 1, mark
    return end


def _factor(cursor: Cursor, join: str, end: int) -> Reference:
    table = None
    cursor.skip("LATERAL")
    if cursor.word() == "(":
        cursor.skip_parentheses()
    else:
        table = cursor.object_name()
        if cursor.word() == "(" and table.name:
            cursor.skip_parentheses()  # JSON_TABLE(…) and the like
            table = None
    if cursor.skip("PARTITION"):
        cursor.skip_parentheses()
    if cursor.skip("FOR"):
        _skip_portion(cursor, end)
    is_named = cursor.skip("AS")
    alias = ""
    is_alias = cursor.is_kind(Kind.WORD, Kind.IDENTIFIER) and cursor.word() not in _JOIN_WORDS
    if cursor.at < end and (is_named or is_alias):
        alias = "".join(cursor.parts()[-1:])
        if cursor.word() == "(":
            cursor.skip_parentheses()
    while cursor.word() in ("USE", "FORCE", "IGNORE") and cursor.word(1) in ("INDEX", "KEY"):
        while cursor.at < end and cursor.word() != "(":
            cursor.at += 1
        cursor.skip_parentheses()
    return Reference(table, alias, join)


def _skip_portion(cursor: Cursor, end: int) -> None:
    """FOR PORTION OF p FROM a TO b, FOR SYSTEM_TIME … of MariaDB."""
    while cursor.at < end and cursor.word() not in ("AS", "JOIN", "LEFT", "RIGHT", "INNER", "WHERE", "SET", ","):
        cursor.at += 1


def _tie(cursor: Cursor, end: int) -> tuple[tuple[int, int], bool]:
    if cursor.skip("USING"):
        cursor.skip_parentheses()
        return (0, 0), True
    if not cursor.skip("ON"):
        return (0, 0), False
    start, depth = cursor.at, 0
    while cursor.at < end:
        word = cursor.word()
        depth += (word == "(") - (word == ")")
        is_join = word in ("JOIN", "INNER", "CROSS", "NATURAL", "STRAIGHT_JOIN", ",")
        if depth <= 0 and (is_join or (word in ("LEFT", "RIGHT") and cursor.word(1) != "(")):
            break
        cursor.at += 1
    return (start, cursor.at), False


def _join(cursor: Cursor, end: int) -> str:
    words = []
    while cursor.at < end and cursor.word() in (
        ",", "JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "OUTER", "NATURAL", "STRAIGHT_JOIN"
    ):  # fmt: skip
        words.append(cursor.word())
        cursor.at += 1
    return " ".join(words)


def untied(found: Sequence[Reference]) -> bool:
    """Whether some table is joined without a condition of its own."""
    return any(r.join and not r.is_tied and r.on[0] >= r.on[1] and "NATURAL" not in r.join for r in found)


def named(found: Sequence[Reference], name: Name) -> Reference | None:
    """The table that a target of DELETE names, by its alias or by its name."""
    wanted = name.name.lower()
    return next((r for r in found if wanted in r.names or (r.table and r.table.name.lower() == wanted)), None)
