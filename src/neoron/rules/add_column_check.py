"""A column is added with a CHECK"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks
from neoron.rules.columns_sqlserver import checked_column
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_column_postgresql import safe_column
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn
from neoron.sql.parts import ConstraintKind


def inline_check(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN with a constraint of its own."""
    for constraint in action.column.constraints:
        if constraint.kind is ConstraintKind.CHECK and scene.is_heavy(action.table):
            message = f"nobody can read or write {action.table} while every row is checked"
            yield Hit(message, table=scene.key(action.table))


def inline_check_reads(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """A CHECK, or NOT NULL of a generated column: SQLite tests every row, and fails on the first that breaks it."""
    column = action.column
    is_checked = any(c.kind is ConstraintKind.CHECK for c in column.constraints)
    if scene.is_heavy(action.table) and (is_checked or (column.generated and column.is_nullable is False)):
        message = f"nobody can write to the file while every row of {action.table} is tested"
        yield Hit(message, table=scene.key(action.table))


def copying_column_check(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN … CHECK on a table with rows."""
    has_check = any(c.kind is ConstraintKind.CHECK and c.is_valid for c in action.column.constraints)
    if has_check and copy_blocks(action, scene, action.table):
        yield Hit(f"{action.table} is copied, and nobody can write to it meanwhile", table=scene.key(action.table))


RULE = Rule(
    id="add-column-check",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A column is added with a CHECK",
    why="Every row is read while nobody can use the table, although the column is new.",
    instead="add the column, then the CHECK as NOT VALID, then VALIDATE it",
    looks_at=(AddColumn,),
    engines={
        "mysql": OnEngine(
            copying_column_check,
            Effect(LockLevel.WRITES, rewrites=True, scans=True, source="MySQL manual, 17.12.1 Online DDL Operations"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN qty int CHECK (qty > 0);",
                good="ALTER TABLE orders ADD COLUMN qty int;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="add the column, then the CHECK on a copy of the table, or in a quiet hour",
        ),
        "postgresql": OnEngine(
            inline_check,
            Effect(LockLevel.ALL, scans=True, source="PostgreSQL manual, ALTER TABLE; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN rating int CHECK (rating > 0);",
                good=(
                    "ALTER TABLE orders ADD COLUMN rating int; ALTER TABLE orders ADD CONSTRAINT r CHECK "
                    "(rating > 0) NOT VALID;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_column,
        ),
        "sqlite": OnEngine(
            inline_check_reads,
            Effect(LockLevel.WRITES, scans=True,
                   source="SQLite, ALTER TABLE ADD COLUMN: existing rows are tested; measured on 3.40"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN stars INTEGER DEFAULT 3 CHECK (stars > 0);",
                good="ALTER TABLE orders ADD COLUMN stars INTEGER DEFAULT 3;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
            severity=Severity.WARNING,
            instead="add the column without the CHECK, and refuse wrong values with a trigger or in the application",
        ),
        "sqlserver": OnEngine(
            checked_column,
            Effect(
                LockLevel.ALL, scans=True,
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), WITH CHECK | WITH NOCHECK",
            ),
            Example(
                bad="ALTER TABLE orders ADD age int NULL CHECK (age > 0);",
                good="ALTER TABLE orders ADD age int NULL;",
                schema=ORDERS,
            ),
            instead="add the column first, then the CHECK WITH NOCHECK, and check it at a quiet time",
        ),
    },
)
