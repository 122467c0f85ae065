"""A transaction is never ended"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Transaction


def never_ended(action: Transaction, scene: Scene) -> Iterator[Hit]:
    """BEGIN without COMMIT or ROLLBACK behind it."""
    if action.inside:
        return  # in a routine, whose other statements are not seen from here
    ends = ("commit", "rollback", "prepare")
    if action.verb == "begin" and not any(isinstance(a, Transaction) and a.verb in ends for a in scene.later):
        yield Hit("no COMMIT follows: all of it is rolled back when the connection ends")


RULE = Rule(
    id="open-transaction",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A transaction is never ended",
    why="What it did is rolled back when the connection ends, and its locks stay until then.",
    instead="end the script with COMMIT",
    looks_at=(Transaction,),
    aliases=("squawk:ban-uncommitted-transaction",),
    engines={
        "mariadb": OnEngine(
            never_ended,
            Effect(LockLevel.NONE, source="MariaDB documentation, START TRANSACTION"),
            Example(
                bad="START TRANSACTION; UPDATE orders SET note = 'x' WHERE id = 1;",
                good="START TRANSACTION; UPDATE orders SET note = 'x' WHERE id = 1; COMMIT;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            never_ended,
            Effect(LockLevel.NONE, source="MySQL manual, 15.3.1 START TRANSACTION, COMMIT, and ROLLBACK Statements"),
            Example(
                bad="START TRANSACTION; UPDATE orders SET note = 'x' WHERE id = 1;",
                good="START TRANSACTION; UPDATE orders SET note = 'x' WHERE id = 1; COMMIT;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            never_ended,
            Effect(LockLevel.NONE, source="PostgreSQL manual, BEGIN"),
            Example(
                bad="BEGIN; SELECT 1;",
                good="BEGIN; SELECT 1; COMMIT;",
            ),
        ),
        "sqlite": OnEngine(
            never_ended,
            Effect(LockLevel.NONE, source="SQLite, BEGIN"),
            Example(
                bad="BEGIN; SELECT 1;",
                good="BEGIN; SELECT 1; COMMIT;",
            ),
        ),
        "sqlserver": OnEngine(
            never_ended,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, BEGIN TRANSACTION (Transact-SQL)",
            ),
            Example(
                bad="BEGIN TRANSACTION; DELETE FROM orders WHERE id = 1;",
                good="BEGIN TRANSACTION; DELETE FROM orders WHERE id = 1; COMMIT;",
                schema=ORDERS,
            ),
        ),
    },
)
