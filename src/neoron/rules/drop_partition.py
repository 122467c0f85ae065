"""A partition is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import PartitionChange


def dropped_partition(action: PartitionChange, scene: Scene) -> Iterator[Hit]:
    """DROP PARTITION of a table in use."""
    if action.change == "drop" and scene.is_busy(action.table):
        names = ", ".join(action.names) or "the partitions"
        yield from hits(f"the rows of {action.table} in {names} are gone for good with it", Category.DATA_LOSS,
                        Category.IRREVERSIBLE, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="drop-partition",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A partition is dropped",
    why="All rows of the partition are gone, and no rollback brings them back.",
    instead="exchange it with an empty table first, keep that table for a while, then drop it",
    looks_at=(PartitionChange,),
    engines={
        "mariadb": OnEngine(
            dropped_partition,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE logs DROP PARTITION p1;",
                good="ALTER TABLE logs ADD PARTITION (PARTITION p3 VALUES LESS THAN (30000));",
                schema=(
                    "CREATE TABLE logs (id int NOT NULL, n int) PARTITION BY RANGE (id) (PARTITION p1 VALUES LESS "
                    "THAN (10001), PARTITION p2 VALUES LESS THAN (20000));"
                ),
            ),
        ),
        "mysql": OnEngine(
            dropped_partition,
            Effect(LockLevel.ALL, source="MySQL manual, 26.3.1 Management of RANGE and LIST Partitions"),
            Example(
                bad="ALTER TABLE logs DROP PARTITION p1;",
                good="ALTER TABLE logs ADD PARTITION (PARTITION p3 VALUES LESS THAN (30000));",
                schema=(
                    "CREATE TABLE logs (id int NOT NULL, n int) PARTITION BY RANGE (id) (PARTITION p1 VALUES LESS "
                    "THAN (10001), PARTITION p2 VALUES LESS THAN (20000));"
                ),
            ),
        ),
    },
)
