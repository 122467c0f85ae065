"""A plan as a T-SQL script that guards itself: for sqlcmd, Management Studio, or any client that cuts at `GO`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from neoron.engines.ledger import HISTORY
from neoron.engines.sqlserver.effects import is_setting, words_of
from neoron.engines.sqlserver.history import LEDGER, attempted_condition, script_attempt
from neoron.engines.sqlserver.lock import RELEASE_SQL
from neoron.engines.sqlserver.script_text import (
    batch,
    execute,
    guarded,
    in_transaction,
    literal,
    message,
    plain,
    settings,
    stop,
    stop_if,
    stop_unless,
    take_lock,
    unless,
)
from neoron.engines.sqlserver.script_way import Way, way
from neoron.errors import PlanRefused
from neoron.model.migration import Direction, Version
from neoron.model.plan import BASE, Plan, RecordKind, Step, StepKind

Group = tuple[Step, ...]
_PARSED = re.compile(r"SET (?:\w+ , )*(QUOTED_IDENTIFIER|ANSI_NULLS)(?: , \w+)* (ON|OFF)\b")
_TEMPORARY = re.compile(r"(?<![\w#@$])#[\w#@$]+")


def render(plan: Plan, *, is_idempotent: bool) -> str:
    """The whole script: takes the deploy lock, stops by itself at the first error, writes the history.

    Shape: every statement of a migration is compiled when its turn comes, so that none is refused for what an
    earlier one changes; idempotent, it can be run again at any time and does what is left to do.
    Raises: PlanRefused for a Python step, and for a setting that no script can carry.
    """
    _refuse_python(plan)
    parts = []
    if any(step.record is RecordKind.TABLES for step in plan.steps):
        tables = ["BEGIN TRANSACTION;", *(f"{sql};" for sql in LEDGER.table_statements()), "COMMIT TRANSACTION;"]
        parts.append(_title(guarded(tables), "history"))
    ways: list[Way] = []
    for version, steps in _by_version(plan):
        previous = ways[-1].version if ways else _first_previous(plan)
        ways.append(way(plan.migration(version), plan.direction, previous))
        parts.extend(_migration(ways[-1], steps, is_idempotent=is_idempotent))
    body = "\n\n".join([*parts, _ending(plan, ways)])
    timeout_ms = max((step.timeout_ms for step in plan.steps), default=0)
    is_ascii = body.isascii()
    head = [_header(plan, is_ascii=is_ascii, is_idempotent=is_idempotent), settings(timeout_ms)]
    return "\n\n".join([*head, take_lock(is_ascii=is_ascii), body]) + "\n"


def _refuse_python(plan: Plan) -> None:
    for step in plan.steps:
        if step.kind is StepKind.PYTHON:
            raise PlanRefused(
                f"migration {step.version} runs as Python, which no SQL script can hold: {step.note or 'see its file'}",
                where=str(step.at or step.id),
                next="deploy it with neoron deploy",
            )


def _header(plan: Plan, *, is_ascii: bool, is_idempotent: bool) -> str:
    form = "can be run again at any time" if is_idempotent else "runs once; for one to run again, add --idempotent"
    encoding = "" if is_ascii else " -f 65001"
    return (
        f"-- {plan.direction.value.upper()} from {plain(plan.from_version)} to {plain(plan.to_version)}, "
        f"SQL Server. It {form}.\n"
        f"-- Plan {plan.digest[:16]}. Run it with: sqlcmd -b -x{encoding} -i THIS_FILE, or in Management Studio,\n"
        "-- not inside a transaction of your own. It stops by itself at the first error."
    )


def _by_version(plan: Plan) -> Iterator[tuple[Version, list[Step]]]:
    steps = (step for step in plan.steps if step.kind is not StepKind.RECORD)
    found: dict[Version, list[Step]] = {m.version: [] for m in plan.migrations}
    for step in steps:
        found.setdefault(step.version, []).append(step)
    order = dict.fromkeys(s.version for s in plan.steps if s.record is not RecordKind.TABLES)
    return ((version, found[version]) for version in order)


def _first_previous(plan: Plan) -> Version | None:
    return plan.from_version if plan.direction is Direction.UP and plan.from_version != BASE else None


def _title(text: str, *words: str) -> str:
    return f"-- {plain(' '.join(words))}\n{text}"


def _migration(way: Way, steps: Sequence[Step], *, is_idempotent: bool) -> list[str]:
    # What belongs to the history row itself has no number; it is written together with it.
    closing = [step for step in steps if not step.number]
    steps = [step for step in steps if step.number]
    groups = [group for number, found in groupby(steps, key=lambda s: s.transaction) for group in _cut(number, found)]
    if all(step.transaction is not None or step.is_session for step in steps) and _one_transaction(steps):
        lines = in_transaction(way.version, [*way.may_begin(), *_run([*steps, *closing]), f"{way.apply_sql};"])
        body = [guarded(_once(way, [*lines, _said(way)], is_idempotent=is_idempotent))]
    else:
        body = _half_way(way, groups, closing, is_idempotent=is_idempotent)
    return [_title(body[0], way.version, way.name), *body[1:]]


def _one_transaction(steps: Sequence[Step]) -> bool:
    return len({step.transaction for step in steps if step.transaction is not None}) <= 1


def _cut(number: int | None, steps: Iterator[Step]) -> list[Group]:
    return [(step,) for step in steps] if number is None else [tuple(steps)]


def _said(way: Way) -> str:
    return f"PRINT {message(f'neoron: {way.version} {way.did}')};"


def _once(way: Way, lines: Sequence[str], *, is_idempotent: bool) -> list[str]:
    """Lines that run where the migration is not done; done, it is skipped, or an error in the plain form."""
    if is_idempotent:
        return unless(way.done, f"neoron: {way.version} is {way.done_words}", lines)
    again = f"{way.version} is {way.done_words}; a script made with --idempotent goes on from there"
    return [stop_if(way.done, again), *lines]


def _run(steps: Sequence[Step]) -> list[str]:
    """The steps in order; a temporary table lives as long as the text that makes it, so what needs it runs inside."""
    lines: list[str] = []
    for at, step in enumerate(steps):
        if step.kind is StepKind.CHECK:
            wrong = stop(f"the check {step.id} found rows that are wrong")
            lines.append(execute(f"IF EXISTS ({step.sql}\n) {wrong}"))
        elif step.is_session or step.kind is StepKind.SETTING:
            lines.extend(_setting(step))
        elif _is_needed_later(step, steps[at + 1 :]):
            inner = "\n".join(_run(steps[at + 1 :]))
            lines.append(execute(f"{step.sql}\n;\n{inner}"))
            break
        else:
            lines.append(execute(step.sql))
    return lines


def _is_needed_later(step: Step, later: Sequence[Step]) -> bool:
    if "#" not in step.sql or not any("#" in other.sql for other in later):
        return False
    made = {name.lower() for name in _TEMPORARY.findall(step.sql)}
    return any(made & {name.lower() for name in _TEMPORARY.findall(other.sql)} for other in later)


def _setting(step: Step) -> list[str]:
    """A batch of SET statements stays outside EXEC, at whose end it would be forgotten.

    Source: Microsoft, "EXECUTE" and "SET statements": a SET in dynamic SQL holds as long as that runs;
    "SET QUOTED_IDENTIFIER" takes effect when a batch is parsed.
    """
    words = words_of(step.sql)
    if is_setting(words) and all(value == "ON" for _name, value in _PARSED.findall(words)):
        kept = [part for part in _settings_in(step.sql) if not _PARSED.match(words_of(part))]
        return [f"{part};" for part in kept]
    raise PlanRefused(
        "no script can carry a setting that is read when a whole batch is parsed", where=str(step.at or step.id),
        next="deploy it with neoron deploy, or write SET … OFF into the batch that needs it",
    )  # fmt: skip


def _settings_in(sql: str) -> list[str]:
    return [part.strip().rstrip(";").rstrip() for part in re.split(r"(?i)(?<![\w@#$])(?=set\s)", sql) if part.strip()]


def _half_way(way: Way, groups: Sequence[Group], closing: Sequence[Step], *, is_idempotent: bool) -> list[str]:
    """A migration of several transactions: the history notes how far it has come."""
    start = [*way.may_begin(), f"{way.start_sql};"]
    if is_idempotent:
        start = unless(f"{way.done} OR {way.begun}", f"neoron: {way.version} is begun or {way.done_words}", start)
    else:
        start = _once(way, start, is_idempotent=False)
    parts, before = [guarded(start)], 0
    carried: list[Step] = []
    for group in groups:
        if all(step.is_session or step.kind is StepKind.SETTING for step in group):
            carried.extend(group)
            continue
        number = group[-1].number
        if group[0].transaction is None:
            lines = _outside(way, group[0], number)
        else:
            lines = in_transaction(way.version, [*_run(group), f"{way.advance_sql(number)};"])
        set_first = [line for step in carried for line in _setting(step)]
        done = f"{way.done} OR {way.step_done(number)}"
        said = f"neoron: {way.version} is past step {number}"
        turn = _in_turn(way, before)
        parts.append(guarded(unless(done, said, [turn, *set_first, *lines])))
        before = number
    last = in_transaction(way.version, [_in_turn(way, before), *_run(closing), f"{way.finish_sql};"])
    parts.append(guarded(unless(way.done, f"neoron: {way.version} is {way.done_words}", [*last, _said(way)])))
    return parts


def _in_turn(way: Way, before: int) -> str:
    condition = way.step_done(before) if before else way.begun
    return stop_unless(condition, f"an earlier step of {way.version} did not finish")


def _outside(way: Way, step: Step, number: int) -> list[str]:
    """One statement outside a transaction: noted as begun, run, noted as done; after a run that died, first asked."""
    run = [f"{script_attempt(way.version, number)};", execute(step.sql)]
    attempted = attempted_condition(way.version, number)
    if step.probe:
        lines = [
            "DECLARE @left nvarchar(max);",
            f"IF {attempted} SET @left = ({step.probe});",
            "IF @left NOT IN (N'done', N'undone') EXEC(@left);",
            "IF ISNULL(@left, N'') <> N'done'", "BEGIN", *(f"    {line}" for line in run), "END;",
        ]  # fmt: skip
    else:
        doubt = f"a run ended inside step {number} of {way.version}: look whether it took effect, and tell the history"
        lines = [stop_if(attempted, doubt), *run]
    return [*lines, f"{way.advance_sql(number)};"]


def _ending(plan: Plan, ways: Sequence[Way]) -> str:
    versions = ", ".join(literal(way.version) for way in ways)
    if plan.direction is Direction.UP:
        applied = f"SELECT COUNT(*) FROM {HISTORY} WHERE progress = N'applied' AND version IN ({versions})"
        missing = f"({applied}) <> {len(ways)}"
    else:
        missing = f"EXISTS (SELECT 1 FROM {HISTORY} WHERE version IN ({versions}))"
    failed = stop(f"the script {plan.direction.value} to {plan.to_version} did not finish; the first error says why")
    return "\n\n".join([
        batch("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;", RELEASE_SQL, "SET LOCK_TIMEOUT -1;"),
        batch(
            f"IF OBJECT_ID(N'{HISTORY}', N'U') IS NULL {failed}",
            f"IF {missing} {failed}" if ways else "",
            f"PRINT {message(f'neoron: the database is at version {plan.to_version}')};",
        ),
    ])  # fmt: skip
