"""ALTER IGNORE deletes rows that do not fit"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint, AlterType, CreateIndex


def ignores(action: CreateIndex | AddConstraint | AlterType, scene: Scene) -> Iterator[Hit]:
    """ALTER IGNORE TABLE with a unique key, or with another type."""
    table = action.index.table if isinstance(action, CreateIndex) else action.table
    is_harmless = isinstance(action, CreateIndex) and not action.index.is_unique
    if "IGNORE" in action.options and scene.is_busy(table) and not is_harmless:
        yield from hits(f"rows of {table} that do not fit are deleted or cut without an error",
                        Category.DATA_LOSS, Category.IRREVERSIBLE, table=scene.key(table))  # fmt: skip


RULE = Rule(
    id="alter-ignore",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="ALTER IGNORE deletes rows that do not fit",
    why="Rows that break the new key are deleted, and values that do not fit are cut, without an error.",
    instead="look for the duplicates first and decide which row stays; then ALTER without IGNORE",
    looks_at=(CreateIndex, AddConstraint, AlterType),
    engines={
        "mariadb": OnEngine(
            ignores,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER IGNORE TABLE orders ADD UNIQUE INDEX k_u (k);",
                good="ALTER TABLE orders ADD UNIQUE INDEX id_u (id);",
                schema="CREATE TABLE orders (id int NOT NULL PRIMARY KEY, k tinyint);",
            ),
        ),
        "mysql": OnEngine(
            ignores,
            Effect(
                LockLevel.WRITES, rewrites=True, safe_since="5.7",
                source="MySQL 5.6 manual, 13.1.7 ALTER TABLE; removed in 5.7",
            ),
            Example(
                bad="ALTER IGNORE TABLE orders ADD UNIQUE INDEX k_u (k);",
                good="ALTER TABLE orders ADD UNIQUE INDEX id_u (id);",
                schema="CREATE TABLE orders (id int NOT NULL PRIMARY KEY, k tinyint);",
                version="5.6",
            ),
        ),
    },
)
