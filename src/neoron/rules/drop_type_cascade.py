"""A type, domain or extension is dropped with what uses it"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind


def dropped_type(action: Drop, scene: Scene) -> Iterator[Hit]:
    """CASCADE on a type, a domain or an extension reaches columns."""
    if action.kind in (Kind.TYPE, Kind.DOMAIN, Kind.EXTENSION) and action.is_cascade:
        for name in action.names:
            if not scene.is_created(action.kind, name):
                yield from hits(f"every column of {action.kind.value} {name} is dropped with its values",
                                Category.DATA_LOSS, Category.COMPATIBILITY, Category.IRREVERSIBLE)  # fmt: skip


RULE = Rule(
    id="drop-type-cascade",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A type, domain or extension is dropped with what uses it",
    why="CASCADE drops every column of that type, with its values.",
    instead="change the columns to another type first, then drop the type without CASCADE",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-type", "squawk:ban-drop-domain", "squawk:ban-drop-extension"),
    engines={
        "postgresql": OnEngine(
            dropped_type,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP TYPE; measured on 10 to 18"),
            Example(
                bad="DROP TYPE mood CASCADE;",
                good="DROP TYPE IF EXISTS old_mood;",
                schema="CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TABLE people (id bigint, m mood);",
            ),
        ),
    },
)
