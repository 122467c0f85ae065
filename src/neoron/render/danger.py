"""Which steps of a plan lose data or keep others waiting."""

from __future__ import annotations

import re
from itertools import pairwise

from neoron.model.plan import LockLevel, Plan, Step, StepKind

_OURS = (StepKind.RECORD, StepKind.SETTING)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r"([^\s;(,]+)"
_DROP_TABLE = re.compile(rf"DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}", re.IGNORECASE)
_RENAME_TO = re.compile(rf"\bRENAME\s+TO\s+{_NAME}", re.IGNORECASE)
_DESTRUCTIVE = re.compile(
    r"DROP\s+(?:TABLE|SCHEMA|DATABASE|MATERIALIZED\s+VIEW|SEQUENCE)\b|TRUNCATE\b|DELETE\s+FROM\b"
    r"|ALTER\s+TABLE\b.*?\bDROP\s+(?:COLUMN\b|(?!CONSTRAINT|INDEX|KEY|PRIMARY|FOREIGN|CHECK|DEFAULT|NOT\b|IDENTITY"
    r"|EXPRESSION|PARTITION)\w)",
    re.IGNORECASE | re.DOTALL,
)


def statements(plan: Plan) -> tuple[Step, ...]:
    """The steps that the migrations asked for, without Neoron's own records and settings."""
    return tuple(step for step in plan.steps if step.kind not in _OURS)


def destructive(plan: Plan) -> tuple[Step, ...]:
    """The steps that remove tables, columns or rows."""
    stashed = {after.id for before, after in pairwise(plan.steps) if before.kind is StepKind.STASH}
    rebuilt = _renamed_to(plan)
    asked = (step for step in statements(plan) if step.kind is not StepKind.STASH)
    return tuple(step for step in asked if step.id in stashed or _loses(step, rebuilt))


def locking(plan: Plan, level: LockLevel) -> tuple[Step, ...]:
    """The steps of that lock level."""
    return tuple(step for step in statements(plan) if step.lock is level)


def _loses(step: Step, rebuilt: set[str]) -> bool:
    sql = _COMMENT.sub(" ", step.sql).strip()
    dropped = _DROP_TABLE.match(sql)
    if dropped and _bare(dropped.group(1)) in rebuilt:
        return False
    return _DESTRUCTIVE.match(sql) is not None


def _renamed_to(plan: Plan) -> set[str]:
    # A table that is copied, dropped and renamed back was rebuilt, not lost.
    return {_bare(name) for step in plan.steps for name in _RENAME_TO.findall(step.sql)}


def _bare(name: str) -> str:
    return name.strip('"`[];').casefold()
