"""What a finding offers: its rule's safe sequence, for the part of the statement that it is about."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from neoron.rules.cut_alter import Cut, cut_alter
from neoron.rules.remedy import Part, Remedy
from neoron.rules.rule import OnEngine
from neoron.rules.scene import Scene
from neoron.sql.actions import Action, Reading, ResetSequence

_CUT = frozenset({"postgresql"})
"""Dialects whose ALTER TABLE is taken apart for its remedies; the others get the whole statement."""


def offered(on_engine: OnEngine, action: Action, scene: Scene, reading: Reading, dialect: str) -> Remedy | str:
    """The safe sequence in place of an action, or why there is none; "" where its rule has none at all."""
    if on_engine.remedy is None:
        return ""
    if action.inside:
        return f"it stands inside {action.inside}"
    head, clause = _clause(action, reading, dialect)
    if clause is None:
        return "the statement could not be taken apart"
    found = on_engine.remedy(Part(action, scene, reading.text, head, clause))
    return found if isinstance(found, str) else replace(found, head=head)


def clauses_of(reading: Reading, dialect: str) -> Cut | None:
    """The clauses of an ALTER TABLE, one for each action; None for anything else."""
    if dialect not in _CUT:
        return None
    cut = _cut(reading.text, dialect)
    return cut if cut and len(cut.clauses) == len(owners(reading)) else None


def owners(reading: Reading) -> list[Action]:
    """The actions that have a clause of their own."""
    return [action for action in reading.actions if not isinstance(action, ResetSequence)]


def shown(remedy: Remedy | str) -> str:
    """A safe sequence as SQL; empty where there is none."""
    if isinstance(remedy, str):
        return ""
    first = [f"{remedy.head} {', '.join(remedy.clauses)}"] if remedy.clauses else []
    later = [statement for phase in remedy.then for statement in phase.statements]
    return ";\n".join([*first, *remedy.instead, *later])


def _clause(action: Action, reading: Reading, dialect: str) -> tuple[str, str | None]:
    if dialect not in _CUT or not _is_alter(reading.text, dialect):
        return "", ""
    cut = clauses_of(reading, dialect)
    at = next((n for n, one in enumerate(owners(reading)) if one is action), None)
    return (cut.head, cut.clauses[at]) if cut and at is not None else ("", None)


def _is_alter(text: str, dialect: str) -> bool:
    return _cut(text, dialect) is not None


@lru_cache(maxsize=64)
def _cut(text: str, dialect: str) -> Cut | None:
    return cut_alter(text, dialect)
