"""A column is added with a unique or primary key"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_column_postgresql import safe_column
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn
from neoron.sql.parts import ConstraintKind

_INDEXED = (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY)


def inline_unique(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN … UNIQUE or PRIMARY KEY."""
    if any(c.kind in _INDEXED for c in action.column.constraints) and scene.is_heavy(action.table):
        yield Hit(f"nobody can read or write {action.table} while the index is built", table=scene.key(action.table))


RULE = Rule(
    id="add-column-unique",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A column is added with a unique or primary key",
    why="Its index is built while nobody can read or write the table.",
    instead="add the column, build a unique index CONCURRENTLY, then ADD CONSTRAINT … USING INDEX",
    looks_at=(AddColumn,),
    aliases=("squawk:disallowed-unique-constraint",),
    engines={
        "postgresql": OnEngine(
            inline_unique,
            Effect(LockLevel.ALL, scans=True, source="PostgreSQL manual, ALTER TABLE; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN token text UNIQUE;",
                good=(
                    "ALTER TABLE orders ADD COLUMN token text; CREATE UNIQUE INDEX CONCURRENTLY orders_token ON"
                    " orders (token);"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_column,
        ),
        "sqlserver": OnEngine(
            inline_unique,
            Effect(
                LockLevel.ALL, scans=True,
                source="Microsoft Learn, ALTER TABLE column_constraint (Transact-SQL), UNIQUE",
            ),
            Example(
                bad="ALTER TABLE orders ADD token uniqueidentifier NULL UNIQUE;",
                good="ALTER TABLE orders ADD token uniqueidentifier NULL;",
                schema=ORDERS,
            ),
            instead="add the column first, fill it, then build the index WITH (ONLINE = ON)",
        ),
    },
)
