"""A partition is detached while everybody waits"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import PartitionChange


def detach_blocks(action: PartitionChange, scene: Scene) -> Iterator[Hit]:
    """DETACH PARTITION without CONCURRENTLY."""
    if action.change == "detach" and "CONCURRENTLY" not in action.options and scene.is_busy(action.table):
        yield Hit(f"readers and writers of {action.table} and all its partitions wait", table=scene.key(action.table))


RULE = Rule(
    id="detach-partition",
    category=Category.LOCKING,
    severity=Severity.WARNING,
    title="A partition is detached while everybody waits",
    why=(
        "DETACH waits for every query on the whole partitioned table and keeps all later ones waiting."
    ),
    instead="DETACH PARTITION … CONCURRENTLY (since 14), outside a transaction",
    looks_at=(PartitionChange,),
    aliases=("squawk:require-concurrent-partition-detach",),
    engines={
        "postgresql": OnEngine(
            detach_blocks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, DETACH PARTITION; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE logs DETACH PARTITION logs_may;",
                good="ALTER TABLE logs DETACH PARTITION logs_may CONCURRENTLY;",
                schema=(
                    "CREATE TABLE logs (at date) PARTITION BY RANGE (at); CREATE TABLE logs_may PARTITION OF "
                    "logs FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');"
                ),
            ),
        ),
    },
)
