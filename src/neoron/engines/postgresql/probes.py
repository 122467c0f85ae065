"""Queries that ask the catalog what an interrupted statement outside a transaction left behind.

Each gives exactly one text: `done`, `undone`, or the statement that clears the remains.
"""

from __future__ import annotations

import re

from neoron.engines.postgresql.reader import IndexBuild, IndexDrop, Name, Reader, index_build, index_drop
from neoron.sql.lexer import Kind, tokens
from neoron.sql.quote import quote_identifier, quote_literal

REPEAT = "SELECT 'undone'"
"""For what may be run again at no harm: VACUUM, REINDEX, ALTER SYSTEM."""


def probe(statement: str, words: str) -> str:
    """The query for one statement; empty where the catalog cannot tell.

    Shape: words is the statement in the form of `effects.words`.
    Source: PostgreSQL manual, "Building Indexes Concurrently"; ALTER TABLE, DETACH PARTITION.
    """
    if build := index_build(statement):
        return _build_probe(build)
    if drop := index_drop(statement):
        return _drop_probe(drop)
    if words.startswith("ALTER TABLE"):
        return _detach_probe(statement)
    if words.startswith("REINDEX"):
        return _reindex_probe(statement)
    if words.startswith("DO "):
        return REPEAT if _only_fills(statement) else ""
    return REPEAT if re.match(r"VACUUM|ANALYZE|CLUSTER|ALTER SYSTEM|DISCARD", words) else ""


def commits(statement: str) -> bool:
    """Whether a DO block commits on its way. Source: PostgreSQL manual, "Transaction Management" of PL/pgSQL."""
    return bool(re.search(r"\b(COMMIT|ROLLBACK) ;", _body(statement)))


def _only_fills(statement: str) -> bool:
    """Whether all that a DO block writes is the default of a column where that is null: it may run again."""
    body = _body(statement)
    if re.search(r"\b(INSERT|DELETE|MERGE|EXECUTE|PERFORM|CALL|COPY|TRUNCATE|ALTER|DROP|CREATE)\b", body):
        return False
    changes = re.findall(r"\bUPDATE\b [^;]*;", body)
    fills = [re.search(r" SET (\S+) = DEFAULT WHERE [^;]*\b(\S+) IS NULL ;$", change) for change in changes]
    return bool(fills) and all(fill is not None and fill[1] == fill[2] for fill in fills)


def _body(statement: str) -> str:
    """The words of a DO block's body, comments left out."""
    text = next((t.text for t in tokens(statement, "postgresql") if t.kind is Kind.DOLLAR), "")
    mark = text[: text.find("$", 1) + 1]
    found = tokens(text[len(mark) : len(text) - len(mark)], "postgresql")
    return " ".join(t.text.upper() if t.kind is Kind.WORD else t.text for t in found if t.kind is not Kind.COMMENT)


def regclass(name: Name) -> str:
    """`to_regclass('…')` of a name: its number, or null where there is no such relation.

    Source: PostgreSQL manual, "System Catalog Information Functions".
    """
    parts = [quote_identifier(part, "postgresql") for part in (name.schema, name.name) if part]
    return f"to_regclass({quote_literal('.'.join(parts), 'postgresql')})"


def same_index(build: IndexBuild) -> str:
    """A condition on pg_index x: it is the index that the statement builds, as far as the catalog shows it.

    Source: PostgreSQL manual, "pg_index".
    """
    conditions = [
        f"x.indisunique = {build.is_unique}",
        f"x.indnkeyatts = {len(build.columns)}",
        f"(x.indpred IS NOT NULL) = {build.is_partial}",
    ]
    for number, column in enumerate(build.columns, 1):
        if column is not None:
            literal = quote_literal(column, "postgresql")
            conditions.append(f"pg_get_indexdef(x.indexrelid, {number}, false) = quote_ident({literal})")
    return " AND ".join(conditions)


def _build_probe(build: IndexBuild) -> str:
    # An index of that name on another table, or of another kind, is not ours: the build is repeated, and the
    # server says what stands in its way.
    return f"""SELECT coalesce((
  SELECT CASE WHEN NOT (x.indisvalid AND x.indisready)
              THEN format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', n.nspname, i.relname)
              WHEN {same_index(build)} THEN 'done' END
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace
  WHERE x.indrelid = {regclass(build.table)} AND i.relname = {quote_literal(build.name, "postgresql")}), 'undone')"""


def _drop_probe(drop: IndexDrop) -> str:
    present = " OR ".join(f"{regclass(name)} IS NOT NULL" for name in drop.names)
    return f"SELECT CASE WHEN {present} THEN 'undone' ELSE 'done' END"


def _detach_probe(statement: str) -> str:
    parent, partition = _detach_names(statement)
    if parent is None or partition is None:
        return ""
    names = ", ".join(f"{part}.nspname, {rel}.relname" for part, rel in (("pn", "p"), ("cn", "c")))
    return f"""SELECT coalesce((
  SELECT CASE WHEN h.inhdetachpending
              THEN format('ALTER TABLE %I.%I DETACH PARTITION %I.%I FINALIZE', {names}) ELSE 'undone' END
  FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
  JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
  WHERE h.inhparent = {regclass(parent)} AND h.inhrelid = {regclass(partition)}), 'done')"""


def _detach_names(statement: str) -> tuple[Name | None, Name | None]:
    reader = Reader(statement)
    reader.take("ALTER", "TABLE")
    reader.take("IF", "EXISTS")
    reader.take("ONLY")
    parent = reader.take_name()
    return parent, reader.take_name() if reader.take("DETACH", "PARTITION") else None


def _reindex_probe(statement: str) -> str:
    """What a killed REINDEX CONCURRENTLY left: the new index is invalid and its name ends in _ccnew."""
    reader = Reader(statement)
    reader.take("REINDEX")
    if reader.current.text == "(":
        reader.take_parentheses()
    kind = next((word for word in ("INDEX", "TABLE") if reader.take(word)), "")
    reader.take("CONCURRENTLY")
    name = reader.take_name() if kind else None
    if name is None:
        return REPEAT
    own = regclass(name)
    table = own if kind == "TABLE" else f"(SELECT indrelid FROM pg_index WHERE indexrelid = {own})"
    return f"""SELECT coalesce((
  SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', n.nspname, i.relname)
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace
  WHERE x.indrelid = {table} AND NOT x.indisvalid AND i.relname ~ '_ccnew[0-9]*$' LIMIT 1), 'undone')"""
