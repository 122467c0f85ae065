"""UPDATE of all rows"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.bounds import is_unbounded
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Update, Where


def updates_all(action: Update, scene: Scene) -> Iterator[Hit]:
    """An UPDATE that nothing bounds; columns that this plan added have nothing to lose."""
    if not is_unbounded(action, scene) or action.has_limit or not scene.is_busy(action.table):
        return
    if action.sources and action.is_joined:
        return
    why = "there is no WHERE" if action.where is Where.MISSING else "its WHERE is always true"
    if not all(scene.is_added_column(action.table, column) for column in action.columns):
        yield Hit(f"every row of {action.table} is overwritten: {why}", table=scene.key(action.table))
    if scene.is_heavy(action.table):
        yield from hits(f"every row of {action.table} is written in one transaction, and locked until its end: {why}",
                        Category.PERFORMANCE, Category.LOCKING, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="update-without-where",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="UPDATE of all rows",
    why=(
        "Without a condition, or with one that is always true, every row loses what it had in those columns, "
        "and every row stays locked until the end."
    ),
    instead="say which rows, and change them in batches by key",
    looks_at=(Update,),
    engines={
        "mariadb": OnEngine(
            updates_all,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="UPDATE orders SET note = 'x';",
                good="UPDATE orders SET note = 'y' WHERE id = 5;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            updates_all,
            Effect(LockLevel.NONE, source="MySQL manual, 15.2.17 UPDATE Statement"),
            Example(
                bad="UPDATE orders SET note = 'x';",
                good="UPDATE orders SET note = 'y' WHERE id = 5;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            updates_all,
            Effect(LockLevel.NONE, scans=True, source="PostgreSQL manual, UPDATE; 13.3.2 Row-level locks"),
            Example(
                bad="UPDATE orders SET note = '';",
                good="UPDATE orders SET note = '' WHERE id BETWEEN 1 AND 1000;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            updates_all,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, File Locking And Concurrency; measured on 3.40"),
            Example(
                bad="UPDATE orders SET note = '';",
                good="UPDATE orders SET note = '' WHERE id BETWEEN 1 AND 100;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            updates_all,
            Effect(
                LockLevel.WRITES,
                source=(
                    "Microsoft Learn, UPDATE (Transact-SQL); Transaction locking and row versioning guide, "
                    "Lock escalation"
                ),
            ),
            Example(
                bad="UPDATE orders SET code = 'old';",
                good="UPDATE orders SET code = 'old' WHERE id = 42;",
                schema=ORDERS,
            ),
        ),
    },
)
