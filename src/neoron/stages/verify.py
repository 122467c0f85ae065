"""After against before: row counts, contents, foreign keys, indexes, validations, application checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from neoron.engines.roles import Engine, Session
from neoron.model.check import Check, Status
from neoron.model.plan import Plan, StepKind
from neoron.model.schema import Schema, Table, TableContent
from neoron.sql.classify import classify
from neoron.stages.stash_steps import restored_tables

_FROM = re.compile(r"\A\ufeff?--\s*neoron:\s*from\s+(\S+)")
SMOKE_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Contents of the tables before a plan, over the columns that it keeps as they are.

    Shape: writes counts writes per table by any session, where the engine keeps such a counter; names in rewritten
    and reached are in lower case; reached are tables to which a foreign key may carry a change.
    """

    contents: tuple[TableContent, ...]
    writes: Mapping[str, int]
    rewritten: frozenset[str]
    reached: frozenset[str]
    is_opaque: bool


def snapshot(engine: Engine, session: Session, plan: Plan) -> Snapshot:
    """Count and checksum every table over the columns that are on both sides of a plan.

    Raises: the driver's own error.
    """
    before = engine.catalog.schema(session)
    statements = [s.sql for s in plan.steps if s.kind is StepKind.STATEMENT]
    after = engine.catalog.after(session, before, statements) or before
    writes = engine.catalog.writes_by_table(session) or {}
    contents = []
    for table in before.tables:
        kept = _kept_columns(table, after)
        if kept:
            contents.append(engine.catalog.content(session, table, kept))
    facts = [classify(sql, engine.dialect) for sql in statements]
    written = frozenset(name.lower() for f in facts if f.is_dml for name in f.tables if name not in f.reads)
    changed = {name.lower() for f in facts if f.is_dml and f.verb != "INSERT" for name in f.tables}
    opaque = any(f.is_opaque for f in facts) or any(s.kind is StepKind.PYTHON for s in plan.steps)
    restored = restored_tables(plan)
    written, changed = written | restored, changed | restored
    # A trigger may write to any table, and what it does is not read here.
    opaque |= bool(written & {name.lower() for name in before.triggered})
    opaque |= bool(written) and any(f.verb == "CREATE TRIGGER" for f in facts)
    return Snapshot(tuple(contents), writes, written, _reached(changed, before), opaque)


def _reached(changed: Set[str], schema: Schema) -> frozenset[str]:
    """The tables that refer to changed ones, directly or not: ON DELETE and ON UPDATE may change them too."""
    found = set(changed)
    while more := {k.table.lower() for k in schema.foreign_keys if k.references.lower() in found} - found:
        found |= more
    return frozenset(found)


def _kept_columns(table: Table, after: Schema) -> tuple[str, ...]:
    left = after.table(table.name)
    types = {c.name: c.type for c in left.columns} if left else {}
    return tuple(c.name for c in table.columns if types.get(c.name) == c.type)


def compare(engine: Engine, session: Session, before: Snapshot) -> list[Check]:
    """One check per table of the snapshot: are its rows and values still the same?

    Raises: the driver's own error.
    """
    schema = engine.catalog.schema(session)
    writes = engine.catalog.writes_by_table(session) or {}
    checks = []
    for old in before.contents:
        table = schema.table(old.table)
        missing = set(old.columns) - {c.name for c in table.columns} if table else set()
        if table is None or missing:
            detail = f"columns are gone: {', '.join(sorted(missing))}" if table else "the table is gone"
            checks.append(Check(f"content {old.table}", Status.WARN, old.row_count, "rows", None, detail))
            continue
        new = engine.catalog.content(session, table, old.columns)
        others = writes.get(old.table, 0) - before.writes.get(old.table, 0)
        checks.append(_compare(old, new, before, others))
    return checks


def _compare(old: TableContent, new: TableContent, before: Snapshot, others: int) -> Check:
    name = f"content {old.table}"
    columns = f"{len(old.columns)} columns"
    if (old.row_count, old.checksum) == (new.row_count, new.checksum):
        return Check(name, Status.OK, new.row_count, "rows", old.row_count, f"equal over {columns}")
    change = f"{old.row_count:,} before, {new.row_count:,} after"
    if old.table.lower() in before.rewritten:
        detail, status = f"changed by the migration's own statements; {change}", Status.OK
    elif old.table.lower() in before.reached:
        detail, status = f"changed with a table that it refers to; {change}", Status.WARN
    elif before.is_opaque:
        detail, status = f"changed by code that cannot be read beforehand; {change}", Status.WARN
    elif others > 0:
        detail, status = f"other sessions wrote meanwhile ({others:,} writes); {change}", Status.WARN
    else:
        detail, status = f"the values differ over {columns}; {change}", Status.FAIL
    return Check(name, status, new.row_count, "rows", old.row_count, detail)


def integrity(engine: Engine, session: Session) -> list[Check]:
    """Foreign keys that rows break, and indexes that cannot be used.

    Raises: the driver's own error.
    """
    return [
        _none_of("foreign keys", engine.catalog.broken_foreign_keys(session), "broken"),
        _none_of("indexes", engine.catalog.invalid_indexes(session), "invalid"),
    ]


def _none_of(name: str, wrong: Sequence[str], unit: str) -> Check:
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    detail = "; ".join(wrong[:3]) + more if wrong else "none"
    return Check(name, Status.FAIL if wrong else Status.OK, len(wrong), unit, 0, detail)
