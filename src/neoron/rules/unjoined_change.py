"""Another table is named, but nothing ties it to this one"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import SHOP
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Delete, Update


def unjoined(action: Delete | Update, scene: Scene) -> Iterator[Hit]:
    """USING or FROM without a condition between the tables."""
    if action.sources and not action.is_joined and scene.is_busy(action.table):
        others = ", ".join(str(name) for name in action.sources[:3])
        verb = "deleted" if isinstance(action, Delete) else "overwritten"
        categories = (Category.DATA_LOSS, Category.IRREVERSIBLE)[: 2 if isinstance(action, Delete) else 1]
        yield from hits(f"no condition ties {others} to {action.table}, so all its rows are {verb}", *categories,
                        table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="unjoined-change",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="Another table is named, but nothing ties it to this one",
    why="Each row matches every row of the other table, so all of them change.",
    instead="add the condition that joins the tables",
    looks_at=(Delete, Update),
    engines={
        "mariadb": OnEngine(
            unjoined,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="DELETE orders FROM orders, people WHERE people.id = 3;",
                good="DELETE o FROM orders o JOIN people p ON p.id = o.id WHERE o.id = 3;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE people (id int NOT NULL PRIMARY KEY);"
                ),
            ),
        ),
        "mysql": OnEngine(
            unjoined,
            Effect(LockLevel.NONE, source="MySQL manual, 15.2.2 DELETE Statement, Multi-Table Deletes"),
            Example(
                bad="DELETE orders FROM orders, people WHERE people.id = 3;",
                good="DELETE o FROM orders o JOIN people p ON p.id = o.id WHERE o.id = 3;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE people (id int NOT NULL PRIMARY KEY);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            unjoined,
            Effect(LockLevel.NONE, scans=True, source="PostgreSQL manual, DELETE, UPDATE"),
            Example(
                bad="DELETE FROM orders USING customers WHERE customers.is_old;",
                good=(
                    "DELETE FROM orders USING customers c WHERE c.id = orders.customer_id AND orders.id = 5;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, is_old boolean);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            unjoined,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, UPDATE FROM; measured on 3.40"),
            Example(
                bad="UPDATE orders SET note = c.name FROM customers AS c WHERE c.id = 5;",
                good=(
                    "UPDATE orders SET note = c.name FROM customers AS c WHERE c.id = orders.customer_id AND "
                    "orders.id = 5;"
                ),
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT); CREATE "
                    "TABLE customers (id INTEGER PRIMARY KEY, name TEXT);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            unjoined,
            Effect(
                LockLevel.WRITES, source="Microsoft Learn, UPDATE (Transact-SQL), FROM",
            ),
            Example(
                bad="DELETE o FROM orders o, customers c WHERE c.name IS NULL;",
                good="DELETE o FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = 42;",
                schema=SHOP,
            ),
        ),
    },
)
