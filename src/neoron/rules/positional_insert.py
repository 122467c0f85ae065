"""INSERT without a list of columns"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import SHOP
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Insert


def by_position(action: Insert, scene: Scene) -> Iterator[Hit]:
    """INSERT INTO t VALUES or SELECT without columns."""
    if not action.names_columns and scene.is_busy(action.table):
        yield Hit(f"values go into {action.table} by position", table=scene.key(action.table))


RULE = Rule(
    id="positional-insert",
    category=Category.COMPATIBILITY,
    severity=Severity.INFO,
    title="INSERT without a list of columns",
    why="It fails, or puts values into other columns, as soon as the table has one more.",
    instead="name the columns",
    looks_at=(Insert,),
    is_opt_in=True,
    engines={
        "mariadb": OnEngine(
            by_position,
            Effect(LockLevel.NONE, source="MariaDB documentation, INSERT"),
            Example(
                bad="INSERT INTO pairs VALUES (1, 2);",
                good="INSERT INTO pairs (a, b) VALUES (1, 2);",
                schema="CREATE TABLE pairs (a int, b int);",
            ),
        ),
        "mysql": OnEngine(
            by_position,
            Effect(LockLevel.NONE, source="MySQL manual, 15.2.7 INSERT Statement"),
            Example(
                bad="INSERT INTO pairs VALUES (1, 2);",
                good="INSERT INTO pairs (a, b) VALUES (1, 2);",
                schema="CREATE TABLE pairs (a int, b int);",
            ),
        ),
        "postgresql": OnEngine(
            by_position,
            Effect(LockLevel.NONE, source="PostgreSQL manual, INSERT"),
            Example(
                bad="INSERT INTO orders VALUES (20001, 2);",
                good="INSERT INTO orders (id, customer_id) VALUES (20001, 2);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            by_position,
            Effect(LockLevel.WRITES, source="SQLite, INSERT"),
            Example(
                bad="INSERT INTO orders VALUES (20001, 2, 'x', 'y');",
                good="INSERT INTO orders (id, customer_id) VALUES (20001, 2);",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            by_position,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, INSERT (Transact-SQL), column_list",
            ),
            Example(
                bad="INSERT INTO customers VALUES (1, N'a');",
                good="INSERT INTO customers (id, name) VALUES (1, N'a');",
                schema=SHOP,
            ),
        ),
    },
)
