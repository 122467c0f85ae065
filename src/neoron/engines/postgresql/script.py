"""A plan as SQL text that guards itself: for `psql` with its default flags, or any driver in autocommit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from neoron.engines.postgresql.script_blocks import (
    HELD,
    RUN_SETTING,
    Way,
    block,
    execute,
    literal,
    release_lock,
    stop_unless,
    tables,
    take_lock,
    terminated,
    way,
    written,
)
from neoron.engines.postgresql.script_outside import render_outside
from neoron.errors import PlanRefused
from neoron.model.migration import Direction, Version
from neoron.model.plan import BASE, Plan, RecordKind, Step, StepKind

Group = tuple[Step, ...]


def render(plan: Plan, *, is_idempotent: bool) -> str:
    """The whole script: takes the deploy lock, stops by itself at the first error, writes the history.

    Shape: idempotent, it can be run again at any time, also after it was killed, and does what is left to do;
    plain, it is the statements as written, and a second run changes nothing.
    Raises: PlanRefused for a Python step, and for a statement that cannot be guarded.
    """
    _refuse_python(plan)
    parts = [_header(plan, is_idempotent=is_idempotent), _settings(plan), take_lock()]
    if any(step.record is RecordKind.TABLES for step in plan.steps):
        parts.append(tables())
    ways: list[Way] = []
    for version, steps in _by_version(plan):
        previous = ways[-1].version if ways else _first_previous(plan)
        ways.append(way(plan.migration(version), plan.direction, previous))
        parts.extend(_migration(ways[-1], steps, is_idempotent=is_idempotent))
    return "\n\n".join([*parts, _ending(plan, ways)]) + "\n"


def _refuse_python(plan: Plan) -> None:
    for step in plan.steps:
        if step.kind is StepKind.PYTHON:
            raise PlanRefused(
                f"migration {step.version} runs as Python, which no SQL script can hold: {step.note or 'see its file'}",
                where=str(step.at or step.id),
                next="deploy it with neoron deploy",
            )


def _header(plan: Plan, *, is_idempotent: bool) -> str:
    form = "can be run again at any time" if is_idempotent else "runs once; for one to run again, add --idempotent"
    return (
        f"-- {plan.direction.value.upper()} from {plan.from_version} to {plan.to_version}, PostgreSQL. It {form}.\n"
        f"-- Plan {plan.digest[:16]}. Run it with: psql --file THIS_FILE, or statement by statement in autocommit,\n"
        "-- not inside a transaction of your own. It stops by itself at the first error."
    )


def _settings(plan: Plan) -> str:
    timeout_ms = max((step.timeout_ms for step in plan.steps), default=0)
    limit = f"\nSET lock_timeout = {timeout_ms};" if timeout_ms else ""
    return f"SET standard_conforming_strings = on;\nSET client_min_messages = warning;{limit}"


def _by_version(plan: Plan) -> Iterator[tuple[Version, list[Step]]]:
    steps = (step for step in plan.steps if step.kind is not StepKind.RECORD)
    found: dict[Version, list[Step]] = {m.version: [] for m in plan.migrations}
    for step in steps:
        found.setdefault(step.version, []).append(step)
    order = dict.fromkeys(s.version for s in plan.steps if s.record is not RecordKind.TABLES)
    return ((version, found[version]) for version in order)


def _first_previous(plan: Plan) -> Version | None:
    return plan.from_version if plan.direction is Direction.UP and plan.from_version != BASE else None


def _migration(way: Way, steps: Sequence[Step], *, is_idempotent: bool) -> list[str]:
    # What belongs to the history row itself has no number; it is written together with it.
    closing = [step for step in steps if not step.number]
    steps = [step for step in steps if step.number]
    groups = [group for number, found in groupby(steps, key=lambda s: s.transaction) for group in _cut(number, found)]
    title = f"-- {way.version} {_one_line(way.name)}"
    if len(groups) <= 1 and all(step.transaction is not None for step in steps):
        body = [_whole_again(way, [*steps, *closing])] if is_idempotent else [_whole_once(way, [*steps, *closing])]
    else:
        body = _half_way(way, groups, closing, is_idempotent=is_idempotent)
    return [f"{title}\n{body[0]}", *body[1:]]


def _cut(number: int | None, steps: Iterator[Step]) -> list[Group]:
    return [(step,) for step in steps] if number is None else [tuple(steps)]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _whole_again(way: Way, steps: Sequence[Step]) -> str:
    return block(
        HELD,
        f"IF {way.done} THEN RETURN; END IF;",
        *way.may_begin(),
        *(execute(step) for step in steps),
        f"{way.apply_sql};",
    )


def _whole_once(way: Way, steps: Sequence[Step]) -> str:
    return "\n\n".join(
        ["BEGIN;", block(HELD, _not_yet(way), *way.may_begin()), *(written(step) for step in steps),
         terminated(way.apply_sql), "COMMIT;"]
    )  # fmt: skip


def _not_yet(way: Way) -> str:
    words = f"{way.version} is {way.done_words}; a script made with --idempotent goes on from there"
    return stop_unless(f"NOT ({way.done})", words)


def _half_way(way: Way, groups: Sequence[Group], closing: Sequence[Step], *, is_idempotent: bool) -> list[str]:
    """A migration of several transactions: the history notes how far it has come."""
    noted = [group[-1].number for group in groups]
    parts = [_start(way, is_idempotent=is_idempotent)]
    for group, number, before in zip(groups, noted, [0, *noted], strict=False):
        if group[0].transaction is None:
            parts.extend(render_outside(group[0], way, number, before, is_idempotent=is_idempotent))
        elif is_idempotent:
            parts.append(_group_again(way, group, number, before))
        else:
            parts.append(_group_once(way, group, number, before))
    return [*parts, _finish(way, noted[-1], closing, is_idempotent=is_idempotent)]


def _start(way: Way, *, is_idempotent: bool) -> str:
    if is_idempotent:
        begun = f"IF {way.done} OR {way.begun} THEN RETURN; END IF;"
        return block(HELD, begun, *way.may_begin(), f"{way.start_sql};")
    mark = f"PERFORM set_config('{RUN_SETTING}', {literal(way.version)}, false);"
    return block(HELD, _not_yet(way), *way.may_begin(), f"{way.start_sql};", mark)


def _in_turn(way: Way, before: int) -> str:
    condition = way.step_done(before) if before else way.begun
    return stop_unless(condition, f"an earlier step of {way.version} did not finish")


def _group_again(way: Way, group: Group, number: int, before: int) -> str:
    return block(
        HELD,
        f"IF {way.done} OR {way.step_done(number)} THEN RETURN; END IF;",
        _in_turn(way, before),
        *(execute(step) for step in group),
        f"{way.advance_sql(number)};",
    )


def _group_once(way: Way, group: Group, number: int, before: int) -> str:
    guard = block(HELD, _begun_now(way), _in_turn(way, before))
    statements = (written(step) for step in group)
    return "\n\n".join(["BEGIN;", guard, *statements, terminated(way.advance_sql(number)), "COMMIT;"])


def _begun_now(way: Way) -> str:
    return stop_unless(
        f"current_setting('{RUN_SETTING}', true) = {literal(way.version)}", f"{way.version} was not begun by this run"
    )


def _finish(way: Way, last: int, closing: Sequence[Step], *, is_idempotent: bool) -> str:
    guard = f"IF {way.done} THEN RETURN; END IF;" if is_idempotent else _begun_now(way)
    return block(HELD, guard, _in_turn(way, last), *(execute(step) for step in closing), f"{way.finish_sql};")


def _ending(plan: Plan, ways: Sequence[Way]) -> str:
    settings = "RESET lock_timeout;\nRESET client_min_messages;"
    done = " AND ".join(way.done for way in ways) or "true"
    words = f"the script {plan.direction.value} to {plan.to_version} did not finish; the first error says why"
    finished = literal(f"neoron: the database is at version {plan.to_version}")
    verdict = block(stop_unless(done, words), f"RAISE NOTICE USING MESSAGE = {finished};")
    return f"{release_lock()}\n\n{settings}\n\n{verdict}"
