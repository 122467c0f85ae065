"""Migrations and history in, a plan out; nothing is sent from here.

A migration whose statements fit one transaction is one group that ends with its history row. Otherwise
its progress is recorded step by step, so that a run that died goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from neoron.errors import PlanRefused
from neoron.model.encode import steps_from_json
from neoron.model.history import AppliedMigration, History, Progress
from neoron.model.migration import CompiledMigration, Direction, Migration, Version
from neoron.model.plan import BASE, LockLevel, Plan, PlannedMigration, RecordKind, Step, StepKind, statements_digest
from neoron.stages.section import PlanInputs, following, is_atomic, section_steps
from neoron.stages.stash_steps import SETTLE, is_held, with_restore, with_stash

_RUNNING = (StepKind.STATEMENT, StepKind.PYTHON)
ReadDown = Callable[[Version], tuple[str, str]]


class _Builder:
    """Collects steps and hands out transaction numbers."""

    def __init__(self, inputs: PlanInputs) -> None:
        self.inputs = inputs
        self.steps: list[Step] = []
        self.planned: list[PlannedMigration] = []
        self._group = 0

    def next_group(self) -> int:
        self._group += 1
        return self._group

    def add(self, *steps: Step) -> None:
        self.steps += steps

    def plan(self, direction: Direction, start: Version, end: Version) -> Plan:
        inputs = self.inputs
        steps = self.steps if inputs.engine.effects.has_transactional_ddl else _fewer_commits(self.steps)
        return Plan(inputs.target, inputs.engine.name, direction, start, end, tuple(steps), tuple(self.planned))


def plan_up(inputs: PlanInputs, pending: Sequence[Migration], start: Version) -> Plan:
    """Apply the pending migrations, in order; creates the history first where it is missing.

    Raises: SourceError for a fault of a file; PlanRefused when a half-way migration was edited.
    """
    builder = _Builder(inputs)
    adopted = adopted_versions(inputs.history, inputs.migrations)
    if pending or adopted:
        _add_tables(builder)
    for position, version in enumerate(adopted, len(inputs.history.applied) + 1):
        _add_adopted(builder, version, position)
    position = len(inputs.history.applied) + len(adopted)
    inputs.compiler.compile_ahead([migration.version for migration in pending])
    for migration in pending:
        partial = _partial_of(inputs.history, migration)
        position = partial.position if partial else position + 1
        _add_up(builder, inputs.compiler.compile(migration.version), partial, position)
    return builder.plan(Direction.UP, start, pending[-1].version if pending else start)


def adopted_versions(history: History, migrations: Sequence[Migration]) -> tuple[Version, ...]:
    """Versions that Alembic applied before Neoron knew this target: `alembic_version` and all before it."""
    if not history.alembic:
        return ()
    wanted = _with_ancestors(history, migrations)
    known = {a.version for a in history.applied}
    return tuple(m.version for m in migrations if m.version in wanted and m.version not in known)


def taken_back_versions(history: History, migrations: Sequence[Migration]) -> tuple[Version, ...]:
    """Versions of the history that `alembic_version` no longer covers: Alembic took them back by itself."""
    if history.alembic is None:
        return ()
    covered = _with_ancestors(history, migrations)
    return tuple(a.version for a in history.complete if a.version not in covered)


def _with_ancestors(history: History, migrations: Sequence[Migration]) -> set[Version]:
    """The versions of `alembic_version` and all that they follow."""
    parents = {a.version: a.parents for a in history.applied} | {m.version: m.parents for m in migrations}
    found, waiting = set(), list(history.alembic or ())
    while waiting:
        version = waiting.pop()
        if version not in found:
            found.add(version)
            waiting += parents.get(version, ())
    return found


def _partial_of(history: History, migration: Migration) -> AppliedMigration | None:
    partial = history.partial
    return partial if partial and partial.version == migration.version else None


def _add_tables(builder: _Builder) -> None:
    if builder.inputs.history.exists:
        return
    sql = builder.inputs.engine.history.record_sql(RecordKind.TABLES)
    builder.add(_record("history", BASE, RecordKind.TABLES, sql, builder.next_group()))


def _add_adopted(builder: _Builder, version: Version, position: int) -> None:
    planned, _sections = _planned(builder, builder.inputs.compiler.compile(version), position)
    builder.planned.append(planned)
    sql = builder.inputs.engine.history.record_sql(RecordKind.APPLIED)
    step = _record(f"{version}/adopt", version, RecordKind.APPLIED, sql, builder.next_group())
    builder.add(replace(step, note="applied by Alembic before"))


def _add_up(
    builder: _Builder, compiled: CompiledMigration, partial: AppliedMigration | None, position: int
) -> None:
    planned, steps = _planned(builder, compiled, position)
    builder.planned.append(planned)
    if partial:
        _refuse_edited(compiled.migration, partial, steps)
    builder.planned[-1] = planned = _noting_progress(planned, steps, partial)
    _add_migration(builder, planned, steps, Direction.UP, partial)


def planned_for(inputs: PlanInputs, compiled: CompiledMigration) -> PlannedMigration:
    """What the history would keep of a migration.

    Raises: SourceError for a statement that must not be in a migration.
    """
    return _planned(_Builder(inputs), compiled, 0)[0]


def _planned(
    builder: _Builder, compiled: CompiledMigration, position: int
) -> tuple[PlannedMigration, tuple[Step, ...]]:
    migration = compiled.migration
    up = section_steps(builder.inputs, compiled, Direction.UP)
    builder.inputs = following(builder.inputs, compiled.up)
    down: tuple[Step, ...] = ()
    missing = ""
    if compiled.down.is_missing:
        missing = "it has no way down; only a restore can undo it"
    else:
        down = section_steps(builder.inputs, compiled, Direction.DOWN)
        is_tidied = not builder.inputs.engine.effects.has_transactional_ddl
        unheld = builder.inputs.history.unheld
        down = with_restore(up, down, f"{migration.version}/down", is_tidied=is_tidied, unheld=unheld)
    planned = PlannedMigration(
        migration.version, migration.name, compiled.checksum, migration.file_digest, migration.parents, down,
        missing, position=position,
    )  # fmt: skip
    return planned, up


def _noting_progress(
    planned: PlannedMigration, steps: Sequence[Step], partial: AppliedMigration | None
) -> PlannedMigration:
    if is_atomic(steps) and not partial:
        return planned
    running = tuple(s.sql for s in steps if s.kind in _RUNNING)
    return replace(planned, is_half_way=True, running=running)


def _add_migration(
    builder: _Builder, planned: PlannedMigration, steps: Sequence[Step], direction: Direction,
    partial: AppliedMigration | None,
) -> None:  # fmt: skip
    """Add one migration's steps with the history writes that its grouping needs."""
    final = RecordKind.APPLIED if direction is Direction.UP else RecordKind.REVERTED
    if not planned.is_half_way:
        group = builder.next_group()
        after = [s for s in steps if "/reset" in s.id or "/tidy" in s.id]
        for step in steps:
            if step not in after:
                builder.add(step if step.transaction is None else replace(step, transaction=group))
        builder.add(*_closing(builder, planned, direction, final, group), *after)
        return
    if not partial:
        builder.add(_history_step(builder, planned.version, direction, RecordKind.STARTED, builder.next_group()))
    _add_half_way(builder, planned, steps, direction, partial)
    builder.add(*_closing(builder, planned, direction, final, builder.next_group()))


def _fewer_commits(steps: Sequence[Step]) -> list[Step]:
    """History writes that follow each other commit together: each commit waits for the disk."""
    kept: list[Step] = []
    group: list[Step] = []
    for number, found in groupby(steps, key=lambda step: step.transaction):
        members = list(found)
        joins = number is not None and members[0].kind is StepKind.RECORD and bool(group)
        if joins and all(step.kind is StepKind.RECORD for step in group):
            members = [replace(step, transaction=group[0].transaction) for step in members]
            group = [*group, *members]
        else:
            group = [] if number is None else members
        kept += members
    return kept


def _add_half_way(
    builder: _Builder, planned: PlannedMigration, steps: Sequence[Step], direction: Direction,
    partial: AppliedMigration | None,
) -> None:  # fmt: skip
    done = partial.steps_done if partial else 0
    attempted = partial.step_attempted if partial else 0
    for members in _members([_repeated(_alone(step, attempted)) for step in steps]):
        # In a transaction now, and not when the run before died: a table's storage engine may change in between.
        members = [m for m in members if m.number > done or m.kind not in _RUNNING]
        number = members[-1].number if members else 0
        if number <= done and not (members and members[0].is_session):
            continue
        is_alone = members[0].transaction is None
        if is_alone and any(m.kind in _RUNNING for m in members):
            group, is_in_doubt = builder.next_group(), attempted == number
            builder.add(_history_step(builder, planned.version, direction, RecordKind.ATTEMPTED, group, number))
            builder.add(*(replace(m, is_in_doubt=is_in_doubt and m.sql != SETTLE) for m in members))
            group = builder.next_group()
        else:
            group = builder.next_group()
            builder.add(*(s if s.transaction is None else replace(s, transaction=group) for s in members))
            if is_alone:
                continue
        builder.add(_history_step(builder, planned.version, direction, RecordKind.ADVANCED, group, number))


def _alone(step: Step, attempted: int) -> Step:
    """A statement that was attempted alone is in doubt, whatever transaction would take it in by now."""
    is_in_doubt = step.kind is StepKind.STATEMENT and step.number == attempted
    return replace(step, transaction=None) if is_in_doubt else step


def _repeated(step: Step) -> Step:
    """A step that sets what only the session knows stands outside, so that a run that goes on sends it again."""
    return replace(step, kind=StepKind.SETTING, transaction=None) if step.is_session else step


def _members(steps: Sequence[Step]) -> list[list[Step]]:
    """Runs of steps that commit together; a step outside a transaction stands alone, but for what it holds."""
    runs: list[list[Step]] = []
    for step in steps:
        is_same = step.transaction is not None and runs and runs[-1][-1].transaction == step.transaction
        if is_same or (runs and is_held(runs[-1], step)):
            runs[-1].append(step)
        else:
            runs.append([step])
    return runs


def _closing(
    builder: _Builder, planned: PlannedMigration, direction: Direction, kind: RecordKind, group: int
) -> list[Step]:
    """The history row, and `alembic_version` where the target has that table, in one transaction."""
    steps = [_history_step(builder, planned.version, direction, kind, group)]
    history = builder.inputs.history
    if history.alembic is not None:
        here = [planned.version] if direction is Direction.UP else _new_heads(builder, planned)
        before = list(planned.parents) if direction is Direction.UP else [planned.version]
        steps += _alembic_steps(planned.version, direction, before, here, group)
    return steps


def _new_heads(builder: _Builder, taken_back: PlannedMigration) -> list[Version]:
    """The parents of a migration that nothing follows any more, once it is taken back."""
    gone = {planned.version for planned in builder.planned}
    followed = {p for a in builder.inputs.history.applied if a.version not in gone for p in a.parents}
    return [parent for parent in taken_back.parents if parent not in followed]


def _alembic_steps(
    version: Version, direction: Direction, before: Sequence[Version], after: Sequence[Version], group: int
) -> list[Step]:
    quoted = {v: "'" + v.replace("'", "''") + "'" for v in (*before, *after)}
    texts = [f"DELETE FROM alembic_version WHERE version_num = {quoted[v]}" for v in before]
    texts += [f"INSERT INTO alembic_version (version_num) VALUES ({quoted[v]})" for v in after]
    return [
        Step(f"{version}/{direction.value}/alembic{i}", version, StepKind.STATEMENT, text, group, lock=LockLevel.NONE)
        for i, text in enumerate(texts)
    ]


def _history_step(
    builder: _Builder, version: Version, direction: Direction, kind: RecordKind, group: int, number: int = 0
) -> Step:
    sql = builder.inputs.engine.history.record_sql(kind)
    return _record(f"{version}/{direction.value}/{kind.value}", version, kind, sql, group, number)


def _record(id: str, version: Version, kind: RecordKind, sql: str, group: int, number: int = 0) -> Step:
    return Step(id, version, StepKind.RECORD, sql, group, number, lock=LockLevel.NONE, record=kind)


def _refuse_edited(migration: Migration, partial: AppliedMigration, steps: Sequence[Step]) -> None:
    done = tuple(s.sql for s in steps if s.kind in _RUNNING and s.number <= partial.steps_done)
    if statements_digest(done) != partial.done_digest:
        raise PlanRefused(
            f"the first {partial.steps_done} statements of {migration.version} were applied and then edited",
            where=migration.path, state=f"{migration.version} is half-way.",
            next=f"bring back those statements in {migration.path}, and run again",
        )  # fmt: skip


def plan_down(inputs: PlanInputs, reverted: Sequence[AppliedMigration], end: Version, read_down: ReadDown) -> Plan:
    """Take back applied migrations, newest first, by the steps stored with them in the target.

    Raises: PlanRefused naming the first migration that has no way down.
    """
    builder = _Builder(inputs)
    for applied in reverted:
        text, missing = read_down(applied.version)
        if missing:
            raise PlanRefused(
                f"{applied.version} {applied.name} cannot be taken back: {missing}",
                next="roll back to a newer version, or bring back a backup: neoron backup list",
            )
        steps = tuple(
            replace(s, timeout_ms=inputs.lock_timeout_ms) for s in steps_from_json(text, applied.version)
        )
        if inputs.stashes:
            steps = tuple(with_stash(inputs.engine, steps, f"{applied.version}/down"))
        planned = PlannedMigration(
            applied.version, applied.name, applied.checksum, applied.file_digest, applied.parents, steps,
            position=applied.position,
        )  # fmt: skip
        partial = applied if applied.progress is Progress.REVERTING else None
        planned = _noting_progress(planned, steps, partial)
        builder.planned.append(planned)
        _add_migration(builder, planned, steps, Direction.DOWN, partial)
    start = reverted[0].version if reverted else end
    return builder.plan(Direction.DOWN, start, end)
