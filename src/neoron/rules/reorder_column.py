"""A column moves to another place"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import habits, rebuild_is_felt
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterType


def moved_column(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """MODIFY or CHANGE with FIRST or AFTER."""
    column = action.restated
    if column is None or not column.position or scene.version >= habits(scene).moves_columns_at_once:
        return
    if rebuild_is_felt(action, scene, action.table):
        yield from hits(f"{action.table} is rebuilt to move {action.column}", Category.LOCKING, Category.PERFORMANCE,
                        table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="reorder-column",
    category=Category.LOCKING,
    severity=Severity.WARNING,
    title="A column moves to another place",
    why=(
        "The table is rebuilt: twice the space, a busy disk, replicas that fall behind. INSERT without a list "
        "of columns puts values into the wrong ones."
    ),
    instead="leave columns where they are: name them in every query",
    looks_at=(AlterType,),
    engines={
        "mariadb": OnEngine(
            moved_column,
            Effect(
                LockLevel.NONE, rewrites=True, safe_since="10.4",
                source="MariaDB documentation, Instant ADD COLUMN, 10.4",
            ),
            Example(
                bad="ALTER TABLE orders MODIFY note varchar(50) FIRST;",
                good="ALTER TABLE orders MODIFY note varchar(50);",
                version="10.3",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            moved_column,
            Effect(
                LockLevel.NONE, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Column Operations",
            ),
            Example(
                bad="ALTER TABLE orders MODIFY note varchar(50) FIRST;",
                good="ALTER TABLE orders MODIFY note varchar(50);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
