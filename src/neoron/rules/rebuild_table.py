"""The table is built anew"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks, habits, rebuild_is_felt
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.indexes_sqlserver import blocking_rebuild
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.safe_mysql import stated_online
from neoron.rules.safe_sqlserver import built_online
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn, TableChange, Upkeep
from neoron.sql.parts import Name

_REBUILDS = ("force", "encryption", "tablespace")


def rebuilt(action: TableChange | Upkeep | AddColumn, scene: Scene) -> Iterator[Hit]:
    """ENGINE=InnoDB again, FORCE, OPTIMIZE, ORDER BY; ADD COLUMN where the version cannot do it at once."""
    if isinstance(action, Upkeep):
        for table in action.tables if action.work == "optimize" else ():
            if rebuild_is_felt(action, scene, table):
                yield from _told(table, scene)
        return
    if isinstance(action, AddColumn):
        known = habits(scene)
        needed = known.adds_columns_anywhere if action.column.position else known.adds_columns_at_once
        is_rebuilt = scene.version < needed and not (action.column.generated and not action.column.generated.is_stored)
    elif action.change == "order by":
        if copy_blocks(action, scene, action.table):
            yield Hit(f"{action.table} is copied in another order, and nobody can write to it meanwhile",
                      table=scene.key(action.table))  # fmt: skip
        return
    else:
        is_rebuilt = action.change in _REBUILDS or (action.change == "engine" and action.value == "innodb")
    if is_rebuilt and rebuild_is_felt(action, scene, action.table):
        yield from _told(action.table, scene)


def _told(table: Name, scene: Scene) -> Iterator[Hit]:
    yield from hits(f"all of {table} is written again while others use it", Category.LOCKING, Category.PERFORMANCE,
                    table=scene.key(table))  # fmt: skip


RULE = Rule(
    id="rebuild-table",
    category=Category.LOCKING,
    severity=Severity.WARNING,
    title="The table is built anew",
    why=(
        "All rows are written again: twice the space, a busy disk, replicas that fall behind, and a moment "
        "without anybody at the begin and the end. Some forms keep writers out all the time."
    ),
    instead=(
        "in a quiet hour, with ALGORITHM=INPLACE, LOCK=NONE stated, so that the server refuses rather than "
        "keep writers out"
    ),
    looks_at=(TableChange, Upkeep, AddColumn),
    also=(Category.PERFORMANCE,),
    engines={
        "mariadb": OnEngine(
            rebuilt,
            Effect(LockLevel.NONE, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders FORCE;",
                good="ALTER TABLE orders COMMENT = 'all orders';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            remedy=stated_online,
        ),
        "mysql": OnEngine(
            rebuilt,
            Effect(LockLevel.NONE, rewrites=True, source="MySQL manual, 17.12.1 Online DDL Operations"),
            Example(
                bad="ALTER TABLE orders FORCE;",
                good="ALTER TABLE orders COMMENT = 'all orders';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            remedy=stated_online,
        ),
        "sqlserver": OnEngine(
            blocking_rebuild,
            Effect(
                LockLevel.ALL, rewrites=True, safe_since="with ONLINE = ON on Enterprise",
                source="Microsoft Learn, ALTER INDEX (Transact-SQL), REBUILD; ALTER TABLE (Transact-SQL), REBUILD",
            ),
            Example(
                bad="ALTER INDEX ALL ON orders REBUILD;",
                good="ALTER INDEX ALL ON orders REBUILD WITH (ONLINE = ON);",
                schema=ORDERS,
                edition="enterprise",
            ),
            instead="REBUILD WITH (ONLINE = ON) where the edition has it, REORGANIZE, or a quiet time",
            looks_at=(Upkeep,),
            remedy=built_online,
        ),
    },
)
