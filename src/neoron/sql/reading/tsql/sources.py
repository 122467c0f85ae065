"""What FROM names: tables, queries and functions, how they are called, and what joins them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from neoron.sql.lexer import Kind
from neoron.sql.parts import Name
from neoron.sql.reading.tsql.cursor import Cursor

_FROM_ENDS = ("WHERE", "OPTION", "GROUP", "ORDER", "HAVING", "FOR", "UNION", "EXCEPT", "INTERSECT")
_JOINS = ("JOIN", "APPLY", ",")
_JOIN_WORDS = ("INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "LOOP", "HASH", "MERGE", "REMOTE")
_NO_ALIAS = frozenset(
    {*_FROM_ENDS, *_JOIN_WORDS, "JOIN", "APPLY", "ON", "WITH", "SET", "PIVOT", "UNPIVOT", "TABLESAMPLE"}
)


@dataclass(slots=True)
class Source:
    """A table in FROM: its name, how it is called there, and whether all of its rows are kept without a match."""

    table: Name
    alias: str
    is_outer: bool = False
    is_preserved: bool = False
    has_top: bool = False
    on: Cursor | None = None
    query: Cursor | None = None
    is_function: bool = False


@dataclass(slots=True)
class From:
    """Everything that FROM names."""

    sources: list[Source] = field(default_factory=list)

    def called(self, name: Name) -> Source | None:
        """The source that a name means, by its alias or by itself."""
        by_alias = (s for s in self.sources if not name.schema and s.alias == name.name)
        by_name = (s for s in self.sources if s.table.name == name.name and (
            s.table.schema == name.schema or not (s.table.schema and name.schema)
        ))  # fmt: skip
        return next(by_alias, None) or next(by_name, None)


Ctes = Mapping[str, Cursor]


def read_from(cursor: Cursor, ctes: Ctes) -> From:
    """FROM a, b JOIN c ON …, up to WHERE and the like; the cursor ends there."""
    found = From()
    start = cursor.at
    cursor.seek(*_FROM_ENDS)
    part = cursor.piece(start, cursor.at)
    is_left = is_right = False
    while not part.is_done:
        word = part.word()
        if word in _JOIN_WORDS or word in _JOINS:
            is_left, is_right = (is_left or word in ("LEFT", "FULL")), (is_right or word in ("RIGHT", "FULL"))
            part.at += 1
            continue
        if word == "ON":
            part.at += 1
            begin = part.at
            part.seek("ON", *_JOINS, *_JOIN_WORDS)
            if found.sources:
                found.sources[-1].on = part.piece(begin, part.at)
            continue
        before = part.at
        source = _source(part, ctes)
        source.is_outer, source.is_preserved = is_left, is_right
        if is_left:
            for earlier in found.sources:
                earlier.is_preserved = True
        found.sources.append(source)
        is_left = is_right = False
        part.at += part.at == before
    return found


def _source(part: Cursor, ctes: Ctes) -> Source:
    """A table, a query in parentheses, or a function, with its alias."""
    if part.word() == "(":
        query = part.inner()
        source = Source(Name("a query"), "", query=query, has_top="TOP" in query.words[:3])
        if query.word() == "VALUES":
            source.has_top = True
    else:
        table = part.object_name()
        cte = ctes.get(table.name) if not table.schema else None
        source = Source(table, table.name, has_top=cte is not None and "TOP" in cte.words[:3])
        if part.word() == "(" and part.word(1) != "NOLOCK":
            source.is_function = True
            part.skip_call()
            if part.word() == "WITH" and part.word(1) == "(":  # OPENJSON (…) WITH (columns) AS name
                part.at += 1
                part.skip_call()
    part.skip("FOR", "SYSTEM_TIME")
    part.skip("AS")
    if part.kind() in (Kind.WORD, Kind.IDENTIFIER) and part.word() not in _NO_ALIAS:
        source.alias = part.one_name()
        part.skip_call()
    if part.skip("WITH"):
        part.skip_call()
    return source
