"""A value is added to an enum"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Alter
from neoron.sql.parts import Kind


def for_ever(action: Alter, scene: Scene) -> Iterator[Hit]:
    """ALTER TYPE … ADD VALUE."""
    if action.change == "add value" and not scene.is_created(Kind.TYPE, action.name):
        yield Hit(f"'{action.value}' of {action.name} cannot be removed again")


RULE = Rule(
    id="add-enum-value",
    category=Category.IRREVERSIBLE,
    severity=Severity.WARNING,
    title="A value is added to an enum",
    why="It can never be taken away again.",
    instead="be sure of its spelling; for changing lists use a table with a foreign key",
    looks_at=(Alter,),
    aliases=("squawk:ban-add-enum-value", "eugene:W13"),
    engines={
        "postgresql": OnEngine(
            for_ever,
            Effect(LockLevel.NONE, source="PostgreSQL manual, ALTER TYPE, ADD VALUE"),
            Example(
                bad="ALTER TYPE mood ADD VALUE 'so-so';",
                good="CREATE TYPE fresh AS ENUM ('a'); ALTER TYPE fresh ADD VALUE 'b';",
                schema="CREATE TYPE mood AS ENUM ('good');",
            ),
        ),
    },
)
