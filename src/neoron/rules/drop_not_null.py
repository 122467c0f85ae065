"""A column may be NULL from now on"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.columns_sqlserver import made_nullable
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterColumn, AlterType


def drop_not_null_breaks(action: AlterColumn, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN … DROP NOT NULL of a column that was there before."""
    if action.change != "drop not null" or not scene.is_busy(action.table):
        return
    if not scene.is_added_column(action.table, action.column):
        message = f"programs that read {action.table}.{action.column} may meet NULL"
        yield Hit(message, table=scene.key(action.table))


RULE = Rule(
    id="drop-not-null",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A column may be NULL from now on",
    why="Programs that read it never met a NULL, and fail on the first.",
    instead="teach the programs that read it first",
    looks_at=(AlterColumn,),
    aliases=("squawk:ban-drop-not-null",),
    engines={
        "postgresql": OnEngine(
            drop_not_null_breaks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN customer_id DROP NOT NULL;",
                good=(
                    "ALTER TABLE orders ADD COLUMN x int NOT NULL DEFAULT 0; ALTER TABLE orders ALTER COLUMN x "
                    "DROP NOT NULL;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            made_nullable,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER TABLE (Transact-SQL), ALTER COLUMN, NULL | NOT NULL",
            ),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN code varchar(20) NULL;",
                good="ALTER TABLE orders ALTER COLUMN code varchar(40) NOT NULL;",
                schema=ORDERS,
            ),
            looks_at=(AlterType,),
        ),
    },
)
