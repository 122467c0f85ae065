"""Statements that cannot be in a transaction, made conditional in a language that has no condition for them.

Such a statement names its table or index without a schema, and the search path decides what it meets. Before it
the path is narrowed to the session's temporary objects, where it finds nothing and fails. A guard then opens the
path to the real object, but only when the statement's turn has come. When it is done already, the guard makes an
empty temporary object of the same name, and the statement spends itself on that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from neoron.engines.postgresql.lock import HELD_SQL
from neoron.engines.postgresql.probes import regclass, same_index
from neoron.engines.postgresql.reader import (
    IndexBuild,
    IndexDrop,
    Name,
    Reader,
    identifier,
    index_build,
    index_drop,
    keyword,
)
from neoron.engines.postgresql.script_blocks import (
    PATH_SETTING,
    RUN_SETTING,
    Way,
    block,
    literal,
    show_path,
    stop,
    stop_unless,
    terminated,
)
from neoron.errors import PlanRefused
from neoron.model.plan import Step
from neoron.sql.lexer import Kind
from neoron.sql.quote import quote_identifier

SHADOW_SETTING = "neoron.shadow"
FILES_SETTING = "neoron.files"
_SHADOW_TABLE = "neoron_shadow"
_TYPES = "ARRAY['text', 'bigint', 'boolean', 'timestamptz', 'jsonb', 'numeric', 'date', 'uuid', 'tsvector', 'text[]']"
_TRIED_COLUMNS = 3
_NOT_COLUMNS = frozenset({
    "AND", "ANY", "ARRAY", "AS", "ASC", "BETWEEN", "COLLATE", "DESC", "DISTINCT", "FALSE", "FIRST", "FROM", "ILIKE",
    "IN", "INCLUDE", "IS", "LAST", "LIKE", "NOT", "NULL", "NULLS", "OR", "SIMILAR", "TO", "TRUE", "USING", "WHERE",
    "WITH",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outside:
    """A statement that can be guarded.

    Shape: text names its object without a schema; shadow are the block lines that make the temporary one;
    clear are those that remove what a killed attempt left; evidence is the condition that it did its work.
    """

    text: str
    schema: str
    shadow: tuple[str, ...]
    clear: tuple[str, ...]
    evidence: str
    failed: str


def outside(step: Step) -> Outside:
    """How to guard one statement.

    Raises: PlanRefused for a statement that cannot be guarded.
    """
    sql = step.sql
    build = index_build(sql)
    if build and build.is_concurrent and build.name:
        return _build(sql, build)
    drop = index_drop(sql)
    if drop and drop.is_concurrent and len(drop.names) == 1:
        return _drop(sql, drop)
    return _maintenance(sql) or _refuse(step)


def _refuse(step: Step) -> Outside:
    raise PlanRefused(
        f"this statement cannot be guarded in a script: {' '.join(step.sql.split())[:120]}",
        where=str(step.at or step.id),
        next="deploy it with neoron deploy",
    )


def _unqualified(sql: str, name: Name, guard_at: int | None, guard: str) -> str:
    text = sql[: name.start] + sql[name.name_start :]
    return text if guard_at is None else f"{text[:guard_at]}{guard} {text[guard_at:]}"


def _build(sql: str, build: IndexBuild) -> Outside:
    where = f"x.indrelid = {regclass(build.table)} AND i.relname = {literal(build.name)}"
    found = f"FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE {where}"
    return Outside(
        text=_unqualified(sql, build.table, None if build.has_guard else build.name_at, "IF NOT EXISTS"),
        schema=build.table.schema,
        shadow=_shadow_table(build.table, _columns_after(sql, build.table), _trial(sql, build)),
        clear=(
            f"FOR remains IN SELECT x.indexrelid::regclass::text {found} AND NOT (x.indisvalid AND x.indisready) LOOP",
            "  EXECUTE 'DROP INDEX ' || remains;",
            "END LOOP;",
        ),
        evidence=f"EXISTS (SELECT 1 {found} AND x.indisvalid AND x.indisready AND {same_index(build)})",
        failed=f'the index "{build.name}" was not built, or another one has its name',
    )


def _columns_after(sql: str, table: Name) -> tuple[str, ...]:
    """What may be a column after the table's name: the shadow of a table that is gone gets all of them."""
    after = [t for t in Reader(sql).tokens if t.start > table.name_start]
    found = []
    for token, following in zip_longest(after, after[1:]):
        is_call = following is not None and following.text == "("
        if token.kind is Kind.IDENTIFIER or (token.kind is Kind.WORD and keyword(token) not in _NOT_COLUMNS):
            found += [] if is_call else [identifier(token)]
    return tuple(dict.fromkeys(found))


def _drop(sql: str, drop: IndexDrop) -> Outside:
    name = drop.names[0]
    return Outside(
        text=_unqualified(sql, name, None if drop.has_guard else drop.name_at, "IF EXISTS"),
        schema=name.schema,
        shadow=_shadow_index(name),
        clear=(),
        evidence=f"{regclass(name)} IS NULL",
        failed=f'the index "{name.name}" was not dropped',
    )


def _maintenance(sql: str) -> Outside | None:
    """VACUUM or REINDEX of one table, or REINDEX of one index."""
    reader = Reader(sql)
    verb = next((word for word in ("VACUUM", "REINDEX") if reader.take(word)), "")
    options = {keyword(t) for item in reader.take_parentheses() for t in item} if reader.current.text == "(" else set()
    kind = next((word for word in ("INDEX", "TABLE") if verb == "REINDEX" and reader.take(word)), "")
    while keyword(reader.current) in ("CONCURRENTLY", "FULL", "FREEZE", "VERBOSE", "ANALYZE"):
        options.add(keyword(reader.current))
        reader.place += 1
    name = reader.take_name() if verb == "VACUUM" or kind else None
    if name is None or reader.take(","):
        return None
    rewrites = verb == "REINDEX" or "FULL" in options
    is_index = kind == "INDEX"
    return Outside(
        text=_unqualified(sql, name, None, ""),
        schema=name.schema,
        shadow=_shadow_index(name) if is_index else _shadow_table(name, _columns_after(sql, name), "SELECT 1"),
        clear=(f"PERFORM set_config('{FILES_SETTING}', {_files(name)}, false);",),
        # A plain VACUUM leaves no mark, and one that did not run does no harm.
        evidence=_is_rewritten(name) if rewrites else "true",
        failed=f"{verb} of {name.name} did not finish",
    )


def _files(name: Name) -> str:
    """The file numbers of the relation's indexes, or of the index itself: a rewrite changes all of them."""
    numbers = "string_agg(pg_relation_filenode(indexrelid)::text, ',')"
    own = regclass(name)
    return f"(SELECT coalesce({numbers}, '') FROM pg_index WHERE {own} IN (indrelid, indexrelid))"


def _is_rewritten(name: Name) -> str:
    before = f"string_to_array(current_setting('{FILES_SETTING}', true), ',')"
    return f"NOT ({before} && string_to_array({_files(name)}, ','))"


def _shadow_table(table: Name, columns: tuple[str, ...], trial: str) -> tuple[str, ...]:
    """Lines that make an empty temporary table of that name with the columns of the real one."""
    name = quote_identifier(table.name, "postgresql")
    return (
        f"PERFORM set_config('{SHADOW_SETTING}', {literal(name)}, false);",
        f"IF {regclass(table)} IS NOT NULL THEN",
        f"  EXECUTE {literal(f'CREATE TEMP TABLE {name} (LIKE ')} || {regclass(table)}::text || ')';",
        "ELSE",
        *(f"  {line}" for line in _guess_columns(name, columns, trial)),
        "END IF;",
    )


def _guess_columns(table: str, columns: tuple[str, ...], trial: str) -> tuple[str, ...]:
    """Lines for a table that a later migration dropped: nobody knows its types, so try which ones the index accepts."""
    tried = columns[:_TRIED_COLUMNS]
    choices = ", ".join(f"unnest({_TYPES}) AS t{place} (type)" for place, _ in enumerate(tried))
    types = ", ".join([f"{quote_identifier(c, 'postgresql')} %s" for c in tried])
    others = "".join(f", {quote_identifier(c, 'postgresql')} text" for c in columns[_TRIED_COLUMNS:]).replace("%", "%%")
    arguments = "".join(f", t{place}.type" for place, _ in enumerate(tried))
    query = f"SELECT format({literal(types + others)}{arguments}) FROM {choices}" if tried else "SELECT ''"
    return (
        f"FOR remains IN {query} LOOP",
        "  BEGIN",
        f"    EXECUTE {literal(f'CREATE TEMP TABLE {table} (')} || remains || ')';",
        f"    EXECUTE {literal(trial)};",
        "    EXIT;",
        "  EXCEPTION WHEN OTHERS THEN NULL;",
        "  END;",
        "END LOOP;",
    )


def _trial(sql: str, build: IndexBuild) -> str:
    """The same index without its name and in a transaction, on whatever the search path finds."""
    kind = "UNIQUE INDEX" if build.is_unique else "INDEX"
    return f"CREATE {kind} ON pg_temp.{sql[build.table.name_start :]}"


def _shadow_index(index: Name) -> tuple[str, ...]:
    name = quote_identifier(index.name, "postgresql")
    return (
        f"EXECUTE 'CREATE TEMP TABLE {_SHADOW_TABLE} (x int)';",
        f"EXECUTE {literal(f'CREATE INDEX {name} ON pg_temp.{_SHADOW_TABLE} (x)')};",
        f"PERFORM set_config('{SHADOW_SETTING}', '{_SHADOW_TABLE}', false);",
    )


def render_outside(step: Step, way: Way, number: int, before: int, *, is_idempotent: bool) -> list[str]:
    """The blocks around one statement outside a transaction, and the statement.

    Shape: number is noted when it is done; before is the number that must have been noted already.
    Raises: PlanRefused for a statement that cannot be guarded.
    """
    plan = outside(step)
    turn = _turn(way, number, before, is_idempotent=is_idempotent)
    return [
        _hide_path(),
        _open_path(plan, way, turn, is_idempotent=is_idempotent),
        terminated(plan.text),
        _close_path(),
        _note(plan, way, turn, number, is_idempotent=is_idempotent),
    ]


def _turn(way: Way, number: int, before: int, *, is_idempotent: bool) -> str:
    conditions = [HELD_SQL, way.begun, f"NOT {way.step_done(number)}"]
    if before:
        conditions.append(way.step_done(before))
    if not is_idempotent:
        conditions.append(f"current_setting('{RUN_SETTING}', true) = {literal(way.version)}")
    return " AND ".join(conditions)


def _hide_path() -> str:
    return block(
        f"IF coalesce(current_setting('{PATH_SETTING}', true), '') = '' THEN",
        f"  PERFORM set_config('{PATH_SETTING}', current_setting('search_path'), false);",
        "END IF;",
        f"PERFORM set_config('{SHADOW_SETTING}', '', false);",
        "PERFORM set_config('search_path', 'pg_temp', false);",
    )


def _open_path(plan: Outside, way: Way, turn: str, *, is_idempotent: bool) -> str:
    """The guard; when it fails, the path stays hidden and the statement meets nothing."""
    own = f"nullif(current_setting('{PATH_SETTING}'), '')"
    schema = literal(quote_identifier(plan.schema, "postgresql")) if plan.schema else "NULL"
    otherwise: tuple[str, ...] = (stop(f"it is not the turn of this step of {way.version}"),)
    if is_idempotent:
        otherwise = (*plan.shadow, f"PERFORM set_config('search_path', concat_ws(', ', 'pg_temp', {own}), false);")
    return block(
        show_path(),
        f"IF {turn} THEN",
        *(f"  {line}" for line in plan.clear),
        f"  PERFORM set_config('search_path', concat_ws(', ', {schema}, {own}, 'pg_temp'), false);",
        "ELSE",
        *(f"  {line}" for line in otherwise),
        "END IF;",
        declare="remains text;",
    )


def _close_path() -> str:
    """Bring the path back, in a block of its own: an error of the next one would hide it again."""
    shadow = f"current_setting('{SHADOW_SETTING}', true)"
    return block(
        show_path(),
        f"PERFORM set_config('{PATH_SETTING}', '', false);",
        f"IF {shadow} <> '' THEN EXECUTE 'DROP TABLE pg_temp.' || {shadow}; END IF;",
        f"PERFORM set_config('{SHADOW_SETTING}', '', false);",
    )


def _note(plan: Outside, way: Way, turn: str, number: int, *, is_idempotent: bool) -> str:
    """Note the step once the catalog shows its work."""
    skipped = "RETURN;" if is_idempotent else stop(f"a step of {way.version} was not run")
    return block(
        f"IF ({turn}) IS NOT TRUE THEN {skipped} END IF;",
        stop_unless(plan.evidence, plan.failed),
        f"{way.advance_sql(number)};",
    )
