"""A table with rows gets a history or a period"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def history_added(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """ADD SYSTEM VERSIONING, ADD PERIOD."""
    if action.change in ("system versioning on", "period") and copy_blocks(action, scene, action.table):
        yield Hit(f"all of {action.table} is copied, and nobody can write to it meanwhile",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-system-versioning",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A table with rows gets a history or a period",
    why="The table is copied, and nobody can write to it meanwhile; afterwards every UPDATE and DELETE adds a row.",
    instead="make a new table with the history, copy in batches, then swap the names with RENAME TABLE",
    looks_at=(TableChange,),
    also=(Category.PERFORMANCE,),
    engines={
        "mariadb": OnEngine(
            history_added,
            Effect(LockLevel.WRITES, rewrites=True, safe_since="11.2", source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ADD SYSTEM VERSIONING;",
                good="CREATE TABLE fresh (id int PRIMARY KEY) WITH SYSTEM VERSIONING;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
