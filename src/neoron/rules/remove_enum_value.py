"""A value of an ENUM or SET goes"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterType


def value_removed(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """MODIFY of an ENUM or SET without one of its values."""
    old = scene.column(action.table, action.column)
    if old is None or not old.type.labels or not action.type.labels or not scene.is_busy(action.table):
        return
    gone = [label for label in old.type.labels if label not in action.type.labels]
    if gone and not scene.is_added_column(action.table, action.column):
        told = ", ".join(map(repr, gone[:3]))
        yield from hits(f"rows of {action.table} whose {action.column} is {told} fail or are emptied",
                        Category.DATA_LOSS, Category.COMPATIBILITY, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="remove-enum-value",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A value of an ENUM or SET goes",
    why="Rows that hold it make the statement fail; without strict mode they are emptied in silence.",
    instead="add the new values at the end, move the rows over, and take the old value away when none has it",
    looks_at=(AlterType,),
    engines={
        "mariadb": OnEngine(
            value_removed,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11 without strict mode"),
            Example(
                bad="ALTER TABLE orders MODIFY status enum('new', 'paid');",
                good="ALTER TABLE orders MODIFY status enum('new', 'paid', 'sent', 'lost');",
                schema="CREATE TABLE orders (id int NOT NULL PRIMARY KEY, status enum('new', 'paid', 'sent'));",
            ),
        ),
        "mysql": OnEngine(
            value_removed,
            Effect(LockLevel.WRITES, rewrites=True, source="MySQL manual, 13.3.6 The ENUM Type"),
            Example(
                bad="ALTER TABLE orders MODIFY status enum('new', 'paid');",
                good="ALTER TABLE orders MODIFY status enum('new', 'paid', 'sent', 'lost');",
                schema="CREATE TABLE orders (id int NOT NULL PRIMARY KEY, status enum('new', 'paid', 'sent'));",
            ),
        ),
    },
)
