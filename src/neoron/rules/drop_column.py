"""A column is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import DropColumn


def dropped_column(action: DropColumn, scene: Scene) -> Iterator[Hit]:
    """A column that this plan did not add itself is dropped."""
    if scene.is_busy(action.table) and not scene.is_added_column(action.table, action.column):
        also = ", with all that depends on it" if action.is_cascade else ""
        yield from hits(
            f"the values of {action.table}.{action.column} are gone for good{also}, and programs that name it fail",
            Category.DATA_LOSS, Category.COMPATIBILITY, Category.IRREVERSIBLE, table=scene.key(action.table),
        )  # fmt: skip


RULE = Rule(
    id="drop-column",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A column is dropped",
    why="Its values are gone for good, and every program that still names the column fails.",
    instead="stop reading and writing it first; keep a copy of its values until nobody missed them",
    looks_at=(DropColumn,),
    aliases=("squawk:ban-drop-column", "atlas:DS103", "strong_migrations:remove_column"),
    engines={
        "mariadb": OnEngine(
            dropped_column,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders DROP COLUMN note;",
                good="ALTER TABLE orders ADD COLUMN n int; ALTER TABLE orders DROP COLUMN n;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            dropped_column,
            Effect(LockLevel.NONE, source="MySQL manual, 17.12.1 Online DDL Operations, Column Operations"),
            Example(
                bad="ALTER TABLE orders DROP COLUMN note;",
                good="ALTER TABLE orders ADD COLUMN n int; ALTER TABLE orders DROP COLUMN n;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            dropped_column,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders DROP COLUMN note;",
                good=(
                    "ALTER TABLE orders ADD COLUMN extra int; ALTER TABLE orders DROP COLUMN extra;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            dropped_column,
            Effect(LockLevel.WRITES, rewrites=True,
                   source="SQLite, ALTER TABLE DROP COLUMN: every row is written anew; measured on 3.40"),
            Example(
                bad="ALTER TABLE orders DROP COLUMN note;",
                good="ALTER TABLE orders ADD COLUMN extra INTEGER; ALTER TABLE orders DROP COLUMN extra;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            dropped_column,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER TABLE (Transact-SQL), DROP COLUMN; Locks and ALTER TABLE",
            ),
            Example(
                bad="ALTER TABLE orders DROP COLUMN note;",
                good="ALTER TABLE orders ADD extra int NULL;\nGO\nALTER TABLE orders DROP COLUMN extra;",
                schema=ORDERS,
            ),
        ),
    },
)
