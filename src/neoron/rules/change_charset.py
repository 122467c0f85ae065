"""The character set of all columns changes"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks, table_option
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.rules.types_mysql import loses_charset
from neoron.sql.actions import TableChange


def converted(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """CONVERT TO CHARACTER SET."""
    if action.change != "convert charset" or not scene.is_busy(action.table):
        return
    old = table_option(scene, action.table, "CHARSET")
    table = scene.key(action.table)
    if loses_charset(old, action.value):
        yield Hit(f"characters that {action.value} does not have are lost from {action.table}", table=table)
    if copy_blocks(action, scene, action.table):
        yield Hit(f"all of {action.table} is copied, and nobody can write to it meanwhile",
                  category=Category.LOCKING, table=table)  # fmt: skip


RULE = Rule(
    id="change-charset",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="The character set of all columns changes",
    why=(
        "Every row is copied while nobody can write, and characters that the new set does not have are lost "
        "or fail. TEXT columns may become larger types."
    ),
    instead=(
        "to utf8mb4 in a quiet hour, or column by column on a new table; to anything smaller: look for what "
        "does not fit first"
    ),
    looks_at=(TableChange,),
    engines={
        "mariadb": OnEngine(
            converted,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders CONVERT TO CHARACTER SET latin1;",
                good="ALTER TABLE orders DEFAULT CHARACTER SET utf8mb4;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0) DEFAULT CHARSET=utf8mb4;"
                ),
            ),
        ),
        "mysql": OnEngine(
            converted,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Table Operations",
            ),
            Example(
                bad="ALTER TABLE orders CONVERT TO CHARACTER SET latin1;",
                good="ALTER TABLE orders DEFAULT CHARACTER SET utf8mb4;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0) DEFAULT CHARSET=utf8mb4;"
                ),
            ),
        ),
    },
)
