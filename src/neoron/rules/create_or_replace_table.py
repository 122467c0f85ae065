"""CREATE OR REPLACE TABLE drops the table that is there"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateTable


def replaced_table(action: CreateTable, scene: Scene) -> Iterator[Hit]:
    """CREATE OR REPLACE TABLE of one that may be there."""
    if action.replaces and not action.is_temporary and scene.is_busy(action.table):
        yield from hits(f"if {action.table} is there, it is dropped with all its rows", Category.DATA_LOSS,
                        Category.IRREVERSIBLE, Category.COMPATIBILITY, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="create-or-replace-table",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="CREATE OR REPLACE TABLE drops the table that is there",
    why="It is DROP TABLE and CREATE TABLE in one: all rows go, and what the new one lacks is missed by programs.",
    instead="CREATE TABLE IF NOT EXISTS, or ALTER TABLE",
    looks_at=(CreateTable,),
    engines={
        "mariadb": OnEngine(
            replaced_table,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="CREATE OR REPLACE TABLE orders (id int PRIMARY KEY);",
                good="CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
