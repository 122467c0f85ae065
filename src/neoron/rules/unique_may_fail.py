"""Rows that are alike fail a new unique key"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import is_online
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint, CreateIndex
from neoron.sql.parts import ConstraintKind


def duplicates_fail(action: AddConstraint | CreateIndex, scene: Scene) -> Iterator[Hit]:
    """ADD UNIQUE and CREATE UNIQUE INDEX on columns that have values; who states LOCK=NONE has looked at it."""
    if isinstance(action, CreateIndex):
        table, columns, is_unique = action.index.table, action.index.columns, action.index.is_unique
    else:
        table, columns = action.table, action.constraint.columns
        is_unique = action.constraint.kind is ConstraintKind.UNIQUE
    if is_unique and scene.is_busy(table) and scene.may_be_alike(table, columns) and not is_online(action):
        what = ", ".join(columns) or "it"
        yield Hit(f"two rows of {table} that are alike in {what} fail it, and such writes fail from now on",
                  table=scene.key(table))  # fmt: skip


_EXAMPLE = Example(
    bad="ALTER TABLE orders ADD UNIQUE KEY one (code);",
    good="ALTER TABLE orders ADD KEY one (code);",
    schema="CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, code int NOT NULL);",
)

RULE = Rule(
    id="unique-may-fail",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="Rows that are alike fail a new unique key",
    why=(
        "The index is built beside the work of others, but two rows with the same values end it with an error, and a "
        "program that writes such rows fails from then on."
    ),
    instead=(
        "look for duplicates first (GROUP BY ... HAVING count(*) > 1), mend them, then add the key with "
        "ALGORITHM=INPLACE, LOCK=NONE"
    ),
    looks_at=(AddConstraint, CreateIndex),
    aliases=("atlas:MF101", "atlas:MF102"),
    engines={
        "mariadb": OnEngine(
            duplicates_fail,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            _EXAMPLE,
        ),
        "mysql": OnEngine(
            duplicates_fail,
            Effect(LockLevel.NONE, source="MySQL manual, 17.12.1 Online DDL Operations, Index Operations"),
            _EXAMPLE,
        ),
    },
)
