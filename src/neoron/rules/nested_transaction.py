"""A transaction is begun inside another one"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Transaction


def begun_twice(action: Transaction, scene: Scene) -> Iterator[Hit]:
    """BEGIN while a transaction is open."""
    if action.verb == "begin" and scene.in_transaction:
        yield Hit("a transaction is open already: the next COMMIT ends it, not this one")


def begun_again(action: Transaction, scene: Scene) -> Iterator[Hit]:
    """START TRANSACTION behind a change of rows in an open transaction: that is committed."""
    if action.verb == "begin" and scene.in_transaction and scene.earlier and not action.inside:
        yield Hit("this commits the open transaction, and begins another one")


RULE = Rule(
    id="nested-transaction",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A transaction is begun inside another one",
    why="PostgreSQL only warns and goes on in the first; the first COMMIT ends both.",
    instead="use one transaction, or SAVEPOINT",
    looks_at=(Transaction,),
    aliases=("squawk:transaction-nesting",),
    engines={
        "mariadb": OnEngine(
            begun_again,
            Effect(LockLevel.NONE, source="MariaDB documentation, SQL statements that cause an implicit commit"),
            Example(
                bad="BEGIN; UPDATE orders SET note = 'x' WHERE id = 1; BEGIN; COMMIT;",
                good="BEGIN; SAVEPOINT a; COMMIT;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            begun_again,
            Effect(LockLevel.NONE, source="MySQL manual, 15.3.3 Statements That Cause an Implicit Commit"),
            Example(
                bad="BEGIN; UPDATE orders SET note = 'x' WHERE id = 1; BEGIN; COMMIT;",
                good="BEGIN; SAVEPOINT a; COMMIT;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            begun_twice,
            Effect(LockLevel.NONE, source="PostgreSQL manual, BEGIN"),
            Example(
                bad="BEGIN; BEGIN; COMMIT;",
                good="BEGIN; SAVEPOINT a; COMMIT;",
            ),
        ),
        "sqlite": OnEngine(
            begun_twice,
            Effect(LockLevel.NONE, source="SQLite, BEGIN: it fails inside a transaction"),
            Example(
                bad="BEGIN; BEGIN; COMMIT;",
                good="BEGIN; SAVEPOINT a; COMMIT;",
            ),
        ),
        "sqlserver": OnEngine(
            begun_twice,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, BEGIN TRANSACTION (Transact-SQL); Nest transactions",
            ),
            Example(
                bad="BEGIN TRAN; BEGIN TRAN; COMMIT;",
                good="BEGIN TRAN; SAVE TRAN here; COMMIT;",
                schema=ORDERS,
            ),
            instead="use one transaction, or SAVE TRANSACTION",
        ),
    },
)
