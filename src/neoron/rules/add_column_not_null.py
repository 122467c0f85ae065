"""A NOT NULL column is added without a default"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn
from neoron.sql.parts import ValueKind


def required_column(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN … NOT NULL that nothing fills."""
    column = action.column
    if column.is_nullable is not False or column.is_identity or column.generated or not scene.is_busy(action.table):
        return
    if column.default is None or column.default.kind is ValueKind.NULL:
        yield Hit(f"it fails on rows that are there, and programs that do not write {action.table}.{column.name} fail",
                  table=scene.key(action.table))  # fmt: skip


def required_from_now(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN … NOT NULL without a default: rows that are there get 0 or an empty text."""
    column = action.column
    if column.is_nullable is not False or column.is_identity or column.generated or not scene.is_busy(action.table):
        return
    if column.default is None and not any(c.kind.value == "primary key" for c in column.constraints):
        yield Hit(f"programs that do not write {action.table}.{column.name} fail; rows that are there get 0 or ''",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-column-not-null",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="A NOT NULL column is added without a default",
    why="It fails when the table has rows, and programs that do not write it fail afterwards.",
    instead="add it with a default, or nullable, and make it NOT NULL when all rows have it",
    looks_at=(AddColumn,),
    aliases=("squawk:adding-required-field", "atlas:MF103"),
    engines={
        "mariadb": OnEngine(
            required_from_now,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN kind int NOT NULL;",
                good="ALTER TABLE orders ADD COLUMN kind int NOT NULL DEFAULT 0;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            required_from_now,
            Effect(LockLevel.NONE, source="MySQL manual, 13.6 Data Type Default Values"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN kind int NOT NULL;",
                good="ALTER TABLE orders ADD COLUMN kind int NOT NULL DEFAULT 0;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            required_column,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, ADD COLUMN"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN kind text NOT NULL;",
                good="ALTER TABLE orders ADD COLUMN kind text NOT NULL DEFAULT 'order';",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            required_column,
            Effect(LockLevel.WRITES, source="SQLite, ALTER TABLE ADD COLUMN; measured on 3.40"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN kind TEXT NOT NULL;",
                good="ALTER TABLE orders ADD COLUMN kind TEXT NOT NULL DEFAULT 'order';",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            required_column,
            Effect(
                LockLevel.ALL,
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), ADD: a column must allow nulls or have a DEFAULT",
            ),
            Example(
                bad="ALTER TABLE orders ADD remark nvarchar(40) NOT NULL;",
                good="ALTER TABLE orders ADD remark nvarchar(40) NULL;",
                schema=ORDERS,
            ),
            instead="add it with a DEFAULT, or NULL and make it NOT NULL when all rows have a value",
        ),
    },
)
