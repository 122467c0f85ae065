"""A primary key of 4 bytes or fewer"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateTable
from neoron.sql.parts import ConstraintKind

_NARROW = ("integer", "int", "smallint", "mediumint", "tinyint")


def narrow_key(action: CreateTable, scene: Scene) -> Iterator[Hit]:
    """CREATE TABLE with a numbered key that is no bigint."""
    for column in action.columns:
        is_key = any(c.kind is ConstraintKind.PRIMARY_KEY for c in column.constraints)
        if is_key and column.type.name in _NARROW and not action.is_temporary:
            yield Hit(f"{action.table}.{column.name} is full after two billion rows at the latest")


RULE = Rule(
    id="int-primary-key",
    category=Category.COMPATIBILITY,
    severity=Severity.INFO,
    title="A primary key of 4 bytes or fewer",
    why=(
        "It is full after two billion rows, and widening it rewrites the table and all that reference it."
    ),
    instead="use bigint from the start",
    looks_at=(CreateTable,),
    is_opt_in=True,
    aliases=("squawk:prefer-bigint-over-int",),
    engines={
        "postgresql": OnEngine(
            narrow_key,
            Effect(LockLevel.NONE, source="PostgreSQL manual, 8.1 Numeric types"),
            Example(
                bad="CREATE TABLE fresh (id serial PRIMARY KEY);",
                good="CREATE TABLE fresh (id bigint PRIMARY KEY);",
            ),
        ),
        "sqlserver": OnEngine(
            narrow_key,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, int, bigint, smallint, and tinyint (Transact-SQL)",
            ),
            Example(
                bad="CREATE TABLE visits (id int IDENTITY(1, 1) PRIMARY KEY);",
                good="CREATE TABLE visits (id bigint IDENTITY(1, 1) PRIMARY KEY);",
            ),
        ),
    },
)
