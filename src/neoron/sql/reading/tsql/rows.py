"""Statements on rows: SELECT, INSERT, UPDATE, DELETE, MERGE, TRUNCATE, BULK INSERT, with the WITH in front of them."""

from __future__ import annotations

from collections.abc import Iterator

from neoron.sql.actions import (
    Action,
    CreateTable,
    Delete,
    Insert,
    Load,
    LockTables,
    Merge,
    ReadsOnly,
    Truncate,
    Unread,
    Update,
    Where,
)
from neoron.sql.lexer import Kind
from neoron.sql.parts import Name
from neoron.sql.reading.tsql.conditions import Bounds, bounds
from neoron.sql.reading.tsql.cursor import Cursor, string_value
from neoron.sql.reading.tsql.sources import Ctes, From, Source, read_from

SMALL = ("#", "@")
"""What the names of temporary tables and table variables begin with."""


def with_query(cursor: Cursor) -> Iterator[Action]:
    """WITH name AS ( … ), …: then the statement."""
    ctes: dict[str, Cursor] = {}
    cursor.skip("XMLNAMESPACES")
    while not cursor.is_done and cursor.word() not in VERBS:
        name = cursor.one_name()
        cursor.skip_call() if cursor.word(0) == "(" and name else None
        if cursor.skip("AS") and cursor.word() == "(":
            ctes[name] = cursor.inner()
        if not cursor.skip(",") and cursor.word() not in VERBS:
            cursor.at += 1
    verb = cursor.take(*VERBS)
    if verb:
        yield from rows_statement(verb, cursor, ctes)
    else:
        yield Unread(reason="WITH without a statement", offset=cursor.where())


def rows_statement(verb: str, cursor: Cursor, ctes: Ctes | None = None) -> Iterator[Action]:
    """One of `VERBS`, the cursor behind it."""
    if "TABLOCK" in cursor.words or "TABLOCKX" in cursor.words:
        yield from _locked(verb, cursor)
    yield from _inside(cursor)
    yield from VERBS[verb](cursor, ctes or {})


def _inside(cursor: Cursor) -> Iterator[Action]:
    """A DELETE, UPDATE or MERGE in the FROM of an INSERT, whose OUTPUT that takes."""
    words = cursor.words
    for at in range(cursor.at, len(words) - 1):
        if words[at] == "(" and words[at + 1] in ("DELETE", "UPDATE", "MERGE") and words[at + 2 : at + 3] != [")"]:
            inner = cursor.piece(at + 2, cursor.closing(at))
            if inner.is_name_here() and (at == 0 or words[at - 1] in ("FROM", ",", "JOIN")):
                yield from VERBS[words[at + 1]](inner, {})


def _delete(cursor: Cursor, ctes: Ctes) -> Iterator[Action]:
    offset = cursor.where()
    has_top = _skip_top(cursor)
    cursor.skip("FROM")
    offset = cursor.where()
    target = _target(cursor)
    cursor.skip("WITH")
    cursor.skip_call()
    yield from _output(cursor)
    yield _change(Delete, cursor, target, ctes, has_top=has_top, offset=offset)


def _update(cursor: Cursor, ctes: Ctes) -> Iterator[Action]:
    if cursor.word() == "STATISTICS":
        yield ReadsOnly(verb="UPDATE STATISTICS", offset=cursor.where())
        return
    has_top = _skip_top(cursor)
    offset = cursor.where()
    target = _target(cursor)
    cursor.skip("WITH")
    cursor.skip_call()
    columns: list[str] = []
    if cursor.skip("SET"):
        start = cursor.at
        cursor.seek("FROM", "WHERE", "OUTPUT", "OPTION")
        columns = [name for name in map(_assigned, cursor.piece(start, cursor.at).cut(",")) if name]
    yield from _output(cursor)
    yield _change(Update, cursor, target, ctes, has_top=has_top, offset=offset, columns=tuple(columns))


def _assigned(part: Cursor) -> str:
    """The column that `a = …`, `t.a += …`, `@v = a = …` sets; empty for a mere variable."""
    if part.kind() is Kind.PARAMETER:
        part.at += 2
        if part.word(1) not in ("=", "."):
            return ""
    names = part.name_parts()
    return names[-1] if names else ""


def _output(cursor: Cursor) -> Iterator[Action]:
    """OUTPUT … [INTO t]: the rows go to another table."""
    if not cursor.skip("OUTPUT"):
        return
    start = cursor.at
    if cursor.seek("INTO", "FROM", "WHERE", "VALUES", "SELECT", "DEFAULT", "EXEC", "OUTPUT") and cursor.skip("INTO"):
        cursor.object_name()
        cursor.skip_call()
    yield ReadsOnly(verb="OUTPUT", offset=cursor.piece(start, len(cursor.words)).where())


def _skip_top(cursor: Cursor) -> bool:
    if not cursor.skip("TOP"):
        return False
    is_all = cursor.raw() == "100" or (cursor.word() == "(" and cursor.raw(1) == "100")
    if cursor.word() == "(":
        cursor.skip_call()
    else:
        cursor.at += 1
    return not (cursor.skip("PERCENT") and is_all)


def _target(cursor: Cursor) -> Name:
    if cursor.word() in ("OPENQUERY", "OPENROWSET", "OPENDATASOURCE"):
        cursor.at += 1
        cursor.skip_call()
        return Name("a table elsewhere")
    return cursor.object_name()


def _change(
    kind: type[Delete] | type[Update], cursor: Cursor, target: Name, ctes: Ctes, *, has_top: bool, offset: int,
    columns: tuple[str, ...] = (),
) -> Action:  # fmt: skip
    """The change, with its FROM and WHERE, and the WITH query that it may go through."""
    sources = read_from(cursor, ctes) if cursor.skip("FROM") else From()
    condition = bounds(cursor.rest_of_where(), target.name) if _skips_where(cursor) else None
    own = sources.called(target)
    table, alias = (own.table, own.alias) if own else (target, target.name)
    others = [s for s in sources.sources if s is not own]
    inner = ctes.get(table.name) if not table.schema else None
    if inner is not None:
        table, condition, has_top = _through(inner, condition, ctes, has_top=has_top)
    parts = [b for b in (condition, *(bounds(s.on, table.name) for s in sources.sources if s.on)) if b]
    is_tied = any(_ties(b, alias, others) for b in parts)
    where = condition.where if condition else Where.MISSING
    if where is not Where.BOUNDED and is_tied and not (own and own.is_preserved):
        where = Where.BOUNDED
    if where is not Where.BOUNDED and own and own.is_preserved:
        others = []  # an outer join leaves no row out
    bounded = _bounded(parts, alias)
    is_few = is_tied and any(s.has_top or s.table.name.startswith(SMALL) for s in others)
    extra = {"columns": columns} if kind is Update else {}
    return kind(
        table=table, where=where, has_limit=has_top or is_few or any(b.has_top for b in parts),
        has_key_condition=bool(bounded), bounded_columns=bounded, sources=tuple(s.table for s in others),
        is_joined=not others or is_tied, not_null_test=condition.not_null_test if condition else "", offset=offset,
        positive_test=condition.positive_test if condition else "",
        **extra,  # type: ignore[arg-type]  # only an UPDATE has columns
    )  # fmt: skip


def _skips_where(cursor: Cursor) -> bool:
    return cursor.seek("WHERE") and cursor.skip("WHERE")


def _through(
    inner: Cursor, condition: Bounds | None, ctes: Ctes, *, has_top: bool
) -> tuple[Name, Bounds | None, bool]:
    """The table behind a WITH query, and what that query adds to the condition."""
    query = inner.piece(0, len(inner.words))
    query.skip("SELECT")
    query.take("DISTINCT", "ALL")
    has_top = _skip_top(query) or has_top
    if not query.seek("FROM"):
        return Name("a query"), condition, has_top
    query.skip("FROM")
    found = read_from(query, {name: c for name, c in ctes.items() if c is not inner})
    has_top = has_top or query.has("OFFSET", "FETCH")
    own = bounds(query.rest_of_where()) if _skips_where(query) else None
    table = found.sources[0].table if found.sources else Name("a query")
    joined = own or (Bounds(Where.BOUNDED) if len(found.sources) > 1 else None)
    # A number made by ROW_NUMBER() picks rows as well as a column of the table's own does.
    return table, condition or joined, has_top


def _ties(found: Bounds, alias: str, others: list[Source]) -> bool:
    """Whether an equation ties the table to another one; names without a qualifier may be either's."""
    names = {s.alias for s in others} | {s.table.name for s in others}
    for (left, _a), (right, _b) in found.ties:
        sides = {left, right}
        if sides == {""} or (alias in sides and (sides & names or "" in sides)) or ("" in sides and sides & names):
            return True
    return False


def _bounded(parts: list[Bounds], alias: str) -> tuple[str, ...]:
    """The table's own columns that are held to few values."""
    return tuple(dict.fromkeys(
        column for part in parts for qualifier, column in part.columns if qualifier in ("", alias) and ":" not in column
    ))  # fmt: skip


def _insert(cursor: Cursor, ctes: Ctes) -> Iterator[Action]:
    _skip_top(cursor)
    cursor.skip("INTO")
    offset = cursor.where()
    table = _target(cursor)
    if cursor.word() == "WITH" and cursor.word(1) == "(":
        cursor.at += 1
        cursor.skip_call()
    names_columns = cursor.word() == "(" and cursor.word(1) != "SELECT"
    if names_columns:
        cursor.skip_call()
    yield from _output(cursor)
    if cursor.skip("DEFAULT", "VALUES"):
        yield Insert(table=table, row_count=1, offset=offset)
    elif cursor.word() in ("EXEC", "EXECUTE"):
        yield Insert(table=table, names_columns=names_columns, offset=offset)
    elif cursor.skip("VALUES"):
        count = sum(1 for _ in cursor.cut(","))
        yield Insert(table=table, names_columns=names_columns, row_count=count, offset=offset)
    else:
        sources, is_bounded = _query_sources(cursor, ctes)
        yield Insert(table=table, names_columns=names_columns, is_from_query=True, sources=sources,
                     is_bounded=is_bounded, offset=offset)  # fmt: skip


def _query_sources(cursor: Cursor, ctes: Ctes) -> tuple[tuple[Name, ...], bool]:
    """The tables that a query reads, and whether something holds it to a part of them."""
    query = cursor.remaining()
    while query.word() == "(" and query.closing(query.at) == len(query.words) - 1:
        query = query.inner()
    if query.skip("WITH"):
        query.seek("SELECT")
    query.skip("SELECT")
    query.take("DISTINCT", "ALL")
    is_bounded = _skip_top(query)
    if not query.seek("FROM"):
        return (), True
    query.skip("FROM")
    found = read_from(query, ctes)
    if query.word() == "WHERE":
        query.at += 1
        is_bounded = is_bounded or bounds(query.rest_of_where()).where is Where.BOUNDED
    is_bounded = is_bounded or query.has("OFFSET", "FETCH") or any(
        s.on is not None and not s.is_outer for s in found.sources
    )  # fmt: skip
    names = [inner for s in found.sources for inner in _behind(s, ctes)]
    return tuple(names), is_bounded


def _behind(source: Source, ctes: Ctes) -> tuple[Name, ...]:
    """The tables behind a source: its own name, or what its query reads."""
    query = source.query or ctes.get(source.table.name)
    if query is None:
        return () if source.is_function or source.table.name.startswith(SMALL) else (source.table,)
    names, is_bounded = _query_sources(query.piece(0, len(query.words)), {})
    return () if is_bounded or source.has_top else names


def _merge(cursor: Cursor, ctes: Ctes) -> Iterator[Action]:
    _skip_top(cursor)
    cursor.skip("INTO")
    offset = cursor.where()
    table = cursor.object_name()
    inner = ctes.get(table.name)
    if inner is not None:
        table, _condition, _top = _through(inner, None, ctes, has_top=False)
    changes: set[str] = set()
    deletes_unmatched = is_by_source = False
    for at in cursor.outside(cursor.at):
        word, before = cursor.words[at], cursor.words[at - 1] if at else ""
        if word == "WHEN":
            is_by_source = False
        elif word == "SOURCE" and before == "BY":
            is_by_source = True
        elif before == "THEN" and word in ("INSERT", "UPDATE", "DELETE"):
            changes.add(word.lower())
            deletes_unmatched = deletes_unmatched or (word == "DELETE" and is_by_source)
    yield Merge(table=table, changes=frozenset(changes), deletes_unmatched=deletes_unmatched, offset=offset)


def _select(cursor: Cursor, ctes: Ctes) -> Iterator[Action]:
    """SELECT: it may make a table (INTO), and hints may lock one."""
    offset = cursor.where()
    start = cursor.at
    if cursor.seek("INTO", "FROM") and cursor.skip("INTO"):
        table = cursor.object_name()
        yield CreateTable(table=table, is_from_query=True, is_temporary=table.name.startswith(SMALL), offset=offset)
    cursor.at = start
    yield from _sent_elsewhere(cursor)
    names: tuple[Name, ...] = ()
    if cursor.seek("FROM"):
        cursor.skip("FROM")
        names = tuple(s.table for s in read_from(cursor, ctes).sources)
    yield ReadsOnly(verb="SELECT", tables=names, offset=offset)


def _sent_elsewhere(cursor: Cursor) -> Iterator[Action]:
    """OPENQUERY, OPENROWSET: a text that another server runs, and that does more than look."""
    for at in range(cursor.at, len(cursor.words) - 1):
        if cursor.words[at] in ("OPENQUERY", "OPENROWSET") and cursor.words[at + 1] == "(":
            inner = cursor.piece(at + 2, cursor.closing(at + 1))
            texts = [string_value(token.text) for token in inner.source if token.kind is Kind.STRING]
            if texts and "BULK" not in inner.words and not texts[-1].lstrip().upper().startswith(("SELECT", "WITH")):
                yield Unread(reason="another server runs its text", words=texts[-1][:40],
                             offset=cursor.place.offset(cursor.source[at].start))  # fmt: skip


def _locked(verb: str, cursor: Cursor) -> Iterator[Action]:
    """Tables with a hint that keeps others out until the end: TABLOCKX, TABLOCK of a writer, or with HOLDLOCK."""
    for at in range(cursor.at, len(cursor.words)):
        if cursor.words[at] in ("TABLOCK", "TABLOCKX"):
            opening = at
            while opening > 0 and cursor.words[opening] != "(":
                opening -= 1
            held = {"HOLDLOCK", "SERIALIZABLE", "XLOCK"} & set(cursor.words[opening : cursor.closing(opening)])
            is_target = verb != "SELECT" and _is_target(cursor, opening)
            if cursor.words[at] == "TABLOCKX" or is_target or held:
                name = cursor.piece(_name_before(cursor, opening), opening).object_name()
                yield LockTables(tables=(name,), mode="TABLOCKX" if is_target else cursor.words[at],
                                 offset=cursor.place.offset(cursor.source[at].start))  # fmt: skip


def _is_target(cursor: Cursor, opening: int) -> bool:
    """Whether the hint stands at the table that is changed: before SET, VALUES, SELECT, FROM of a join and WHERE."""
    return not {"SET", "VALUES", "SELECT", "WHERE", "JOIN", "USING"} & set(cursor.words[:opening])


def _name_before(cursor: Cursor, opening: int) -> int:
    """Where the table in front of `[AS alias] [WITH] (` begins."""
    at = opening - 1
    while at > 0 and cursor.words[at] not in ("FROM", "JOIN", ",", "INTO", "UPDATE", "DELETE", "INSERT", "MERGE"):
        at -= 1
    return at + 1


def truncate(cursor: Cursor) -> Iterator[Action]:
    """TRUNCATE TABLE."""
    cursor.skip("TABLE")
    offset = cursor.where()
    table = cursor.object_name()
    options = frozenset({"PARTITIONS"}) if any(w == "PARTITIONS" for w in cursor.words) else frozenset()
    yield Truncate(tables=(table,), offset=offset, options=options)


def bulk_insert(cursor: Cursor) -> Iterator[Action]:
    """BULK INSERT."""
    cursor.skip("INSERT")
    offset = cursor.where()
    table = cursor.object_name()
    yield Load(table=table, offset=offset)
    if "TABLOCK" in cursor.words:
        yield LockTables(tables=(table,), mode="TABLOCK", offset=offset)


VERBS = {"SELECT": _select, "INSERT": _insert, "UPDATE": _update, "DELETE": _delete, "MERGE": _merge}
