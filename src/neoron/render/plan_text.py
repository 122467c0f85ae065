"""A plan for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neoron.model.plan import LockLevel, Plan, Step
from neoron.model.plural import plural
from neoron.render import danger
from neoron.render.clean import cut, headline, one_line, pad
from neoron.render.style import Style, Tone, paint
from neoron.render.words import word

_NAMED = 8


def render_plan(plan: Plan, style: Style, *, width: int = 100) -> str:
    """Every step by transaction, then what loses data or locks, then one line of totals with the digest."""
    blocks = (_heading(plan, style), _steps(plan, style, width), _dangers(plan, style), [_totals(plan, style)])
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block)))


def _heading(plan: Plan, style: Style) -> Iterator[str]:
    versions = f"{one_line(plan.from_version)} → {one_line(plan.to_version)}"
    yield f"{paint(f'plan {plan.direction.value}', Tone.STRONG, style)}  {versions}"
    yield paint(f"{one_line(plan.target)} ({one_line(plan.engine)})", Tone.QUIET, style)
    if plan.is_empty:
        yield "Nothing to run."


def _steps(plan: Plan, style: Style, width: int) -> Iterator[str]:
    id_width = max((len(one_line(step.id)) for step in plan.steps), default=0)
    lock_width = max((len(word(step.lock).text) for step in plan.steps), default=0)
    number = 0
    previous: object = "none yet"
    for group in plan.groups():
        if group[0].transaction != previous:
            yield paint(_group_title(group[0]), Tone.STRONG, style)
        previous = group[0].transaction
        for step in group:
            number += 1
            lock = word(step.lock)
            start = f"{number:>4}  {pad(one_line(step.id), id_width)}  "
            text = cut(step_text(step), max(width - len(start) - lock_width - 2, 10))
            yield f"{start}{paint(pad(lock.text, lock_width), lock.tone, style)}  {text}".rstrip()


def step_text(step: Step) -> str:
    """What a step is, in one line: the start of its statement, or its note."""
    return headline(step.text) or one_line(step.note) or step.kind.value


def _group_title(step: Step) -> str:
    return "outside a transaction" if step.transaction is None else f"transaction {step.transaction}"


def _dangers(plan: Plan, style: Style) -> Iterator[str]:
    groups = (
        ("destroys data", Tone.BAD, danger.destructive(plan)),
        *((word(level).text, word(level).tone, danger.locking(plan, level)) for level in _BY_WEIGHT),
    )
    for title, tone, steps in groups:
        if steps:
            yield f"{paint(pad(title, 23), tone, style)}  {_names(steps)}"


_BY_WEIGHT = (LockLevel.ALL, LockLevel.WRITES, LockLevel.UNKNOWN)


def _names(steps: Sequence[Step]) -> str:
    names = ", ".join(one_line(step.id) for step in steps[:_NAMED])
    return names if len(steps) <= _NAMED else f"{names} and {len(steps) - _NAMED:,} more"


def _totals(plan: Plan, style: Style) -> str:
    sent = danger.statements(plan)
    migrations = len(plan.migrations) or len({step.version for step in plan.steps})
    outside = sum(step.transaction is None for step in sent)
    totals = f"{plural(migrations, 'migration')}, {plural(len(sent), 'statement')}, {outside:,} outside a transaction"
    return paint(f"{totals}; digest {plan.digest[:12]}", Tone.STRONG, style)
