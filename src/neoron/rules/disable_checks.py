"""Checks and triggers are switched off for the session"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Setting

_OFF = {"session_replication_role": ("replica", "local")}


def checks_off(action: Setting, scene: Scene) -> Iterator[Hit]:
    """A setting that lets foreign keys and triggers sleep."""
    if action.value.lower() in _OFF.get(action.name, ()):
        yield Hit(f"with {action.name} = {action.value} foreign keys and triggers are not looked at")


RULE = Rule(
    id="disable-checks",
    category=Category.DATA_LOSS,
    severity=Severity.WARNING,
    title="Checks and triggers are switched off for the session",
    why=(
        "Foreign keys and triggers do not run: rows that break them are written and never found again."
    ),
    instead="load in an order that keeps the foreign keys, or make them deferrable",
    looks_at=(Setting,),
    engines={
        "postgresql": OnEngine(
            checks_off,
            Effect(LockLevel.NONE, source="PostgreSQL manual, 20.11.1 session_replication_role"),
            Example(
                bad="SET session_replication_role = replica;",
                good="SET session_replication_role = origin;",
            ),
        ),
    },
)
