"""A composite type changes"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Alter
from neoron.sql.parts import Kind

_CHANGES = ("add attribute", "drop attribute", "alter attribute")


def reshaped(action: Alter, scene: Scene) -> Iterator[Hit]:
    """ALTER TYPE … ADD, DROP or ALTER ATTRIBUTE."""
    if action.kind is not Kind.TYPE or action.change not in _CHANGES or scene.is_created(Kind.TYPE, action.name):
        return
    yield Hit(f"programs that use type {action.name} in its old shape fail")
    if action.change == "drop attribute":
        yield Hit(f"every value of {action.name}.{action.value} is gone for good", category=Category.DATA_LOSS)


RULE = Rule(
    id="change-composite-type",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="A composite type changes",
    why=(
        "Programs that read or write its values in the old shape fail; dropping an attribute drops its values."
    ),
    instead="make a new type, and move columns over",
    looks_at=(Alter,),
    aliases=("squawk:ban-add-composite-attribute",),
    engines={
        "postgresql": OnEngine(
            reshaped,
            Effect(LockLevel.NONE, source="PostgreSQL manual, ALTER TYPE"),
            Example(
                bad="ALTER TYPE address DROP ATTRIBUTE street;",
                good="CREATE TYPE fresh AS (a int); ALTER TYPE fresh ADD ATTRIBUTE b int;",
                schema="CREATE TYPE address AS (street text);",
            ),
        ),
    },
)
