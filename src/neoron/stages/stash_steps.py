"""The STASH and RESTORE steps of a migration: what to keep, and where its way down puts it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from neoron.engines.roles import Engine
from neoron.model.plan import LockLevel, Plan, Step, StepKind
from neoron.model.stash import Lost

KEEP, SETTLE, PUT = "STASH keep ", "STASH settle", "RESTORE put "
PREPARE, TIDY = "STASH prepare ", "STASH tidy"


def lost_by(engine: Engine, steps: Sequence[Step]) -> tuple[Lost, ...]:
    """What these statements would take away, each table once: whole rows win over single columns."""
    found: dict[tuple[str, str], Lost] = {}
    for step in steps:
        if step.kind is not StepKind.STATEMENT:
            continue
        for lost in engine.stash.lost(step.sql):
            at = (lost.schema, lost.table)
            before = found.get(at)
            if before is None:
                found[at] = lost
            elif before.columns:
                columns = tuple(dict.fromkeys((*before.columns, *lost.columns))) if lost.columns else ()
                found[at] = replace(before, columns=columns)
    return tuple(found.values())


def with_stash(engine: Engine, steps: Sequence[Step], prefix: str) -> list[Step]:
    """Put a STASH step at both ends of every transaction that destroys: keep, and settle what was really lost.

    Shape: where DDL commits by itself, the tables that keep are made before such a transaction and dropped after it,
    and a destroying statement outside a transaction has a STASH step before and behind it, with the same number.
    """
    is_transactional = engine.effects.has_transactional_ddl
    woven: list[Step] = []
    for group, run in groupby(steps, key=lambda step: step.transaction):
        members = list(run)
        if group is None and not is_transactional:
            members = [step for member in members for step in _held(engine, member, prefix)]
        lost = lost_by(engine, members) if group is not None else ()
        if lost:
            order, named = _order(lost), ", ".join(_worded(t) for t in lost)
            keep = _extra(members[0], f"{prefix}/keep{group}", StepKind.STASH, f"{KEEP}{order}", f"keeps {named}")
            settle = _extra(members[-1], f"{prefix}/kept{group}", StepKind.STASH, SETTLE, "keeps what was lost")
            # Checks at the end of a group look at the result; the stash has to see it before.
            checks = [m for m in members if m.kind is StepKind.CHECK]
            members = [keep, *(m for m in members if m not in checks), settle, *checks]
            if not is_transactional:
                number = members[-1].number
                before = _extra(keep, f"{prefix}/prepare{group}", StepKind.STASH, f"{PREPARE}{order}", "makes room")
                after = _extra(settle, f"{prefix}/tidy{group}", StepKind.STASH, TIDY, "clears what is empty")
                outside = [replace(s, transaction=None, number=number, lock=LockLevel.NONE) for s in (before, after)]
                members = [outside[0], *members, outside[1]]
        woven += members
    return woven


def _order(lost: Sequence[Lost]) -> str:
    return json.dumps([[t.schema, t.table, list(t.columns)] for t in lost], ensure_ascii=False)


def _held(engine: Engine, step: Step, prefix: str) -> list[Step]:
    """A statement that commits by itself, between the step that keeps and holds its tables and the one that settles."""
    lost = lost_by(engine, [step])
    if not lost:
        return [step]
    named = ", ".join(_worded(t) for t in lost)
    keep = _extra(step, f"{prefix}/hold{step.number}", StepKind.STASH, f"{KEEP}{_order(lost)}", f"keeps {named}")
    settle = _extra(step, f"{prefix}/held{step.number}", StepKind.STASH, SETTLE, "keeps what was lost")
    return [replace(keep, lock=LockLevel.ALL, probe=step.probe), step, replace(settle, lock=LockLevel.NONE)]


def is_held(run: Sequence[Step], step: Step) -> bool:
    """Whether a step belongs to the statement outside a transaction that a run keeps something of."""
    first = run[0]
    is_keeping = first.transaction is None and first.sql.startswith(KEEP)
    return is_keeping and step.transaction is None and step.number == first.number


def _worded(lost: Lost) -> str:
    return f"{lost.table} ({', '.join(lost.columns)})" if lost.columns else lost.table


def with_restore(
    up: Sequence[Step], down: Sequence[Step], prefix: str, *, is_tidied: bool = False,
    unheld: frozenset[str] = frozenset(),
) -> tuple[Step, ...]:
    """The way down that puts back what the way up keeps: a look before its statements, the rest behind them.

    Shape: beside a statement that must run alone they are transactions of their own, with numbers of their own;
    is_tidied says that what they empty is dropped behind them, where DDL commits by itself; rows of a table among
    unheld are put back outside a transaction, which would not take them back.
    """
    kept = [step for step in up if step.kind is StepKind.STASH and step.sql.startswith(KEEP)]
    if not kept:
        return tuple(down)
    tables = sorted({table for step in kept for _schema, table, _columns in json.loads(step.sql.removeprefix(KEEP))})
    is_setting = [step.kind is StepKind.SETTING for step in down]
    start = is_setting.index(False) if False in is_setting else len(down)
    end = len(down) - is_setting[::-1].index(False) if False in is_setting else len(down)
    before, rest, after = down[:start], list(down[start:end]), down[end:]
    if rest and rest[0].transaction is None:
        rest = [replace(step, number=step.number + 1) for step in rest]
    near, last = (rest[0], rest[-1]) if rest else (replace(kept[0], transaction=0, number=1),) * 2
    look = _extra(near, f"{prefix}/look", StepKind.RESTORE, "RESTORE look", "looks what was written since")
    names = json.dumps(tables, ensure_ascii=False)
    put = _extra(last, f"{prefix}/put", StepKind.RESTORE, f"{PUT}{names}", f"puts back {', '.join(tables)}")
    if near.transaction is None:
        look = replace(look, transaction=-1, number=1)
    if last.transaction is None:
        put = replace(put, transaction=len(rest), number=last.number + 1)
    if not unheld.isdisjoint(map(str.lower, tables)):
        put = replace(put, transaction=None)
    checks = [s for s in rest if s.kind is StepKind.CHECK and s.transaction == put.transaction]
    tidy = replace(_extra(put, f"{prefix}/tidy", StepKind.RESTORE, TIDY, "clears what is empty"), transaction=None)
    return (*before, look, *(s for s in rest if s not in checks), put, *checks, *after, *([tidy] if is_tidied else []))


def kept_tables(plan: Plan) -> frozenset[str]:
    """The tables that a plan's stash keeps something of."""
    orders = [json.loads(step.sql.removeprefix(KEEP)) for step in plan.steps if step.sql.startswith(KEEP)]
    return frozenset(table for order in orders for _schema, table, _columns in order)


def restored_tables(plan: Plan) -> frozenset[str]:
    """The tables, in lower case, into which a plan puts something back."""
    orders = [s.sql.removeprefix(PUT) for s in plan.steps if s.sql.startswith(PUT)]
    return frozenset(name.lower() for order in orders for name in json.loads(order))


def _extra(near: Step, id: str, kind: StepKind, sql: str, note: str) -> Step:
    return replace(
        near, id=id, kind=kind, sql=sql, note=note, probe="", lock=LockLevel.WRITES, is_in_doubt=False,
        is_session=False, record=None,
    )
