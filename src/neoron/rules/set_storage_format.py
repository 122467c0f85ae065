"""The table is stored in another format"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import rebuild_is_felt
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def reformatted(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """ROW_FORMAT, KEY_BLOCK_SIZE, compression."""
    is_asked = action.change in ("row format", "key block size", "compression")
    if is_asked and rebuild_is_felt(action, scene, action.table):
        yield from hits(f"all of {action.table} is written again while others use it", Category.LOCKING,
                        Category.PERFORMANCE, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="set-storage-format",
    category=Category.LOCKING,
    severity=Severity.WARNING,
    title="The table is stored in another format",
    why=(
        "All rows are written again: twice the space, a busy disk, replicas that fall behind, and a moment "
        "without anybody at the begin and the end."
    ),
    instead="in a quiet hour, with ALGORITHM=INPLACE, LOCK=NONE stated",
    looks_at=(TableChange,),
    also=(Category.PERFORMANCE,),
    engines={
        "mariadb": OnEngine(
            reformatted,
            Effect(LockLevel.NONE, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ROW_FORMAT = COMPRESSED;",
                good="ALTER TABLE orders COMMENT = 'all orders';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            reformatted,
            Effect(
                LockLevel.NONE, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Table Operations",
            ),
            Example(
                bad="ALTER TABLE orders ROW_FORMAT = COMPRESSED;",
                good="ALTER TABLE orders COMMENT = 'all orders';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
