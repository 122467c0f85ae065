"""A type, domain or extension is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.TYPE, Kind.DOMAIN, Kind.EXTENSION)


def drop_type_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP TYPE, DOMAIN or EXTENSION without CASCADE."""
    if action.kind not in _KINDS or action.is_cascade:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"programs that use {action.kind.value} {name} fail")


RULE = Rule(
    id="drop-type",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A type, domain or extension is dropped",
    why="Functions and programs that name it fail.",
    instead="drop it when nothing names it",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-type",),
    engines={
        "postgresql": OnEngine(
            drop_type_breaks,
            Effect(LockLevel.NONE, source="PostgreSQL manual, DROP TYPE"),
            Example(
                bad="DROP TYPE mood;",
                good="CREATE TYPE fresh AS ENUM ('a'); DROP TYPE fresh;",
                schema="CREATE TYPE mood AS ENUM ('good');",
            ),
        ),
        "sqlserver": OnEngine(
            drop_type_breaks,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, DROP TYPE (Transact-SQL)",
            ),
            Example(
                bad="DROP TYPE price;",
                good="CREATE TYPE fresh FROM int;\nGO\nDROP TYPE fresh;",
                schema="CREATE TYPE price FROM decimal(19, 4);",
            ),
        ),
    },
)
