"""A column numbers itself no more"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterColumn


def drop_identity_breaks(action: AlterColumn, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN … DROP IDENTITY of a column that was there before."""
    if action.change != "drop identity" or not scene.is_busy(action.table):
        return
    if not scene.is_added_column(action.table, action.column):
        message = f"programs that insert into {action.table} without {action.column} fail"
        yield Hit(message, table=scene.key(action.table))


RULE = Rule(
    id="drop-identity",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A column numbers itself no more",
    why="Programs that insert without it fail.",
    instead="teach the programs that write it first",
    looks_at=(AlterColumn,),
    aliases=("squawk:ban-alter-identity",),
    engines={
        "postgresql": OnEngine(
            drop_identity_breaks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN id DROP IDENTITY;",
                good="ALTER TABLE orders ALTER COLUMN note SET STATISTICS 100;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
