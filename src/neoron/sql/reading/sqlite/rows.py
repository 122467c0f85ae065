"""Statements on rows: WITH, SELECT, INSERT, REPLACE, UPDATE, DELETE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from neoron.sql.actions import Action, Delete, Insert, ReadsOnly, ResetSequence, Unread, Update, Where
from neoron.sql.condition import (
    bare,
    bounded_columns,
    column_of,
    comparison,
    cut,
    has_limit,
    tested_not_null,
    ties,
    top_level,
    where,
)
from neoron.sql.parts import Name
from neoron.sql.query import scan_query
from neoron.sql.reader import Reader
from neoron.sql.reading.sqlite.names import folded, listed, name, word_name

CHANGES = ("INSERT", "REPLACE", "UPDATE", "DELETE")
_CLAUSES = ("SET", "FROM", "WHERE", "GROUP", "HAVING", "RETURNING", "ORDER", "LIMIT")
_ALIAS_ENDS = ("SET", "WHERE", "RETURNING", "ORDER", "LIMIT", "FROM", "INDEXED", "NOT")
_SEQUENCES = "sqlite_sequence"


def rows_statement(reader: Reader) -> Iterator[Action]:
    """A query or change of rows, from its first word."""
    queries = _with(reader) if reader.skip("WITH") else {}
    verb = reader.word()
    writing = next((bare(query).word() for query in queries.values() if bare(query).word() in CHANGES), "")
    if writing:
        yield Unread(reason=f"SQLite's WITH takes queries, and no {writing}", words=writing)
    elif verb in ("SELECT", "VALUES"):
        yield from _calls(reader)
        yield ReadsOnly(verb=verb, tables=tables_read(reader.part(0, len(reader.words))))
    elif verb == "DELETE" and reader.skip("DELETE", "FROM"):
        yield _delete(reader, queries)
    elif verb == "UPDATE" and reader.skip("UPDATE"):
        yield _update(reader, queries)
    elif verb in ("INSERT", "REPLACE"):
        made = _insert(reader)
        yield _resolved(made, queries) if isinstance(made, Insert) else made
    else:
        yield Unread(reason=f"SQLite has no statement that begins like this: {verb or 'WITH'}", words=verb)


def _calls(reader: Reader) -> Iterator[Action]:
    for at, word in enumerate(reader.words):
        if word in ("LOAD_EXTENSION", "WRITEFILE", "EDIT", "FTS3_TOKENIZER") and reader.words[at + 1 : at + 2] == ["("]:
            reason = f"{word.lower()}() does what is not written here"
            yield Unread(reason=reason, words=word, offset=reader.source[at].start)


def _with(reader: Reader) -> Mapping[str, Reader]:
    """Read the queries of a WITH: name -> what stands in its parentheses."""
    found: dict[str, Reader] = {}
    reader.skip("RECURSIVE")
    while not reader.is_done:
        query = word_name(reader)
        reader.skip_parentheses()
        if not reader.skip("AS"):
            break
        reader.skip("NOT")
        reader.skip("MATERIALIZED")
        start = reader.at
        reader.skip_parentheses()
        found[query] = reader.part(start, reader.at)
        if not reader.skip(","):
            break
    return found


def clauses(reader: Reader) -> dict[str, Reader]:
    """The clauses that follow, by their first words; the FROM of IS DISTINCT FROM is none."""
    rest = reader.rest
    starts = [
        at for at in top_level(rest)
        if rest.words[at] in _CLAUSES and not (rest.words[at] == "FROM" and rest.words[at - 1 : at] == ["DISTINCT"])
    ]  # fmt: skip
    found: dict[str, Reader] = {}
    for at, end in pairwise([*starts, len(rest.words)]):
        found.setdefault(rest.words[at], rest.part(at + 1, end))
    return found


@dataclass(frozen=True, slots=True)
class _Bounds:
    where: Where
    columns: tuple[str, ...]
    not_null_test: str
    has_limit: bool
    sources: tuple[Name, ...]
    is_joined: bool


def _bounds(target: Name, alias: str, parts: Mapping[str, Reader], queries: Mapping[str, Reader]) -> _Bounds:
    condition, source = parts.get("WHERE"), parts.get("FROM")
    bounds = where(condition)
    if condition and _is_whole_table(condition, target):
        bounds = Where.ALWAYS_TRUE
    limited = {query for query, text in queries.items() if has_limit(text)}
    places = [p for p in (condition, source) if p]
    names = {folded(t.text.strip("\"`[]'")) for p in places for t in p.source}
    limit = parts.get("LIMIT")
    sources = tables_read(_behind_from(source)) if source else ()
    conditions = [*places[:1]] if condition else []
    conditions += _join_conditions(source) if source else []
    own = alias or target.name
    return _Bounds(
        bounds, bounded_columns(condition), tested_not_null(condition),
        any(map(has_limit, places)) or bool(limited & names) or (limit is not None and limit.word() != "-"),
        sources or ((Name("a query"),) if source else ()), not source or ties(own, conditions),
    )  # fmt: skip


def _behind_from(source: Reader) -> Reader:
    """The same text as a query that reads it, for the scan."""
    text = Reader.of("SELECT * FROM ", source.dialect)
    return Reader([*text.source, *source.source], source.dialect)


def _join_conditions(source: Reader) -> list[Reader]:
    found = []
    places = [at for at in top_level(source) if source.words[at] in ("ON", "JOIN", "LEFT", "INNER", "CROSS")]
    for at, end in pairwise([*places, len(source.words)]):
        if source.words[at] == "ON":
            found.append(source.part(at + 1, end))
    return found


def _is_whole_table(condition: Reader, target: Name) -> bool:
    """`column IN (SELECT the same column FROM the same table)` without a condition: every row."""
    left, operator, right = comparison(bare(condition))
    if operator != "IN" or not left or not right:
        return False
    query = bare(right)
    if query.words[:1] != ["SELECT"] or len(query.words) > 8 or {"WHERE", "LIMIT", "JOIN", ","} & set(query.words):
        return False
    inner = clauses(query)
    same = column_of(query.part(1, _until(query, "FROM"))) == column_of(left) != ""
    return same and "FROM" in inner and name(inner["FROM"]).name == target.name


def _until(reader: Reader, word: str) -> int:
    return next((at for at in top_level(reader) if reader.words[at] == word), len(reader.words))


def tables_read(reader: Reader) -> tuple[Name, ...]:
    """The tables that a query reads, without the names of its own WITH."""
    found = []
    for text in scan_query(reader).reads:
        schema, _dot, table = folded(text).rpartition(".")
        found.append(Name(table, schema))
    return tuple(dict.fromkeys(found))


def _aliased(reader: Reader) -> str:
    """Read the alias and the index that stand behind the name of a table."""
    alias = ""
    if reader.skip("AS") or (reader.word() and reader.word() not in _ALIAS_ENDS):
        alias = word_name(reader)
    if reader.skip("INDEXED", "BY"):
        word_name(reader)
    reader.skip("NOT", "INDEXED")
    return alias


def _delete(reader: Reader, queries: Mapping[str, Reader]) -> Action:
    offset, table = reader.offset, name(reader)
    alias = _aliased(reader)
    if reader.word() not in ("", "WHERE", "RETURNING", "ORDER", "LIMIT") or not table.name:
        return Unread(reason=f"SQLite's DELETE has no {reader.word() or 'such form'}", words=reader.word())
    if table.name == _SEQUENCES:
        return ResetSequence(name=table, offset=offset)
    found = _bounds(table, alias, clauses(reader), queries)
    return Delete(
        table=table, where=found.where, has_limit=found.has_limit, has_key_condition=bool(found.columns),
        bounded_columns=found.columns, not_null_test=found.not_null_test, offset=offset,
    )  # fmt: skip


def _update(reader: Reader, queries: Mapping[str, Reader]) -> Action:
    conflict = _conflict(reader)
    offset, table = reader.offset, name(reader)
    alias = _aliased(reader)
    if reader.word() != "SET" or not table.name:
        return Unread(reason=f"SQLite's UPDATE has no {reader.word() or 'such form'} before SET", words=reader.word())
    parts = clauses(reader)
    if table.name == _SEQUENCES and "SELECT" not in parts["SET"].words:
        return ResetSequence(name=table, offset=offset)
    found = _bounds(table, alias, parts, queries)
    return Update(
        table=table, where=found.where, columns=tuple(_assigned(parts["SET"])), conflict=conflict,
        has_limit=found.has_limit, has_key_condition=bool(found.columns), bounded_columns=found.columns,
        not_null_test=found.not_null_test, sources=found.sources, is_joined=found.is_joined, offset=offset,
    )  # fmt: skip


def _assigned(clause: Reader) -> Iterator[str]:
    for one in cut(clause, ","):
        if one.word() == "(":
            yield from (c for c in listed(one) if c)
        else:
            yield word_name(one)


def _conflict(reader: Reader) -> str:
    if not reader.skip("OR"):
        return ""
    reader.at += 1
    return reader.word(-1).lower()


def _resolved(made: Insert, queries: Mapping[str, Reader]) -> Insert:
    """The tables behind the names of a WITH; without any the rows are counted out in the text."""
    found: list[Name] = []
    for source in made.sources:
        text = None if source.schema else queries.get(source.name)
        found += [source] if text is None else [t for t in tables_read(text) if t.name not in queries]
    is_written = bool(made.sources) and not found
    return replace(made, sources=tuple(dict.fromkeys(found)), is_bounded=made.is_bounded or is_written)


def _insert(reader: Reader) -> Action:
    conflict = "replace" if reader.word() == "REPLACE" else ""
    reader.at += 1
    conflict = _conflict(reader) or conflict
    if not reader.skip("INTO"):
        return Unread(reason="SQLite's INSERT has an INTO", words=reader.word())
    offset, table = reader.offset, name(reader)
    if reader.skip("AS"):
        word_name(reader)
    named = listed(reader) if reader.word() == "(" else ()
    query = reader.rest
    upsert = next((at for at in top_level(query) if query.words[at : at + 2] == ["ON", "CONFLICT"]), 0)
    if upsert:
        conflict = conflict or ("nothing" if "NOTHING" in query.words[upsert:] else "update")
        query = query.part(0, upsert)
    if query.word() in ("VALUES", "DEFAULT"):
        unknown = [w for w in (query.words[at] for at in top_level(query.part(0, _until(query, "RETURNING")))) if w]
        if set(unknown) - {"VALUES", "DEFAULT", ","}:
            return Unread(reason=f"SQLite's INSERT has no {' '.join(unknown[-3:])}", words=unknown[-1])
        rows = sum(before in ("VALUES", ",") for before, word in pairwise(query.words) if word == "(")
        return Insert(table=table, conflict=conflict, names_columns=bool(named) or query.word() == "DEFAULT",
                      row_count=rows, columns=named, offset=offset)  # fmt: skip
    if query.word() not in ("SELECT", "WITH"):
        return Unread(reason=f"SQLite's INSERT has no {query.word() or 'such form'}", words=query.word())
    read = read_query(query)
    return Insert(
        table=table, conflict=conflict, is_from_query=True, names_columns=bool(named), sources=read.sources,
        is_bounded=read.is_bounded, drops_rows=read.drops_rows, columns=named, selected=read.selected, cuts=read.cuts,
        offset=offset,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """What a query reads and gives, as Insert tells it."""

    sources: tuple[Name, ...]
    is_bounded: bool
    drops_rows: bool
    selected: tuple[str, ...]
    cuts: tuple[tuple[str, str], ...]


def read_query(query: Reader) -> Query:
    """A SELECT or VALUES, with the WITH in front of it."""
    sources = tables_read(query.part(0, len(query.words)))
    if query.skip("WITH"):
        _with(query)
    query.skip("SELECT")
    is_distinct = query.skip("DISTINCT")
    query.skip("ALL")
    parts = clauses(query)
    is_bounded = not parts.get("FROM") or _holds(parts.get("WHERE")) or ("LIMIT" in parts and has_limit(query))
    source = parts.get("FROM")
    words = set(source.words) if source else set()
    is_joined = bool(words & {"JOIN", ","}) and not words & {"LEFT", "OUTER"}
    melts = is_distinct or "GROUP" in parts or is_joined or bool({"EXCEPT", "INTERSECT"} & set(query.words))
    items = query.rest.part(0, _until(query.rest, "FROM"))
    cuts = tuple(found for item in cut(items, ",") if (found := _cut(item)))
    return Query(sources, is_bounded, bool(source) and (is_bounded or melts), tuple(_selected(items)), cuts)


def _holds(condition: Reader | None) -> bool:
    return where(condition) is Where.BOUNDED


def _selected(items: Reader) -> Iterator[str]:
    for item in cut(items, ","):
        words = item.words
        if words[-1:] == ["*"]:
            yield "*"
            continue
        end = next((at for at in top_level(item) if words[at] == "AS"), len(words))
        yield column_of(item.part(0, end)) or _before_alias(item)


def _cut(item: Reader) -> tuple[str, str] | None:
    """The column that CAST, substr or round cuts, with the type that it gets or the function."""
    if item.word() not in ("CAST", "SUBSTR", "SUBSTRING", "ROUND", "LEFT") or item.word(1) != "(":
        return None
    item.at = 1
    item.skip_parentheses()
    inside = item.part(2, item.at - 1)
    if item.word(-item.at) != "CAST":
        column = column_of(cut(inside, ",")[0])
        return (column, item.word(-item.at).lower()) if column else None
    end = _until(inside, "AS")
    column = column_of(inside.part(0, end))
    kind = " ".join(inside.words[end + 1 :]).lower()
    return (column, kind) if column else None


def _before_alias(item: Reader) -> str:
    """The column of `column alias`."""
    return column_of(item.part(0, len(item.words) - 1)) if len(item.words) > 1 else ""
