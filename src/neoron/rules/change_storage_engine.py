"""The table goes to another storage engine"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import table_option
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def other_engine(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """ENGINE = another one than the table has."""
    if action.change != "engine" or not scene.is_busy(action.table):
        return
    table, old = scene.key(action.table), table_option(scene, action.table, "ENGINE")
    if action.value != "innodb":
        yield Hit(f"{action.value} does not keep the rows of {action.table} safe at a crash or a rollback", table=table)
    if scene.is_heavy(action.table) and (action.value != "innodb" or old not in ("", "innodb")):
        yield Hit(f"all of {action.table} is copied, and nobody can write to it meanwhile",
                  category=Category.LOCKING, table=table)  # fmt: skip


RULE = Rule(
    id="change-storage-engine",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="The table goes to another storage engine",
    why=(
        "Every row is copied while nobody can write. An engine without transactions cannot roll back, loses "
        "or breaks rows at a crash, and drops foreign keys; MEMORY and BLACKHOLE keep nothing."
    ),
    instead="stay with InnoDB",
    looks_at=(TableChange,),
    also=(Category.PERFORMANCE,),
    engines={
        "mariadb": OnEngine(
            other_engine,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ENGINE = MyISAM;",
                good="ALTER TABLE orders COMMENT = 'all orders';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            other_engine,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 18 Alternative Storage Engines; 15.1.9 ALTER TABLE",
            ),
            Example(
                bad="ALTER TABLE orders ENGINE = MyISAM;",
                good="ALTER TABLE orders COMMENT = 'all orders';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
