"""A column is added with a default and a foreign key"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks, habits
from neoron.rules.columns_sqlserver import looked_up_column
from neoron.rules.examples_sqlserver import SHOP
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_column_postgresql import safe_column
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn
from neoron.sql.parts import ConstraintKind, ValueKind


def _has_value(action: AddColumn) -> bool:
    default = action.column.default
    return default is not None and default.kind is not ValueKind.NULL


def inline_references(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN with a constraint of its own."""
    for constraint in action.column.constraints:
        if constraint.kind is ConstraintKind.FOREIGN_KEY and _has_value(action) and scene.is_heavy(action.table):
            message = f"nobody can read or write {action.table} while every row is looked up in {constraint.references}"
            yield Hit(message, table=scene.key(action.table))


def copying_reference(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN … REFERENCES, where the server does not pass over it."""
    is_key = any(c.kind is ConstraintKind.FOREIGN_KEY for c in action.column.constraints)
    if is_key and scene.version >= habits(scene).inline_references and copy_blocks(action, scene, action.table):
        yield Hit(f"{action.table} is copied, and nobody can write to it meanwhile", table=scene.key(action.table))


RULE = Rule(
    id="add-column-references",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A column is added with a default and a foreign key",
    why=(
        "The default gives every row a value to look up, so all rows are checked while nobody can use the "
        "table."
    ),
    instead="add the column without the default; or add the foreign key NOT VALID afterwards",
    looks_at=(AddColumn,),
    engines={
        "mariadb": OnEngine(
            copying_reference,
            Effect(LockLevel.WRITES, rewrites=True, safe_since="11.2", source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN parent int REFERENCES orders (id);",
                good="ALTER TABLE orders ADD COLUMN parent int;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="add the column, then the foreign key in a quiet hour",
        ),
        "mysql": OnEngine(
            copying_reference,
            Effect(LockLevel.WRITES, rewrites=True, source="MySQL manual, 15.1.20.5 FOREIGN KEY Constraints"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN parent int REFERENCES orders (id);",
                good="ALTER TABLE orders ADD COLUMN parent int;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
                version="9.0",
            ),
            instead="add the column, then the foreign key in a quiet hour",
        ),
        "postgresql": OnEngine(
            inline_references,
            Effect(LockLevel.ALL, scans=True, source="PostgreSQL manual, ALTER TABLE; measured on 10 to 18"),
            Example(
                bad=(
                    "ALTER TABLE orders ADD COLUMN agent_id bigint DEFAULT 1 REFERENCES customers (id);"
                ),
                good="ALTER TABLE orders ADD COLUMN agent_id bigint REFERENCES customers (id);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_column,
        ),
        "sqlserver": OnEngine(
            looked_up_column,
            Effect(
                LockLevel.ALL, scans=True,
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), WITH CHECK | WITH NOCHECK",
            ),
            Example(
                bad="ALTER TABLE orders ADD buyer_id int NULL REFERENCES customers (id);",
                good="ALTER TABLE orders ADD buyer_id int NULL;",
                schema=SHOP,
            ),
            instead="add the column first, then the foreign key WITH NOCHECK, and check it at a quiet time",
        ),
    },
)
