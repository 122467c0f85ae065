"""The journal that undoes a failed transaction is switched off"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Setting

_WEAK = {
    ("journal_mode", "off"): "nothing can be rolled back, and a crash leaves the file damaged",
    ("journal_mode", "memory"): "a crash in the middle of a transaction leaves the file damaged",
    ("synchronous", "off"): "a power failure may leave the file damaged",
    ("synchronous", "0"): "a power failure may leave the file damaged",
}


def journal_is_weak(action: Setting, scene: Scene) -> Iterator[Hit]:
    """PRAGMA journal_mode = OFF or MEMORY, synchronous = OFF."""
    why = _WEAK.get((action.name, action.value))
    if why:
        yield from hits(f"with {action.name} = {action.value} {why}", Category.IRREVERSIBLE, Category.DATA_LOSS)


RULE = Rule(
    id="journal-off",
    category=Category.IRREVERSIBLE,
    severity=Severity.ERROR,
    title="The journal that undoes a failed transaction is switched off",
    why="ROLLBACK has nothing to go back to, and after a crash or a power failure the file may be damaged.",
    instead="PRAGMA journal_mode = WAL and synchronous = NORMAL are fast and safe",
    looks_at=(Setting,),
    engines={
        "sqlite": OnEngine(
            journal_is_weak,
            Effect(LockLevel.NONE, source="SQLite, PRAGMA journal_mode; PRAGMA synchronous; measured on 3.40"),
            Example(bad="PRAGMA journal_mode = OFF;", good="PRAGMA synchronous = NORMAL;"),
        ),
    },
)
