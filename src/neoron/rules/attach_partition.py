"""A partition is attached without a CHECK that proves its rows"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import PartitionChange
from neoron.sql.parts import ConstraintKind


def attach_scans(action: PartitionChange, scene: Scene) -> Iterator[Hit]:
    """ATTACH PARTITION of a table with rows and without a valid CHECK."""
    if action.change != "attach" or action.other is None or not scene.is_heavy(action.other):
        return
    checks = scene.table(action.other).constraints.values()
    if not any(c.kind is ConstraintKind.CHECK and c.is_valid for c in checks):
        yield Hit(f"every row of {action.other} is checked while nobody can read or write it",
                  table=scene.key(action.other))  # fmt: skip


RULE = Rule(
    id="attach-partition",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A partition is attached without a CHECK that proves its rows",
    why="All rows of the new partition, and of a DEFAULT one, are read under an exclusive lock.",
    instead="add a CHECK with the bounds as NOT VALID, VALIDATE it, then ATTACH and drop the CHECK",
    looks_at=(PartitionChange,),
    engines={
        "postgresql": OnEngine(
            attach_scans,
            Effect(
                LockLevel.ALL, scans=True,
                source="PostgreSQL manual, ALTER TABLE, ATTACH PARTITION; measured on 10 to 18",
            ),
            Example(
                bad=(
                    "ALTER TABLE logs ATTACH PARTITION logs_may FOR VALUES FROM ('2024-05-01') TO "
                    "('2024-06-01');"
                ),
                good=(
                    "CREATE TABLE logs_june (at date); ALTER TABLE logs ATTACH PARTITION logs_june FOR VALUES "
                    "FROM ('2024-06-01') TO ('2024-07-01');"
                ),
                schema=(
                    "CREATE TABLE logs (at date) PARTITION BY RANGE (at); CREATE TABLE logs_may (at date);"
                ),
            ),
        ),
    },
)
