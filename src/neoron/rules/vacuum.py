"""VACUUM writes the whole file anew"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Upkeep


def vacuum_rewrites(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """VACUUM without INTO."""
    if action.work == "vacuum full":
        yield Hit("the whole file is written anew while nobody can write, and twice its size must be free on the disk")


RULE = Rule(
    id="vacuum",
    category=Category.LOCKING,
    severity=Severity.WARNING,
    title="VACUUM writes the whole file anew",
    why="All writers wait until the whole file was copied and copied back, and it takes twice its size of free disk.",
    instead=(
        "PRAGMA incremental_vacuum(n) in small steps, or VACUUM in a quiet hour; VACUUM INTO does not block writers"
    ),
    looks_at=(Upkeep,),
    also=(Category.PERFORMANCE,),
    engines={
        "sqlite": OnEngine(
            vacuum_rewrites,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, VACUUM; measured on 3.40"),
            Example(
                bad="VACUUM;",
                good="PRAGMA incremental_vacuum(100);",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);",
            ),
        ),
    },
)
