"""A new column's default rewrites the table"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks, habits
from neoron.rules.columns_sqlserver import filled_column
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_column_postgresql import safe_column
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn
from neoron.sql.parts import ValueKind

_EVEN = (ValueKind.NULL, ValueKind.CONSTANT, ValueKind.STABLE)


def rewriting_default(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN with a volatile default; before 11 with any default."""
    default = action.column.default
    if default is None or default.kind is ValueKind.NULL or not scene.is_heavy(action.table):
        return
    if action.column.is_identity or (scene.version >= (11,) and default.kind in _EVEN):
        return
    yield Hit(f"DEFAULT {default.text} is written into every row of {action.table} while nobody can read or write it",
              table=scene.key(action.table))  # fmt: skip


def copying_default(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN with a default that has to be computed for every row."""
    default = action.column.default
    is_computed = default is not None and default.kind in habits(scene).fills_expressions
    if is_computed and copy_blocks(action, scene, action.table):
        yield Hit(f"{action.table} is copied to fill {action.column.name}, and nobody can write to it meanwhile",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-column-default",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A new column's default rewrites the table",
    why=(
        "A default that differs from row to row has to be written into every row while nobody can use the "
        "table."
    ),
    instead="add the column without the default, set the default, fill in batches",
    looks_at=(AddColumn,),
    also=(Category.PERFORMANCE,),
    aliases=("squawk:adding-field-with-default", "strong_migrations:add_column_default", "atlas:PG302"),
    engines={
        "mariadb": OnEngine(
            copying_default,
            Effect(LockLevel.WRITES, rewrites=True, safe_since="11.2", source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN token varchar(36) DEFAULT (UUID());",
                good="ALTER TABLE orders ADD COLUMN token varchar(36) DEFAULT 'x';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="add the column without it, fill it in batches, then ALTER COLUMN … SET DEFAULT",
        ),
        "mysql": OnEngine(
            copying_default,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 13.6 Data Type Default Values; 17.12.1 Online DDL Operations",
            ),
            Example(
                bad="ALTER TABLE orders ADD COLUMN token varchar(36) DEFAULT (UUID());",
                good="ALTER TABLE orders ADD COLUMN token varchar(36) DEFAULT 'x';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="add the column without it, fill it in batches, then ALTER COLUMN … SET DEFAULT",
        ),
        "postgresql": OnEngine(
            rewriting_default,
            Effect(
                LockLevel.ALL, rewrites=True, safe_since="11 for constant and stable defaults",
                source="PostgreSQL manual, ALTER TABLE, notes on ADD COLUMN; measured on 10 to 18",
            ),
            Example(
                bad="ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();",
                good="ALTER TABLE orders ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_column,
        ),
        "sqlserver": OnEngine(
            filled_column,
            Effect(
                LockLevel.ALL, rewrites=True, safe_since="11 on Enterprise for runtime constants",
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), Adding NOT NULL columns as an online operation",
            ),
            Example(
                bad="ALTER TABLE orders ADD flag bit NOT NULL DEFAULT 0;",
                good="ALTER TABLE orders ADD flag bit NULL;",
                schema=ORDERS, edition="standard",
            ),
            instead="add it NULL with the default, fill it in batches of 2,000 rows, then make it NOT NULL",
        ),
    },
)
