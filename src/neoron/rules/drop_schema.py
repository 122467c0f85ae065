"""A schema is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind


def dropped_schema(action: Drop, scene: Scene) -> Iterator[Hit]:
    """A schema that was there before is dropped."""
    if action.kind is not Kind.SCHEMA:
        return
    for name in action.names:
        if scene.is_created(Kind.SCHEMA, name):
            continue
        if action.is_cascade:
            yield from hits(f"every table, view and function in schema {name} is gone for good", Category.DATA_LOSS,
                            Category.COMPATIBILITY, Category.IRREVERSIBLE)  # fmt: skip
        else:
            yield Hit(f"programs that use schema {name} fail", Severity.WARNING, Category.COMPATIBILITY)


RULE = Rule(
    id="drop-schema",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A schema is dropped",
    why="With CASCADE every table in it is gone; without, programs that use its name fail.",
    instead="drop the objects one by one, after nobody used them for a while",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-schema", "atlas:DS101"),
    engines={
        "postgresql": OnEngine(
            dropped_schema,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP SCHEMA"),
            Example(
                bad="DROP SCHEMA shop CASCADE;",
                good="CREATE SCHEMA trial; DROP SCHEMA trial CASCADE;",
                schema="CREATE SCHEMA shop; CREATE TABLE shop.things (id bigint);",
            ),
        ),
        "sqlserver": OnEngine(
            dropped_schema,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, DROP SCHEMA (Transact-SQL)",
            ),
            Example(
                bad="DROP SCHEMA archive;",
                good="CREATE SCHEMA fresh;\nGO\nDROP SCHEMA fresh;",
                schema="CREATE SCHEMA archive;",
            ),
        ),
    },
)
