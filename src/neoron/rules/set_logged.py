"""A table becomes logged"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def logged(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """SET LOGGED."""
    if action.change == "logged" and scene.is_heavy(action.table):
        yield Hit(f"{action.table} is rewritten while nobody can read or write it", table=scene.key(action.table))


RULE = Rule(
    id="set-logged",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A table becomes logged",
    why="The table is rewritten and goes whole into the write-ahead log while nobody can use it.",
    instead="make a logged copy in batches and switch",
    looks_at=(TableChange,),
    also=(Category.PERFORMANCE,),
    engines={
        "postgresql": OnEngine(
            logged,
            Effect(LockLevel.ALL, rewrites=True, source="PostgreSQL manual, ALTER TABLE; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE cache SET LOGGED;",
                good="CREATE UNLOGGED TABLE fresh (id int); ALTER TABLE fresh SET LOGGED;",
                schema="CREATE UNLOGGED TABLE cache (id int);",
            ),
        ),
    },
)
