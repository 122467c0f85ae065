"""DROP TABLE"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rebuilding import is_scratch, rebuild_of
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind


def dropped_table(action: Drop, scene: Scene) -> Iterator[Hit]:
    """A table that others may use is dropped."""
    if action.kind is not Kind.TABLE or action.is_temporary:
        return
    for name in action.names:
        if scene.is_busy(name):
            message = f"{name} and all its rows are gone for good, and whoever still uses it fails"
            yield from hits(
                message, Category.DATA_LOSS, Category.IRREVERSIBLE, Category.COMPATIBILITY, table=scene.key(name)
            )


def dropped_for_good(action: Drop, scene: Scene) -> Iterator[Hit]:
    """The same, unless the rows were copied and the copy takes the table's place, or it is a rebuild's scratch."""
    is_left_over = action.if_exists and any(is_scratch(name, scene) for name in action.names)
    if action.kind is Kind.TABLE and not is_left_over and not any(rebuild_of(name, scene) for name in action.names):
        yield from dropped_table(action, scene)


RULE = Rule(
    id="drop-table",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A table is dropped",
    why="The rows cannot be brought back without a backup, and every program that still uses the table fails.",
    instead="stop using it, rename it and wait; drop it when nobody missed it and a backup of it was restored",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-table", "atlas:DS102", "django:DROP_TABLE"),
    engines={
        "mariadb": OnEngine(
            dropped_table,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="DROP TABLE orders;",
                good="CREATE TABLE scratch (id int); DROP TABLE scratch;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            dropped_table,
            Effect(LockLevel.ALL, source="MySQL manual, 15.1.32 DROP TABLE Statement"),
            Example(
                bad="DROP TABLE orders;",
                good="CREATE TABLE scratch (id int); DROP TABLE scratch;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            dropped_table,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP TABLE; measured on 10 to 18"),
            Example(
                bad="DROP TABLE orders;",
                good="CREATE TABLE scratch (id bigint); DROP TABLE scratch;",
                schema="CREATE TABLE orders (id bigint PRIMARY KEY);",
            ),
        ),
        "sqlite": OnEngine(
            dropped_for_good,
            Effect(LockLevel.WRITES, source="SQLite, DROP TABLE; measured on 3.40"),
            Example(
                bad="DROP TABLE orders;",
                good="CREATE TABLE scratch (id INTEGER); DROP TABLE scratch;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            dropped_table,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, DROP TABLE (Transact-SQL)",
            ),
            Example(
                bad="DROP TABLE orders;",
                good="DROP TABLE IF EXISTS #scratch;",
                schema=ORDERS,
            ),
        ),
    },
)
