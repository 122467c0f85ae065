"""DELETE of all rows"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.bounds import is_unbounded
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import deleted_rows
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Delete, Where


def deletes_all(action: Delete, scene: Scene) -> Iterator[Hit]:
    """A DELETE that nothing bounds."""
    if not is_unbounded(action, scene) or action.has_limit or not scene.is_busy(action.table):
        return
    if action.sources and action.is_joined:
        return
    why = "there is no WHERE" if action.where is Where.MISSING else "its WHERE is always true"
    yield from hits(f"every row of {action.table} is deleted: {why}", Category.DATA_LOSS,
                    Category.IRREVERSIBLE, Category.PERFORMANCE, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="delete-without-where",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="DELETE of all rows",
    why="Without a condition, or with one that is always true, every row goes.",
    instead="say which rows, and delete them in batches by key",
    looks_at=(Delete,),
    engines={
        "mariadb": OnEngine(
            deletes_all,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="DELETE FROM orders;",
                good="DELETE FROM orders WHERE id = 5;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            deletes_all,
            Effect(LockLevel.NONE, source="MySQL manual, 15.2.2 DELETE Statement"),
            Example(
                bad="DELETE FROM orders;",
                good="DELETE FROM orders WHERE id = 5;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            deletes_all,
            Effect(LockLevel.NONE, scans=True, source="PostgreSQL manual, DELETE"),
            Example(
                bad="DELETE FROM orders WHERE 1 = 1;",
                good="DELETE FROM orders WHERE id = 5;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            deletes_all,
            Effect(LockLevel.WRITES, source="SQLite, File Locking And Concurrency; measured on 3.40"),
            Example(
                bad="DELETE FROM orders WHERE 1 = 1;",
                good="DELETE FROM orders WHERE id = 5;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            deleted_rows,
            Effect(
                LockLevel.WRITES,
                source=(
                    "Microsoft Learn, DELETE (Transact-SQL); Transaction locking and row versioning guide, "
                    "Lock escalation"
                ),
            ),
            Example(
                bad="DELETE FROM orders;",
                good="DELETE FROM orders WHERE id = 42;",
                schema=ORDERS,
            ),
        ),
    },
)
