"""An exclusion constraint builds its index while everybody waits"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint
from neoron.sql.parts import ConstraintKind


def builds_exclusion(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD EXCLUDE."""
    if action.constraint.kind is ConstraintKind.EXCLUSION and scene.is_heavy(action.table):
        yield Hit(f"nobody can read or write {action.table} while the index is built", table=scene.key(action.table))


RULE = Rule(
    id="add-exclusion",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="An exclusion constraint builds its index while everybody waits",
    why=(
        "Nobody can read or write the table until the index is built; there is no concurrent form."
    ),
    instead="make a new table with the constraint, copy in batches, and switch",
    looks_at=(AddConstraint,),
    also=(Category.COMPATIBILITY,),
    aliases=("strong_migrations:add_exclusion_constraint", "eugene:E8"),
    engines={
        "postgresql": OnEngine(
            builds_exclusion,
            Effect(
                LockLevel.ALL, scans=True,
                source="PostgreSQL manual, CREATE TABLE, EXCLUDE; measured on 10 to 18",
            ),
            Example(
                bad=(
                    "ALTER TABLE stays ADD CONSTRAINT one_guest EXCLUDE USING gist (during WITH &&);"
                ),
                good="CREATE TABLE fresh (during tsrange, EXCLUDE USING gist (during WITH &&));",
                schema="CREATE TABLE stays (during tsrange);",
            ),
        ),
    },
)
