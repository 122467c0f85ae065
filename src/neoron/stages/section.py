"""One direction of one migration -> its steps: grouping, effects, settings and checks.

Not here: history rows and the order of migrations (plan.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from neoron.engines.roles import Engine
from neoron.errors import SourceError
from neoron.model.history import History
from neoron.model.migration import CompiledMigration, Direction, Location, Migration, Section
from neoron.model.plan import LockLevel, Step, StepKind
from neoron.source.compiler import Compiler
from neoron.stages.stash_steps import PREPARE, TIDY, with_stash

# What a Python step sends is not known beforehand; where its file speaks of it, it is taken to rebuild a table.
_MAY_DROP = re.compile(r"batch_alter_table|drop_table|DROP\s+TABLE", re.IGNORECASE)
_REBUILD = ("DROP TABLE t", "ALTER TABLE t_new RENAME TO t")


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What every plan needs besides its direction.

    Shape: migrations are all files in order; history is what the target says, or what a script assumes.
    """

    engine: Engine
    target: str
    migrations: Sequence[Migration]
    compiler: Compiler
    history: History
    lock_timeout_ms: int = 2_000
    stashes: bool = True


def is_atomic(steps: Sequence[Step]) -> bool:
    """True when all steps fit one transaction, which then ends with the history row."""
    groups = {step.transaction for step in steps if step.kind is not StepKind.SETTING and not _is_beside(step)}
    return groups <= {0}


def _is_beside(step: Step) -> bool:
    """Whether a step only makes room for the stash, or clears it: it may be sent again, and left undone."""
    return step.transaction is None and step.sql.startswith((PREPARE, TIDY))


def section_steps(inputs: PlanInputs, compiled: CompiledMigration, direction: Direction) -> tuple[Step, ...]:
    """The steps of one section, with group numbers that count from 0 inside the migration.

    Raises: SourceError for a statement that must not be in a migration.
    """
    section = compiled.up if direction is Direction.UP else compiled.down
    migration = compiled.migration
    prefix = f"{migration.version}/{direction.value}"
    if section.python_reason:
        sent = _REBUILD if _MAY_DROP.search(migration.text) else ()
        return tuple(_surrounded(inputs, [_python_step(inputs, migration, direction, section, prefix)], prefix, sent))
    steps: list[Step] = []
    group, is_open, unheld = -1, False, inputs.history.unheld
    for number, statement in enumerate(section.statements, 1):
        effect = inputs.engine.effects.effect(statement.text)
        at = Location(migration.path, statement.line)
        if effect.refused:
            raise SourceError(effect.refused, where=str(at), next=f"edit {migration.path}")
        is_apart, unheld = inputs.engine.effects.unheld(statement.text, unheld)
        inside = effect.can_run_in_transaction and not is_apart
        if inside and not (is_open and section.in_transaction):
            group += 1
        is_open = inside
        steps.append(
            Step(
                f"{prefix}/{number}", migration.version, StepKind.STATEMENT, statement.text, group if inside else None,
                number, effect.lock, inputs.lock_timeout_ms, "", at, effect.probe, is_session=effect.is_session,
            )
        )  # fmt: skip
    whole = _surrounded(inputs, steps, prefix)
    return tuple(with_stash(inputs.engine, whole, prefix) if direction is Direction.UP and inputs.stashes else whole)


def following(inputs: PlanInputs, section: Section) -> PlanInputs:
    """What a plan goes on from when a section has run, as far as that decides how rows are written."""
    unheld = inputs.history.unheld
    for statement in section.statements:
        _is_apart, unheld = inputs.engine.effects.unheld(statement.text, unheld)
    return replace(inputs, history=replace(inputs.history, unheld=unheld))


def _python_step(
    inputs: PlanInputs, migration: Migration, direction: Direction, section: Section, prefix: str
) -> Step:
    source = inputs.compiler.python_source(migration.version, direction)
    # Where DDL commits by itself, a transaction around it would promise what it cannot keep.
    group = 0 if inputs.engine.effects.has_transactional_ddl else None
    return Step(
        f"{prefix}/1", migration.version, StepKind.PYTHON, source, group, 1, LockLevel.UNKNOWN, inputs.lock_timeout_ms,
        "", Location(migration.path, 1), note=f"runs as Python, which is not stashed: {section.python_reason}",
    )  # fmt: skip


def _surrounded(inputs: PlanInputs, steps: Sequence[Step], prefix: str, sent: Sequence[str] = ()) -> list[Step]:
    """Put settings around, and checks at the end of, each transaction that needs them.

    Shape: sent is what the steps are taken to send, where their own text is no SQL.
    """
    extras: dict[int, tuple[list[Step], list[Step]]] = {}
    for group, run in groupby(steps, key=lambda step: step.transaction):
        if group is None:
            continue
        members = list(run)
        before, checks, after = inputs.engine.effects.surround(sent or [s.sql for s in members])
        head = [_extra(members[0], f"{prefix}/set{group}.{i}", StepKind.SETTING, sql) for i, sql in enumerate(before)]
        tail = [_extra(members[-1], f"{prefix}/check{group}.{i}", StepKind.CHECK, q) for i, q in enumerate(checks)]
        tail += [_extra(members[-1], f"{prefix}/reset{group}.{i}", StepKind.SETTING, q) for i, q in enumerate(after)]
        if head or tail:
            extras[group] = (head, tail)
    return _woven(steps, extras) if extras else list(steps)


def _woven(steps: Sequence[Step], extras: dict[int, tuple[list[Step], list[Step]]]) -> list[Step]:
    woven: list[Step] = []
    for i, step in enumerate(steps):
        before, after = extras.get(step.transaction, ([], [])) if step.transaction is not None else ([], [])
        is_first = i == 0 or steps[i - 1].transaction != step.transaction
        is_last = i == len(steps) - 1 or steps[i + 1].transaction != step.transaction
        woven += [*(before if is_first else []), step, *(after if is_last else [])]
    return woven


def _extra(near: Step, id: str, kind: StepKind, sql: str) -> Step:
    group = near.transaction if kind is StepKind.CHECK else None
    return replace(near, id=id, kind=kind, sql=sql, transaction=group, probe="", lock=LockLevel.NONE)
