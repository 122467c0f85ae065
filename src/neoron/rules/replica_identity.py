"""A table is replicated without an identity"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def no_identity(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """REPLICA IDENTITY NOTHING."""
    if action.change == "replica identity" and action.value == "nothing" and scene.is_busy(action.table):
        yield Hit(f"updates and deletes of {action.table} fail where it is published", table=scene.key(action.table))


RULE = Rule(
    id="replica-identity",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A table is replicated without an identity",
    why="Updates and deletes fail where the table is published.",
    instead="keep the primary key as identity, or USING INDEX",
    looks_at=(TableChange,),
    aliases=("squawk:ban-replica-identity",),
    engines={
        "postgresql": OnEngine(
            no_identity,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, REPLICA IDENTITY"),
            Example(
                bad="ALTER TABLE orders REPLICA IDENTITY NOTHING;",
                good="ALTER TABLE orders REPLICA IDENTITY DEFAULT;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
