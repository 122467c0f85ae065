"""A change of collation rebuilds indexes"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.columns_sqlserver import recollated_column
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterType


def recollated(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """The collation changes."""
    old = scene.column(action.table, action.column)
    is_same = old is not None and old.type.collation == action.type.collation
    if scene.is_heavy(action.table) and action.type.collation and not is_same:
        yield Hit(f"the indexes on {action.table}.{action.column} are rebuilt while nobody can read or write the table",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="change-collation",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A change of collation rebuilds indexes",
    why=(
        "Every index on the column is built anew while nobody can read or write the table, and the order of "
        "rows changes."
    ),
    instead="add a column with the new collation and switch to it",
    looks_at=(AlterType,),
    also=(Category.PERFORMANCE,),
    engines={
        "postgresql": OnEngine(
            recollated,
            Effect(LockLevel.ALL, scans=True, source="PostgreSQL manual, ALTER TABLE; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN code TYPE varchar(20) COLLATE \"C\";",
                good="ALTER TABLE orders ALTER COLUMN code TYPE varchar(30);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE INDEX "
                    "orders_code ON orders (code);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            recollated_column,
            Effect(
                LockLevel.ALL, rewrites=True,
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), COLLATE; Set or change the column collation",
            ),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN code varchar(20) COLLATE Latin1_General_BIN2 NOT NULL;",
                good="ALTER TABLE orders ALTER COLUMN code varchar(30) NOT NULL;",
                schema=ORDERS,
            ),
            instead="add a column with the collation, copy in batches, then sp_rename",
        ),
    },
)
