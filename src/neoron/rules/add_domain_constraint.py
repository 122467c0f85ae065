"""A domain gets a constraint"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint
from neoron.sql.parts import Kind


def checks_users(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ALTER DOMAIN … ADD CHECK that is valid at once, or SET NOT NULL."""
    if action.domain and action.constraint.is_valid and not scene.is_created(Kind.DOMAIN, action.domain):
        yield Hit(f"every column of domain {action.domain} is read while nobody can write to its table")


RULE = Rule(
    id="add-domain-constraint",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A domain gets a constraint",
    why="Every table that uses the domain is read while nobody can write to it.",
    instead="ADD CONSTRAINT … NOT VALID, then ALTER DOMAIN … VALIDATE CONSTRAINT",
    looks_at=(AddConstraint,),
    also=(Category.COMPATIBILITY,),
    aliases=("squawk:ban-alter-domain-with-add-constraint",),
    engines={
        "postgresql": OnEngine(
            checks_users,
            Effect(LockLevel.WRITES, scans=True, source="measured on 10 to 18"),
            Example(
                bad="ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 10000);",
                good="ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100) NOT VALID;",
                schema="CREATE DOMAIN positive AS numeric; CREATE TABLE priced (id bigint, price positive);",
            ),
        ),
    },
)
