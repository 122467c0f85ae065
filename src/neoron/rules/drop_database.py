"""A database is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind


def dropped_database(action: Drop, scene: Scene) -> Iterator[Hit]:
    """A database is dropped."""
    if action.kind is Kind.DATABASE:
        for name in action.names:
            if scene.is_created(Kind.DATABASE, name):
                continue
            yield from hits(f"database {name} and all that is in it is gone for good", Category.DATA_LOSS,
                            Category.COMPATIBILITY, Category.IRREVERSIBLE)  # fmt: skip


RULE = Rule(
    id="drop-database",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A database is dropped",
    why="Everything in it is gone, and there is no transaction that could be rolled back.",
    instead="take a backup, restore it elsewhere, and drop the database by hand",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-database",),
    engines={
        "mariadb": OnEngine(
            dropped_database,
            Effect(LockLevel.ALL, source="MariaDB documentation, DROP DATABASE"),
            Example(
                bad="DROP DATABASE shop;",
                good="CREATE DATABASE trial;",
            ),
        ),
        "mysql": OnEngine(
            dropped_database,
            Effect(LockLevel.ALL, source="MySQL manual, 15.1.24 DROP DATABASE Statement"),
            Example(
                bad="DROP DATABASE shop;",
                good="CREATE DATABASE trial;",
            ),
        ),
        "postgresql": OnEngine(
            dropped_database,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP DATABASE"),
            Example(
                bad="DROP DATABASE shop;",
                good="CREATE DATABASE trial;",
            ),
        ),
        "sqlserver": OnEngine(
            dropped_database,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, DROP DATABASE (Transact-SQL)",
            ),
            Example(
                bad="DROP DATABASE shop;",
                good="CREATE DATABASE shop;",
            ),
        ),
    },
)
