"""A schema change ends the open transaction"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.implicit import commits_implicitly
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Action, Delete, Insert, Load, Transaction, Update

_ROWS = (Insert, Update, Delete, Load)


def committed(action: Action, scene: Scene) -> Iterator[Hit]:
    """DDL in a transaction that the script began, or behind a change of rows in one."""
    if not scene.in_transaction or not commits_implicitly(action):
        return
    begun = any(isinstance(a, Transaction) and a.verb == "begin" for a in scene.script[: scene.at])
    if begun or any(isinstance(a, _ROWS) for a in scene.earlier):
        yield from hits("this commits the open transaction: a ROLLBACK after it brings nothing back",
                        Category.COMPATIBILITY, Category.IRREVERSIBLE)  # fmt: skip


RULE = Rule(
    id="implicit-commit",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A schema change ends the open transaction",
    why=(
        "What was changed before is committed by it, and ROLLBACK brings nothing back: neither the rows nor "
        "the schema."
    ),
    instead="change the schema outside of transactions, and rows in one of their own",
    engines={
        "mariadb": OnEngine(
            committed,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad=(
                    "BEGIN; UPDATE orders SET note = 'x' WHERE id = 1; ALTER TABLE orders ADD COLUMN n int; "
                    "ROLLBACK;"
                ),
                good="BEGIN; UPDATE orders SET note = 'x' WHERE id = 1; COMMIT; ALTER TABLE orders ADD COLUMN n int;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            committed,
            Effect(LockLevel.NONE, source="MySQL manual, 15.3.3 Statements That Cause an Implicit Commit"),
            Example(
                bad=(
                    "BEGIN; UPDATE orders SET note = 'x' WHERE id = 1; ALTER TABLE orders ADD COLUMN n int; "
                    "ROLLBACK;"
                ),
                good="BEGIN; UPDATE orders SET note = 'x' WHERE id = 1; COMMIT; ALTER TABLE orders ADD COLUMN n int;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
