"""A partition is made where it belongs"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateTable


def made_in_place(action: CreateTable, scene: Scene) -> Iterator[Hit]:
    """CREATE TABLE … PARTITION OF a table that was there before."""
    if action.partition_of and scene.is_busy(action.partition_of):
        yield Hit(f"everybody who uses {action.partition_of} waits for a moment", table=scene.key(action.partition_of))


RULE = Rule(
    id="create-partition",
    category=Category.LOCKING,
    severity=Severity.INFO,
    title="A partition is made where it belongs",
    why=(
        "CREATE TABLE … PARTITION OF locks the parent for a moment, and reads all of a DEFAULT partition."
    ),
    instead="make the table on its own, then ATTACH it",
    looks_at=(CreateTable,),
    is_opt_in=True,
    engines={
        "postgresql": OnEngine(
            made_in_place,
            Effect(LockLevel.ALL, source="PostgreSQL manual, CREATE TABLE, PARTITION OF; measured on 10 to 18"),
            Example(
                bad="CREATE TABLE logs_may PARTITION OF logs DEFAULT;",
                good="CREATE TABLE logs_may (at date);",
                schema="CREATE TABLE logs (at date) PARTITION BY RANGE (at);",
            ),
        ),
    },
)
