"""The rows are dealt out to partitions anew"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rows_sqlserver import moved_boundary
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import PartitionChange, TableChange

_COPIES = ("reorganize", "coalesce", "rebuild", "optimize", "partition by", "remove partitioning")


def repartitioned(action: PartitionChange | TableChange, scene: Scene) -> Iterator[Hit]:
    """PARTITION BY, REMOVE PARTITIONING, REORGANIZE, COALESCE, REBUILD, OPTIMIZE PARTITION, ADD PARTITION by hash."""
    if action.change in _COPIES and scene.is_heavy(action.table):
        yield Hit(f"rows of {action.table} are copied, and nobody can write to it meanwhile",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="partition-table",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="The rows are dealt out to partitions anew",
    why="All rows that are concerned are copied, and nobody can write to the table meanwhile.",
    instead="make a new table with the partitions, copy in batches, then swap the names with RENAME TABLE",
    looks_at=(PartitionChange, TableChange),
    also=(Category.PERFORMANCE,),
    engines={
        "mariadb": OnEngine(
            repartitioned,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders PARTITION BY HASH (id) PARTITIONS 4;",
                good="ALTER TABLE logs ADD PARTITION (PARTITION p3 VALUES LESS THAN (30000));",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE logs (id int NOT NULL, n int) PARTITION BY "
                    "RANGE (id) (PARTITION p1 VALUES LESS THAN (10001), PARTITION p2 VALUES LESS THAN (20000));"
                ),
            ),
        ),
        "mysql": OnEngine(
            repartitioned,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Partitioning Operations",
            ),
            Example(
                bad="ALTER TABLE orders PARTITION BY HASH (id) PARTITIONS 4;",
                good="ALTER TABLE logs ADD PARTITION (PARTITION p3 VALUES LESS THAN (30000));",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE logs (id int NOT NULL, n int) PARTITION BY "
                    "RANGE (id) (PARTITION p1 VALUES LESS THAN (10001), PARTITION p2 VALUES LESS THAN (20000));"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            moved_boundary,
            Effect(
                LockLevel.ALL, rewrites=True,
                source="Microsoft Learn, ALTER PARTITION FUNCTION (Transact-SQL), SPLIT RANGE",
            ),
            Example(
                bad="ALTER PARTITION FUNCTION by_month() SPLIT RANGE ('2026-01-01');",
                good="ALTER PARTITION SCHEME months NEXT USED [PRIMARY];",
                schema=(
                    "CREATE PARTITION FUNCTION by_month (date) AS RANGE RIGHT FOR VALUES ('2025-01-01');\n"
                    "CREATE PARTITION SCHEME months AS PARTITION by_month ALL TO ([PRIMARY]);"
                ),
            ),
            instead="split an empty partition before rows reach it",
            looks_at=(PartitionChange,),
        ),
    },
)
