"""A partition is emptied"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import PartitionChange


def emptied_partition(action: PartitionChange, scene: Scene) -> Iterator[Hit]:
    """TRUNCATE PARTITION of a table in use."""
    if action.change == "truncate" and scene.is_busy(action.table):
        names = ", ".join(action.names) or "the partitions"
        yield from hits(f"the rows of {action.table} in {names} are gone for good", Category.DATA_LOSS,
                        Category.IRREVERSIBLE, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="truncate-partition",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A partition is emptied",
    why="All rows of the partition are gone, and no rollback brings them back.",
    instead="delete in batches, or exchange the partition with an empty table and keep that",
    looks_at=(PartitionChange,),
    engines={
        "mariadb": OnEngine(
            emptied_partition,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE logs TRUNCATE PARTITION p1;",
                good="ALTER TABLE logs ADD PARTITION (PARTITION p3 VALUES LESS THAN (30000));",
                schema=(
                    "CREATE TABLE logs (id int NOT NULL, n int) PARTITION BY RANGE (id) (PARTITION p1 VALUES LESS "
                    "THAN (10001), PARTITION p2 VALUES LESS THAN (20000));"
                ),
            ),
        ),
        "mysql": OnEngine(
            emptied_partition,
            Effect(LockLevel.ALL, source="MySQL manual, 26.3.1 Management of RANGE and LIST Partitions"),
            Example(
                bad="ALTER TABLE logs TRUNCATE PARTITION p1;",
                good="ALTER TABLE logs ADD PARTITION (PARTITION p3 VALUES LESS THAN (30000));",
                schema=(
                    "CREATE TABLE logs (id int NOT NULL, n int) PARTITION BY RANGE (id) (PARTITION p1 VALUES LESS "
                    "THAN (10001), PARTITION p2 VALUES LESS THAN (20000));"
                ),
            ),
        ),
    },
)
