"""Statements on rows: SELECT, INSERT, REPLACE, UPDATE, DELETE, LOAD DATA, TRUNCATE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neoron.sql.actions import (
    Action,
    Call,
    Delete,
    Insert,
    Load,
    ReadsOnly,
    ResetSequence,
    TableChange,
    Truncate,
    Unread,
    Update,
    Where,
)
from neoron.sql.lexer import Kind
from neoron.sql.parts import Name
from neoron.sql.reading.mysql.conditions import Bounds, bounds, is_tied
from neoron.sql.reading.mysql.cursor import Cursor, folded
from neoron.sql.reading.mysql.references import Reference, named, table_references, untied

_ENDS = ("WHERE", "ORDER", "LIMIT", "SET", "FROM", "USING", "RETURNING", "SELECT", "VALUES", "VALUE")
_KEYWORDS = frozenset({
    "IN", "VALUES", "VALUE", "AND", "OR", "NOT", "ON", "USING", "AS", "IF", "COUNT", "MAX", "MIN", "SUM", "AVG",
    "CONCAT", "NOW", "FROM", "JOIN", "WHERE", "SELECT", "SET", "BY", "ROW", "EXISTS", "COALESCE", "IFNULL", "OVER",
    "INTO", "KEY", "REPLACE", "INDEX", "PARTITION", "WITH", "UNION", "ALL", "ANY", "CHAR", "VARCHAR", "DECIMAL",
    "INTERVAL", "LIMIT",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sections:
    """Where the parts of a statement stand, by their first word: the token behind it, and its end."""

    spans: dict[str, tuple[int, int]]

    def of(self, word: str) -> tuple[int, int]:
        return self.spans.get(word, (0, 0))

    def first(self, end: int) -> int:
        """Where the first of them begins."""
        return min((start - 1 for start, _end in self.spans.values()), default=end)


def _sections(cursor: Cursor, *words: str) -> _Sections:
    found: list[tuple[str, int]] = []
    mark = cursor.at
    while not cursor.is_done:
        word = cursor.word()
        if word == "(":
            cursor.skip_parentheses()
            continue
        cursor.at += 1
        if word in words and word not in (w for w, _at in found):
            found.append((word, cursor.at))
    cursor.at = mark
    ends = [at - 1 for _word, at in found[1:]] + [len(cursor.words)]
    return _Sections({word: (at, end) for (word, at), end in zip(found, ends, strict=False)})


def calls(cursor: Cursor) -> Iterator[Action]:
    """The functions that a statement calls, for those that the script or the schema makes; SETVAL of a sequence."""
    seen = set()
    for at in range(cursor.at, len(cursor.words) - 1):
        word = cursor.words[at]
        if cursor.words[at + 1] != "(" or cursor.source[at].kind not in (Kind.WORD, Kind.IDENTIFIER):
            continue
        if word == "SETVAL":
            inner = cursor.part(at + 2)
            yield ResetSequence(name=inner.object_name(), offset=cursor.part(at).offset)
        elif word not in _KEYWORDS and word not in seen:
            seen.add(word)
            is_qualified = at > 1 and cursor.words[at - 1] == "."
            name = cursor.part(at - 2 if is_qualified else at).object_name()
            yield Call(name=Name(folded(name.name), name.schema), offset=cursor.part(at).offset)


def read_tables(cursor: Cursor) -> tuple[Name, ...]:
    """The tables behind FROM and JOIN, without the names of WITH."""
    found, own = [], set()
    for at, word in enumerate(cursor.words):
        if word == "AS" and at + 1 < len(cursor.words) and cursor.words[at + 1] == "(" and at:
            own.add(cursor.source[at - 1].text.strip("`").lower())
        if word in ("FROM", "JOIN", "STRAIGHT_JOIN") and at + 1 < len(cursor.words):
            found.append(cursor.part(at + 1).object_name())
    return tuple(name for name in found if name.name and name.name.lower() not in own)


def select(cursor: Cursor) -> Iterator[Action]:
    """SELECT, VALUES, TABLE, DO: what they call, nothing else changes."""
    yield from calls(cursor)
    yield ReadsOnly(verb=cursor.word() or "SELECT", tables=read_tables(cursor))


def with_query(cursor: Cursor) -> Iterator[Action]:
    """WITH … SELECT, UPDATE or DELETE."""
    while not cursor.is_done:
        if cursor.word() == "(":
            cursor.skip_parentheses()
        elif cursor.word() in _CHANGES:
            yield from _CHANGES[cursor.word()](cursor)
            return
        elif cursor.word() == "SELECT":
            break
        else:
            cursor.at += 1
    yield from select(cursor)


def _bounds(cursor: Cursor, spans: Sequence[tuple[int, int]], target: Reference, *, is_alone: bool) -> Bounds:
    """What the conditions of a statement, WHERE first, say of one of its tables."""
    variables = cursor.origin.variables if cursor.origin else frozenset()
    table = target.table.name if target.table else ""
    only = frozenset() if is_alone else target.names
    found = [bounds(cursor.part(a, b), table, variables, only) for a, b in spans if a < b]
    if len(found) < 2:
        return found[0] if found else Bounds()
    is_bounded = any(b.where is Where.BOUNDED for b in found)
    columns = tuple(c for b in found for c in b.columns)
    return Bounds(Where.BOUNDED if is_bounded else found[0].where, columns, any(b.has_limit for b in found))


def _is_joined(cursor: Cursor, found: list[Reference], one: Reference, where: tuple[int, int]) -> bool:
    if len(found) < 2 or not untied(found):
        return True
    spans = [where, *(r.on for r in found)]
    return is_tied(one.names, [cursor.part(a, b) for a, b in spans if a < b])


def _inner_conditions(found: list[Reference]) -> list[tuple[int, int]]:
    """Those of joins that leave rows out: an outer join keeps all rows of its side."""
    return [r.on for r in found if r.on[0] < r.on[1] and "LEFT" not in r.join and "RIGHT" not in r.join]


def _only_outer(found: list[Reference], target: Reference) -> bool:
    others = [r for r in found if r is not target]
    return found[0] is target and all("LEFT" in r.join for r in others)


def delete(cursor: Cursor) -> Iterator[Action]:
    """DELETE in each of its forms."""
    offset = cursor.offset
    cursor.skip("DELETE")
    if cursor.skip("HISTORY", "FROM"):
        yield TableChange(table=cursor.object_name(), change="delete history", offset=offset)
        return
    cursor.skip_any("LOW_PRIORITY", "QUICK", "IGNORE")
    is_plain = cursor.skip("FROM")
    targets = _targets(cursor)
    spans = _sections(cursor, "FROM", "USING", "WHERE", "ORDER", "LIMIT", "RETURNING")
    begin, end = spans.of("USING" if is_plain else "FROM")
    if end:
        cursor.at = begin
        found = table_references(cursor, end)
    else:
        alias = "".join(cursor.parts()[-1:]) if cursor.skip("AS") or _is_alias(cursor) else ""
        found = [Reference(targets[0], alias)] if targets else []
    for target in targets:
        one = named(found, target)
        if one is not None and one.table is not None:
            yield _deleted(cursor, found, one, spans, offset)


def _is_alias(cursor: Cursor) -> bool:
    return cursor.is_kind(Kind.WORD, Kind.IDENTIFIER) and cursor.word() not in (*_ENDS, "FOR", "PARTITION")


def _targets(cursor: Cursor) -> list[Name]:
    found = []
    while True:
        found.append(cursor.object_name())
        if cursor.skip("."):
            cursor.skip("*")
        cursor.skip("*")
        if not cursor.skip(","):
            return [name for name in found if name.name]


def _deleted(cursor: Cursor, found: list[Reference], one: Reference, spans: _Sections, offset: int) -> Delete:
    where = spans.of("WHERE")
    told = _bounds(cursor, [where, *_inner_conditions(found)], one, is_alone=len(found) == 1)
    sources = tuple(r.table for r in found if r is not one and r.table is not None)
    if told.where is not Where.BOUNDED and _only_outer(found, one):
        sources = ()
    assert one.table is not None
    return Delete(
        table=one.table, where=told.where, has_limit="LIMIT" in spans.spans or told.has_limit,
        has_key_condition=bool(told.columns), sources=sources, is_joined=_is_joined(cursor, found, one, where),
        bounded_columns=told.columns, not_null_test=told.not_null_test, positive_test=told.positive_test,
        offset=offset,
    )  # fmt: skip


def update(cursor: Cursor) -> Iterator[Action]:
    """UPDATE of one table or of several."""
    offset = cursor.offset
    cursor.skip("UPDATE")
    start = cursor.at
    cursor.skip_any("LOW_PRIORITY", "IGNORE")
    is_ignore = "IGNORE" in cursor.words[start : cursor.at]
    spans = _sections(cursor, "SET", "WHERE", "ORDER", "LIMIT", "RETURNING")
    begin, end = spans.of("SET")
    if not end:
        yield Unread(reason="UPDATE without SET", offset=offset)
        return
    found = table_references(cursor, begin - 1)
    columns = _assigned(cursor.part(begin, end))
    where = spans.of("WHERE")
    for one, names in _updated(found, columns):
        told = _bounds(cursor, [where, *_inner_conditions(found)], one, is_alone=len(found) == 1)
        sources = tuple(r.table for r in found if r is not one and r.table is not None)
        if told.where is not Where.BOUNDED and _only_outer(found, one):
            sources = ()
        assert one.table is not None
        yield Update(
            table=one.table, where=told.where, columns=names, has_limit="LIMIT" in spans.spans or told.has_limit,
            has_key_condition=bool(told.columns), sources=sources, is_joined=_is_joined(cursor, found, one, where),
            bounded_columns=told.columns, not_null_test=told.not_null_test, positive_test=told.positive_test,
            offset=offset, conflict="ignore" if is_ignore else "",
        )  # fmt: skip
    yield from calls(cursor.part(begin))


def _assigned(cursor: Cursor) -> list[tuple[str, str]]:
    """The qualifier and the column of each assignment."""
    found = []
    for item in cursor.items():
        parts = item.parts()
        if parts:
            found.append((folded(parts[-2]) if len(parts) > 1 else "", folded(parts[-1])))
    return found


def _updated(
    found: list[Reference], columns: list[tuple[str, str]]
) -> Iterator[tuple[Reference, tuple[str, ...]]]:
    """The tables that are set, each with its columns; a column without a table counts for the first one."""
    known = [r for r in found if r.table is not None]
    for number, one in enumerate(known):
        names = tuple(c for of, c in columns if of in one.names or (not of and number == 0)
                      or (of and one.table is not None and of == one.table.name.lower()))  # fmt: skip
        if names:
            yield one, names


def insert(cursor: Cursor) -> Iterator[Action]:
    """INSERT and REPLACE."""
    offset = cursor.offset
    is_replace = cursor.word() == "REPLACE"
    cursor.at += 1
    start = cursor.at
    cursor.skip_any("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE")
    is_ignore = "IGNORE" in cursor.words[start : cursor.at]
    cursor.skip("INTO")
    table = cursor.object_name()
    if not table.name:
        yield Unread(reason="INSERT without a table", offset=offset)
        return
    if cursor.skip("PARTITION"):
        cursor.skip_parentheses()
    has_list = cursor.word() == "(" and cursor.word(1) not in ("SELECT", "WITH", "VALUES", "TABLE", "(")
    if has_list:
        cursor.skip_parentheses()
    is_query = cursor.word() in ("SELECT", "WITH", "TABLE", "(")
    is_update = any(cursor.words[i : i + 2] == ["DUPLICATE", "KEY"] for i in range(cursor.at, len(cursor.words)))
    conflict = "replace" if is_replace else "ignore" if is_ignore else "update" if is_update else ""
    yield Insert(
        table=table, conflict=conflict, is_from_query=is_query, names_columns=has_list or cursor.word() == "SET",
        row_count=0 if is_query else sum(w == "(" for w in cursor.words[cursor.at :]),
        sources=read_tables(cursor.part(cursor.at)) if is_query else (),
        is_bounded=not is_query or _is_bounded_query(cursor), offset=offset,
    )  # fmt: skip
    yield from calls(cursor)


def _is_bounded_query(cursor: Cursor) -> bool:
    while cursor.word() == "(":
        cursor.at += 1
    spans = _sections(cursor, "WHERE", "LIMIT", "HAVING", "GROUP", "ORDER", "ON", "UNION")
    begin, end = spans.of("WHERE")
    reached = bounds(cursor.part(begin, end), "", (), ()).where if end else Where.MISSING
    return reached is Where.BOUNDED or "LIMIT" in spans.spans


def load(cursor: Cursor) -> Iterator[Action]:
    """LOAD DATA, LOAD XML; LOCAL turns every error into a row that is left out."""
    offset = cursor.offset
    is_data = cursor.word(1) in ("DATA", "XML")
    if not is_data:
        yield ReadsOnly(verb="LOAD")
        return
    conflict = ""
    while not cursor.is_done and cursor.word() != "TABLE":
        if cursor.word() in ("REPLACE", "IGNORE"):
            conflict = cursor.word().lower()
        cursor.at += 1
    cursor.skip("TABLE")
    yield Load(table=cursor.object_name(), conflict=conflict, offset=offset)


def truncate(cursor: Cursor) -> Iterator[Action]:
    """TRUNCATE [TABLE] t."""
    offset = cursor.offset
    cursor.skip("TRUNCATE")
    if cursor.skip("TABLE") or not cursor.is_done:
        table = cursor.object_name()
        if table.name:
            yield Truncate(tables=(table,), offset=offset)
            return
    yield Unread(reason="TRUNCATE without a table", offset=offset)


_CHANGES = {
    "DELETE": delete, "UPDATE": update, "INSERT": insert, "REPLACE": insert,
}  # fmt: skip
