"""A partitioned table has no concurrent index build"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateIndex


def refused_build(action: CreateIndex, scene: Scene) -> Iterator[Hit]:
    """CREATE INDEX CONCURRENTLY on a partitioned parent."""
    if action.index.is_concurrent and scene.table(action.index.table).is_partitioned:
        yield Hit(f"{action.index.table} is partitioned: CONCURRENTLY is refused")


RULE = Rule(
    id="concurrently-on-partitioned",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="A partitioned table has no concurrent index build",
    why=(
        "PostgreSQL refuses CREATE INDEX CONCURRENTLY on a partitioned table, so the migration fails."
    ),
    instead="CREATE INDEX ON ONLY the parent, build one per partition CONCURRENTLY, and ATTACH each",
    looks_at=(CreateIndex,),
    engines={
        "postgresql": OnEngine(
            refused_build,
            Effect(LockLevel.NONE, source="PostgreSQL manual, CREATE INDEX"),
            Example(
                bad="CREATE INDEX CONCURRENTLY logs_at ON logs (at);",
                good="CREATE INDEX CONCURRENTLY part_at ON logs_may (at);",
                schema=(
                    "CREATE TABLE logs (at date) PARTITION BY RANGE (at); CREATE TABLE logs_may PARTITION OF "
                    "logs DEFAULT;"
                ),
            ),
        ),
    },
)
