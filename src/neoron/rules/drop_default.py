"""A column loses its default"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.constraints_sqlserver import lost_default
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterColumn, DropConstraint


def drop_default_breaks(action: AlterColumn, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN … DROP DEFAULT of a column that was there before."""
    if action.change != "drop default" or not scene.is_busy(action.table):
        return
    if not scene.is_added_column(action.table, action.column):
        message = f"programs that do not write {action.table}.{action.column} store NULL, or fail"
        yield Hit(message, table=scene.key(action.table))


RULE = Rule(
    id="drop-default",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A column loses its default",
    why="Programs that do not write it store NULL from now on, or fail where it is NOT NULL.",
    instead="teach the programs that write it first",
    looks_at=(AlterColumn,),
    aliases=("squawk:ban-drop-default",),
    engines={
        "mariadb": OnEngine(
            drop_default_breaks,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN amount DROP DEFAULT;",
                good="ALTER TABLE orders ALTER COLUMN amount SET DEFAULT 5;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            drop_default_breaks,
            Effect(LockLevel.NONE, source="MySQL manual, 17.12.1 Online DDL Operations, Column Operations"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN amount DROP DEFAULT;",
                good="ALTER TABLE orders ALTER COLUMN amount SET DEFAULT 5;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            drop_default_breaks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN code DROP DEFAULT;",
                good=(
                    "ALTER TABLE orders ADD COLUMN x int NOT NULL DEFAULT 0; ALTER TABLE orders ALTER COLUMN x "
                    "DROP DEFAULT;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            lost_default,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER TABLE (Transact-SQL), DROP CONSTRAINT",
            ),
            Example(
                bad="ALTER TABLE orders DROP CONSTRAINT df_code;",
                good="ALTER TABLE orders ADD CONSTRAINT df_note DEFAULT N'' FOR note;",
                schema=ORDERS + "\nALTER TABLE orders ADD CONSTRAINT df_code DEFAULT 'x' FOR code;",
            ),
            looks_at=(DropConstraint,),
        ),
    },
)
