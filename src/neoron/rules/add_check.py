"""A CHECK reads all rows while everybody waits"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint
from neoron.sql.parts import ConstraintKind


def validating_check(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD CHECK that is valid at once, on a table that has rows."""
    constraint = action.constraint
    if action.domain or constraint.kind is not ConstraintKind.CHECK or not constraint.is_valid:
        return
    if scene.is_heavy(action.table):
        yield Hit(f"nobody can read or write {action.table} while every row is checked", table=scene.key(action.table))


RULE = Rule(
    id="add-check",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A CHECK reads all rows while everybody waits",
    why=(
        "Nobody can read or write the table until every row has been checked, and one bad row fails the "
        "migration."
    ),
    instead="add it NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own",
    looks_at=(AddConstraint,),
    aliases=("squawk:constraint-missing-not-valid", "strong_migrations:add_check_constraint", "atlas:PG305"),
    engines={
        "postgresql": OnEngine(
            validating_check,
            Effect(
                LockLevel.ALL, scans=True,
                source="PostgreSQL manual, ALTER TABLE, ADD table_constraint; measured on 10 to 18",
            ),
            Example(
                bad="ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0);",
                good="ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
