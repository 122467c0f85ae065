"""An index is built on every partition while writers wait"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateIndex


def partitioned_build(action: CreateIndex, scene: Scene) -> Iterator[Hit]:
    """CREATE INDEX on a partitioned table, its partitions included."""
    index = action.index
    state = scene.table(index.table)
    if state.is_partitioned and state.is_busy and "ONLY" not in index.options and not index.is_concurrent:
        yield Hit(f"nobody can write to any partition of {index.table} while the indexes are built",
                  table=scene.key(index.table))  # fmt: skip


RULE = Rule(
    id="create-index-partitioned",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="An index is built on every partition while writers wait",
    why=(
        "On a partitioned table the build cannot be concurrent: writers of all partitions wait until the last "
        "one is done."
    ),
    instead="CREATE INDEX ON ONLY the parent, build one per partition CONCURRENTLY, and ATTACH each",
    looks_at=(CreateIndex,),
    also=(Category.PERFORMANCE,),
    engines={
        "postgresql": OnEngine(
            partitioned_build,
            Effect(
                LockLevel.WRITES, scans=True,
                source="PostgreSQL manual, 5.11.2 Partitioning; CREATE INDEX; measured on 10 to 18",
            ),
            Example(
                bad="CREATE INDEX logs_at ON logs (at);",
                good="CREATE INDEX logs_at ON ONLY logs (at);",
                schema=(
                    "CREATE TABLE logs (at date) PARTITION BY RANGE (at); CREATE TABLE logs_may PARTITION OF "
                    "logs DEFAULT;"
                ),
            ),
        ),
    },
)
