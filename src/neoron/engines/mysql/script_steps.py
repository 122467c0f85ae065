"""One migration of a script: what the history says decides what of it is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from neoron.engines.ledger import HISTORY
from neoron.engines.mysql.history import LEDGER
from neoron.engines.mysql.script_lines import HELD, Writer, assign, literal, row_condition
from neoron.model.migration import Direction, Version
from neoron.model.plan import PlannedMigration, RecordKind, Step, StepKind, statements_digest

Group = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One migration in one direction: what the history says of it, as conditions, and what to write into it.

    Shape: done is "nothing left to do", fresh "not begun", progress the word of a row that is half-way; ready, unless
    empty, must hold before.
    """

    planned: PlannedMigration
    direction: Direction
    done: str
    done_words: str
    fresh: str
    progress: str
    ready: str
    not_ready: str
    is_idempotent: bool

    @property
    def version(self) -> Version:
        """Its version."""
        return self.planned.version

    def at_step(self, before: int) -> str:
        """A condition: the half-way row has come to just this step, and by the same statements."""
        more = f" AND steps_done = {before:d}"
        if before:
            more += f" AND done_digest = {literal(statements_digest(self.planned.running[:before]))}"
        return row_condition(self.version, self.progress, more)

    def past_step(self, number: int) -> str:
        """A condition: the half-way row has come past this step."""
        return row_condition(self.version, self.progress, f" AND steps_done >= {number:d}")


def way_of(
    planned: PlannedMigration, direction: Direction, previous: Version | None, *, is_idempotent: bool
) -> Way:
    """The conditions of one migration; previous is the version that the plan takes before it."""
    version = planned.version
    applied, known = LEDGER.applied_condition(version), LEDGER.known_condition(version)
    if direction is Direction.UP:
        return Way(
            planned, direction, applied, "already applied", f"NOT {known}", "applying",
            LEDGER.applied_condition(previous) if previous else "",
            f"{version} follows {previous}, which is not applied", is_idempotent,
        )  # fmt: skip
    newer = f"position > (SELECT position FROM {HISTORY} WHERE version = {literal(version)})"
    return Way(
        planned, direction, f"NOT {known}", "not applied", applied, "reverting",
        f"NOT EXISTS (SELECT 1 FROM {HISTORY} WHERE {newer})",
        f"{previous or 'a newer migration'} is still applied, and {version} goes after it", is_idempotent,
    )  # fmt: skip


def migration_lines(writer: Writer, way: Way, steps: Sequence[Step]) -> Iterator[str]:
    """The parts of the script for one migration, in order."""
    yield "\n".join([f"-- {way.version} {' '.join(way.planned.name.split())}", *_begin(writer, way)])
    before = 0
    # An attempt is noted with what it is an attempt of.
    for group in _groups([step for step in steps if step.record is not RecordKind.ATTEMPTED]):
        number = group[-1].number
        if group[0].record is RecordKind.STARTED:
            yield _start(writer, way, group[0])
        elif group[0].kind is StepKind.SETTING:
            yield writer.run(group[0].sql)
        elif group[0].transaction is None:
            yield "\n".join(_alone(writer, way, group[0], before))
        elif group[-1].record is RecordKind.ADVANCED and len(group) == 1:
            yield writer.run(_advance(way, number), "@neoron_turn")
            before = number
        else:
            yield "\n".join(_together(writer, way, group, before))
            before = number


def _groups(steps: Sequence[Step]) -> Iterator[Group]:
    for number, found in groupby(steps, key=lambda step: step.transaction):
        steps_of = tuple(found)
        yield from ((step,) for step in steps_of) if number is None else (steps_of,)


def _begin(writer: Writer, way: Way) -> list[str]:
    half_way = row_condition(way.version, way.progress)
    lines = [assign("@neoron_on", f"@neoron_go AND {HELD} AND NOT {way.done}")]
    if not way.is_idempotent:
        words = f"{way.version} is {way.done_words}; a script made with --idempotent goes on from there"
        lines.append(writer.stop_unless(f"NOT {way.done}", words))
    can_go_on = half_way if way.is_idempotent and way.planned.is_half_way else "0"
    left = f"{way.version} was left half-way; nothing of it was run now"
    lines.append(writer.stop_unless(f"NOT @neoron_on OR {way.fresh} OR {can_go_on}", left))
    if way.ready:
        lines.append(writer.stop_unless(f"NOT @neoron_on OR {way.ready}", way.not_ready))
    return lines


def _start(writer: Writer, way: Way, step: Step) -> str:
    is_up = way.direction is Direction.UP
    start = LEDGER.script_record(RecordKind.STARTED, way.planned) if is_up else LEDGER.script_reverting(way.version)
    due = "@neoron_turn"
    journal = writer.journal(RecordKind.STARTED.value, way.version, step.id, way.planned.checksum, due)
    return "\n".join([
        assign(due, f"@neoron_on AND @neoron_go AND {way.fresh}"), writer.together(writer.run(start, due), journal)
    ])


def _turn(writer: Writer, way: Way, number: int, before: int) -> list[str]:
    """Whether the next writes are due: the history stands just before them."""
    words = f"an earlier step of {way.version} did not finish, or was edited since"
    past = way.past_step(number) if number else "0"
    return [
        assign("@neoron_turn", f"@neoron_on AND @neoron_go AND {HELD} AND {way.at_step(before)}"),
        writer.stop_unless(f"NOT @neoron_on OR @neoron_turn OR {past}", words),
    ]


def _alone(writer: Writer, way: Way, step: Step, before: int) -> list[str]:
    """A statement that commits by itself: the attempt is noted before it, and the catalog asked after a kill."""
    number = step.number
    tried = row_condition(way.version, way.progress, f" AND step_attempted = {number:d}")
    attempt = f"UPDATE {HISTORY} SET step_attempted = {number:d} WHERE version = {literal(way.version)}"
    lines = [*_turn(writer, way, number, before), assign("@neoron_tried", f"@neoron_turn AND {tried}")]
    if not step.probe:
        words = f"an earlier run died in {step.id}, and the catalog cannot tell whether it was done"
        return [
            *lines,
            writer.stop_unless("NOT @neoron_tried", words),
            writer.run(attempt, "@neoron_turn"),
            writer.run(step.sql, "@neoron_turn"),
        ]
    probe = f"SET @neoron_left = 'undone';\nSET @neoron_left = IF(@neoron_turn, ({step.probe}), 'undone');"
    remains = "@neoron_turn AND @neoron_tried AND @neoron_left NOT IN ('done', 'undone')"
    return [
        *lines,
        probe,
        # Work that is there before the first try would tell nothing later: no attempt is noted, and the server says so.
        writer.run(attempt, "@neoron_turn AND @neoron_left <> 'done'"),
        *([writer.run_text("@neoron_left", remains)] if "ELSE" in step.probe else []),
        writer.run(step.sql, "@neoron_turn AND NOT (@neoron_tried AND @neoron_left = 'done')"),
    ]


def _together(writer: Writer, way: Way, group: Group, before: int) -> list[str]:
    """Steps that commit with what the history says of them."""
    due = "@neoron_on"
    lines = []
    if way.planned.is_half_way:
        lines, due = _turn(writer, way, group[-1].number, before), "@neoron_turn"
    writes = [line for step in group for line in _written(writer, way, step, due)]
    return [*lines, writer.together(*writes)]


def _written(writer: Writer, way: Way, step: Step, due: str) -> Iterator[str]:
    if step.record is RecordKind.ADVANCED:
        yield writer.run(_advance(way, step.number), due)
    elif step.record in (RecordKind.APPLIED, RecordKind.REVERTED):
        yield writer.run(LEDGER.script_record(step.record, way.planned), due)
        yield writer.journal(step.record.value, way.version, step.id, way.planned.checksum, due)
    else:
        yield writer.run(step.sql, due)


def _advance(way: Way, number: int) -> str:
    return LEDGER.script_advance(way.version, number, statements_digest(way.planned.running[:number]))
