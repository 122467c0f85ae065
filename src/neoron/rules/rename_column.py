"""A column is renamed"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Alter, Rename
from neoron.sql.parts import Kind


def renamed_column(action: Rename | Alter, scene: Scene) -> Iterator[Hit]:
    """RENAME COLUMN of a table that was there before."""
    if isinstance(action, Alter):
        if action.change == "rename column":
            yield Hit(f"programs that read the old column of {action.name} fail")
        return
    if action.kind is not Kind.COLUMN or action.table is None or not scene.is_busy(action.table):
        return
    if not scene.is_added_column(action.table, action.old.name):
        yield Hit(f"programs that use {action.table}.{action.old} fail: it is called {action.new} now",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="rename-column",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="A column is renamed",
    why="Every program that still uses the old name fails at once.",
    instead=(
        "add a new column, keep both in step with a trigger, move programs over, then drop the old one"
    ),
    looks_at=(Rename, Alter),
    aliases=("squawk:renaming-column", "strong_migrations:rename_column", "atlas:BC102"),
    engines={
        "mariadb": OnEngine(
            renamed_column,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders RENAME COLUMN note TO remark;",
                good="ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders RENAME COLUMN a TO b;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            renamed_column,
            Effect(LockLevel.NONE, source="MySQL manual, 17.12.1 Online DDL Operations, Column Operations"),
            Example(
                bad="ALTER TABLE orders RENAME COLUMN note TO remark;",
                good="ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders RENAME COLUMN a TO b;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            renamed_column,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, RENAME"),
            Example(
                bad="ALTER TABLE orders RENAME note TO remark;",
                good="ALTER TABLE orders ADD COLUMN remark text;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            renamed_column,
            Effect(LockLevel.WRITES, source="SQLite, ALTER TABLE RENAME COLUMN, since 3.25; measured on 3.40"),
            Example(
                bad="ALTER TABLE orders RENAME note TO remark;",
                good="ALTER TABLE orders ADD COLUMN remark TEXT;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            renamed_column,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, sp_rename (Transact-SQL)",
            ),
            Example(
                bad="EXEC sp_rename 'orders.note', 'remark', 'COLUMN';",
                good="CREATE INDEX ix_code ON orders (code);\nGO\nEXEC sp_rename 'orders.ix_code', 'ix_c', 'INDEX';",
                schema=ORDERS,
            ),
            instead="add a computed column under the old name, or a view, until programs have changed",
        ),
    },
)
