"""Many rows are changed in one statement"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.bounds import is_by_key, is_unbounded
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Update


def updates_many(action: Update, scene: Scene) -> Iterator[Hit]:
    """UPDATE whose condition is not on a key."""
    if is_unbounded(action, scene) or not scene.is_heavy(action.table) or is_by_key(action, scene):
        return
    message = f"any number of rows of {action.table} is changed in one transaction"
    yield Hit(message, table=scene.key(action.table))


RULE = Rule(
    id="unbatched-update",
    category=Category.PERFORMANCE,
    severity=Severity.WARNING,
    title="Many rows are changed in one statement",
    why=(
        "All of them stay locked until the end, every one leaves a dead row behind, and replicas fall behind."
    ),
    instead="change them in batches by key, and commit each batch",
    looks_at=(Update,),
    also=(Category.LOCKING,),
    engines={
        "mariadb": OnEngine(
            updates_many,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="UPDATE orders SET note = '' WHERE amount < 500;",
                good="UPDATE orders SET note = '' WHERE amount < 500 LIMIT 1000;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            updates_many,
            Effect(LockLevel.NONE, source="MySQL manual, 17.7.3 Locks Set by Different SQL Statements in InnoDB"),
            Example(
                bad="UPDATE orders SET note = '' WHERE amount < 500;",
                good="UPDATE orders SET note = '' WHERE amount < 500 LIMIT 1000;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            updates_many,
            Effect(LockLevel.NONE, scans=True, source="PostgreSQL manual, UPDATE; 13.3.2 Row-level locks"),
            Example(
                bad="UPDATE orders SET note = '' WHERE note IS NULL;",
                good="UPDATE orders SET note = '' WHERE note IS NULL AND id BETWEEN 1 AND 1000;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            updates_many,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, File Locking And Concurrency; measured on 3.40"),
            Example(
                bad="UPDATE orders SET note = '' WHERE note IS NOT 'x';",
                good="UPDATE orders SET note = '' WHERE id BETWEEN 1 AND 100;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
            instead="change them in batches by key, each in a transaction of its own, and let others write in between",
        ),
        "sqlserver": OnEngine(
            updates_many,
            Effect(
                LockLevel.WRITES,
                source="Microsoft Learn, Transaction locking and row versioning guide, Lock escalation: 5,000 locks",
            ),
            Example(
                bad="UPDATE orders SET note = N'' WHERE note IS NULL;",
                good="UPDATE TOP (2000) orders SET note = N'' WHERE note IS NULL;",
                schema=ORDERS,
            ),
            instead="UPDATE TOP (2000) in a loop until @@ROWCOUNT is 0; more than 5,000 locks lock the whole table",
        ),
    },
)
