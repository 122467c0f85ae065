"""A new constraint refuses what programs write today"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint


def refuses(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD CONSTRAINT on a table that was there before."""
    if not action.domain and scene.is_busy(action.table):
        yield Hit(f"rows that break {action.constraint.name or 'it'} are refused from now on",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="new-restriction",
    category=Category.COMPATIBILITY,
    severity=Severity.INFO,
    title="A new constraint refuses what programs write today",
    why="Also a NOT VALID constraint is checked for every new row.",
    instead="make sure that no program writes such rows any more",
    looks_at=(AddConstraint,),
    is_opt_in=True,
    aliases=("squawk:ban-new-write-restriction",),
    engines={
        "postgresql": OnEngine(
            refuses,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE"),
            Example(
                bad="ALTER TABLE orders ADD CONSTRAINT p CHECK (amount > 0) NOT VALID;",
                good=(
                    "CREATE TABLE fresh (id int); ALTER TABLE fresh ADD CONSTRAINT p CHECK (id > 0);"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
