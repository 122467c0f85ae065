"""A table gets another access method"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def other_method(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """SET ACCESS METHOD."""
    if action.change == "access method" and scene.is_heavy(action.table):
        yield Hit(f"{action.table} is rewritten while nobody can read or write it", table=scene.key(action.table))


RULE = Rule(
    id="change-access-method",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A table gets another access method",
    why="It is rewritten while nobody can read or write it.",
    instead="make a new table, copy in batches, and switch",
    looks_at=(TableChange,),
    also=(Category.PERFORMANCE,),
    engines={
        "postgresql": OnEngine(
            other_method,
            Effect(LockLevel.ALL, rewrites=True, source="PostgreSQL manual, ALTER TABLE, SET ACCESS METHOD"),
            Example(
                bad="ALTER TABLE orders SET ACCESS METHOD columnar;",
                good="ALTER TABLE orders SET (fillfactor = 70);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
