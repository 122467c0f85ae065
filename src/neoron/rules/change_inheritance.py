"""A table joins or leaves another one"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def other_parent(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """INHERIT, NO INHERIT, OF type, NOT OF."""
    if action.change in ("inherit", "no inherit") and scene.is_busy(action.table):
        yield Hit(f"queries on {action.value or 'the parent'} see the rows of {action.table} come or go",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="change-inheritance",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A table joins or leaves another one",
    why="Queries on the parent see rows come or go at once.",
    instead="look at who reads the parent first",
    looks_at=(TableChange,),
    aliases=("squawk:ban-detach-inheritance",),
    engines={
        "postgresql": OnEngine(
            other_parent,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, INHERIT"),
            Example(
                bad="ALTER TABLE orders NO INHERIT base;",
                good="ALTER TABLE orders SET (fillfactor = 70);",
                schema="CREATE TABLE base (id bigint); CREATE TABLE orders (note text) INHERITS (base);",
            ),
        ),
    },
)
