"""Statements on rows, wherever they stand: at the top, in WITH, behind EXPLAIN ANALYZE, inside COPY."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from neoron.sql.actions import (
    Action,
    Call,
    CreateTable,
    Delete,
    Insert,
    Load,
    Merge,
    ReadsOnly,
    ResetSequence,
    Truncate,
    Unread,
    Update,
    Where,
)
from neoron.sql.parts import Name
from neoron.sql.reading.postgresql.expressions import (
    bounded_columns,
    conjuncts,
    constant,
    is_builtin,
    is_whole_table,
    tested_not_null,
    where,
)
from neoron.sql.reading.postgresql.grammar import Tree
from neoron.sql.reading.postgresql.source import Source, dotted, nodes, only, relation, strings

WRITERS = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")


def rows_statement(node: Tree, source: Source, kind: str) -> Iterator[Action]:
    """A SELECT or a change of rows: first what its WITH and its parts write, then itself."""
    for found, fields in nodes(node, *WRITERS):
        yield from CHANGES[found](fields, source)
    if kind in CHANGES:
        yield from CHANGES[kind](node, source)
    yield from _calls(node, source)
    if kind == "SelectStmt":
        into = node.get("intoClause", {}).get("rel")
        if into:
            yield CreateTable(
                table=relation(into), is_temporary=into.get("relpersistence") == "t", is_from_query=True,
                offset=source.at(into),
            )  # fmt: skip
        yield ReadsOnly(verb="SELECT", tables=tuple(relation(f) for _k, f in nodes(node, "RangeVar")))


def _calls(node: Tree, source: Source) -> Iterator[Action]:
    for _kind, call in nodes(node, "FuncCall"):
        name = dotted(call.get("funcname"))
        if name.name == "setval":
            if _reads_rows(call):
                continue
            target = constant(next(iter(call.get("args", ())), None))
            yield ResetSequence(name=Name(str(target or "a sequence")), offset=source.at(call))
        elif name.name in ("dblink_exec", "dblink"):
            yield Unread(reason=f"{name.name}() runs SQL somewhere else", words=name.name, offset=source.at(call))
        elif not is_builtin(name.name) and name.schema != "pg_catalog":
            yield Call(name=name, offset=source.at(call))


def _reads_rows(call: Tree) -> bool:
    """Whether the new value of a sequence is taken from a table, as it should be."""
    return any(True for _found in nodes(call.get("args", ())[1:], "SubLink", "ColumnRef"))


def delete(node: Tree, source: Source) -> Iterator[Action]:
    """DELETE."""
    table, condition = relation(node.get("relation")), node.get("whereClause")
    bounds = where(condition)
    if is_whole_table(condition, table.name):
        bounds = Where.ALWAYS_TRUE
    columns = bounded_columns(condition)
    sources = _sources(node.get("usingClause"))
    yield Delete(
        table=table, where=bounds, has_limit=_has_limit(condition, node, "usingClause"),
        has_key_condition=bool(columns),
        bounded_columns=columns, sources=sources,
        not_null_test=tested_not_null(condition), offset=source.at(node.get("relation", {})),
        is_joined=not sources or _is_joined(node.get("relation", {}), condition, node.get("usingClause")),
    )  # fmt: skip


def update(node: Tree, source: Source) -> Iterator[Action]:
    """UPDATE."""
    table, condition = relation(node.get("relation")), node.get("whereClause")
    bounds = where(condition)
    if is_whole_table(condition, table.name):
        bounds = Where.ALWAYS_TRUE
    columns = bounded_columns(condition)
    sources = _sources(node.get("fromClause"))
    yield Update(
        table=table, where=bounds, columns=tuple(t.get("ResTarget", {}).get("name", "") for t in
                                                 node.get("targetList", ())),
        has_limit=_has_limit(condition, node, "fromClause"), has_key_condition=bool(columns),
        bounded_columns=columns, sources=sources,
        not_null_test=tested_not_null(condition),
        is_joined=not sources or _is_joined(node.get("relation", {}), condition, node.get("fromClause")),
        offset=source.at(node.get("relation", {})),
    )  # fmt: skip


def _sources(clause: list[Tree] | None) -> tuple[Name, ...]:
    found = [relation(f) for _k, f in nodes(clause or [], "RangeVar")]
    return tuple(found) or tuple(Name("a query") for _ in clause or ())


def _has_limit(condition: Tree | None, node: Tree, clause: str) -> bool:
    """Whether a LIMIT bounds what the condition, a joined query or a WITH query that is joined gives."""
    places = [condition or {}, node.get(clause, [])]
    if any("limitCount" in fields for _kind, fields in nodes(places, "SelectStmt")):
        return True
    ctes = [f for _kind, f in nodes(node.get("withClause", {}), "CommonTableExpr")]
    limited = {c.get("ctename") for c in ctes if "limitCount" in only(c.get("ctequery", {}))[1]}
    return any(f.get("relname") in limited for _kind, f in nodes(places, "RangeVar"))


def _is_joined(target: Tree, condition: Tree | None, clause: list[Tree] | None) -> bool:
    """Whether some condition compares a column of the target with one of another table."""
    own = target.get("alias", {}).get("aliasname") or target.get("relname", "")
    joins = [fields.get("quals") for _k, fields in nodes(clause or [], "JoinExpr")]
    for part in (*conjuncts(condition), *(p for quals in joins for p in conjuncts(quals))):
        qualifiers = [
            names[-2] if len(names) > 1 else ""
            for _k, f in nodes(part, "ColumnRef")
            if (names := strings(f.get("fields"))) or f
        ]
        others = [q for q in qualifiers if q != own]
        if others and (own in qualifiers or "" in qualifiers) and len(qualifiers) > 1:
            return True
    return False


def insert(node: Tree, source: Source) -> Iterator[Action]:
    """INSERT."""
    select = node.get("selectStmt", {}).get("SelectStmt", {})
    values = select.get("valuesLists", ())
    conflict = node.get("onConflictClause", {}).get("action", "")
    yield Insert(
        table=relation(node.get("relation")),
        conflict={"ONCONFLICT_NOTHING": "nothing", "ONCONFLICT_UPDATE": "update"}.get(conflict, ""),
        is_from_query=bool(select) and not values, names_columns=bool(node.get("cols")) or not select,
        row_count=len(values), offset=source.at(node.get("relation", {})),
        sources=tuple(relation(f) for _k, f in nodes(select, "RangeVar")) if not values else (),
        is_bounded=bool(select.get("whereClause") or select.get("limitCount")) or not select.get("fromClause"),
    )  # fmt: skip


def merge(node: Tree, source: Source) -> Iterator[Action]:
    """MERGE."""
    clauses = [c.get("MergeWhenClause", {}) for c in node.get("mergeWhenClauses", ())]
    changes = {c.get("commandType", "").removeprefix("CMD_").lower() for c in clauses} - {"nothing"}
    unmatched = any(
        c.get("commandType") == "CMD_DELETE" and c.get("matchKind") == "MERGE_WHEN_NOT_MATCHED_BY_SOURCE"
        for c in clauses
    )
    yield Merge(
        table=relation(node.get("relation")), changes=frozenset(changes), deletes_unmatched=unmatched,
        offset=source.at(node.get("relation", {})),
    )  # fmt: skip


CHANGES: Mapping[str, Callable[[Tree, Source], Iterator[Action]]] = {
    "DeleteStmt": delete, "UpdateStmt": update, "InsertStmt": insert, "MergeStmt": merge,
}  # fmt: skip


def truncate(node: Tree, source: Source) -> Iterator[Action]:
    """TRUNCATE."""
    names = [f for _k, f in map(only, node.get("relations", ()))]
    yield Truncate(
        tables=tuple(map(relation, names)), is_cascade=node.get("behavior") == "DROP_CASCADE",
        restarts_identity=bool(node.get("restart_seqs")), offset=source.at(names[0]) if names else 0,
    )  # fmt: skip


def copy(node: Tree, source: Source) -> Iterator[Action]:
    """COPY; the query that it copies may write as well."""
    if node.get("query"):
        kind, fields = only(node["query"])
        yield from rows_statement(fields, source, kind)
    elif node.get("is_from"):
        yield Load(table=relation(node.get("relation")), offset=source.at(node.get("relation", {})))
    else:
        yield ReadsOnly(verb="COPY", tables=(relation(node.get("relation")),))
