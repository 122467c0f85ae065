"""An object moves to another schema"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import MoveToSchema
from neoron.sql.parts import Kind


def moved(action: MoveToSchema, scene: Scene) -> Iterator[Hit]:
    """SET SCHEMA."""
    is_new = scene.is_created(action.kind, action.name) or (
        action.kind is Kind.TABLE and not scene.is_busy(action.name)
    )
    if not is_new:
        yield Hit(f"programs that use {action.name} fail: it is in schema {action.schema} now")


RULE = Rule(
    id="move-to-schema",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="An object moves to another schema",
    why="Programs that name its schema, or do not have the new one in their search_path, fail.",
    instead="make a view with the old name, or move programs over first",
    looks_at=(MoveToSchema,),
    aliases=("squawk:ban-set-schema",),
    engines={
        "mariadb": OnEngine(
            moved,
            Effect(LockLevel.ALL, source="MariaDB documentation, RENAME TABLE"),
            Example(
                bad="RENAME TABLE orders TO archive.orders;",
                good="CREATE TABLE scratch (id int); RENAME TABLE scratch TO archive.scratch;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            moved,
            Effect(LockLevel.ALL, source="MySQL manual, 15.1.36 RENAME TABLE Statement"),
            Example(
                bad="RENAME TABLE orders TO archive.orders;",
                good="CREATE TABLE scratch (id int); RENAME TABLE scratch TO archive.scratch;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            moved,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, SET SCHEMA"),
            Example(
                bad="ALTER TABLE orders SET SCHEMA archive;",
                good="CREATE TABLE fresh (id int); ALTER TABLE fresh SET SCHEMA archive;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text); CREATE SCHEMA archive;"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            moved,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER SCHEMA (Transact-SQL), TRANSFER",
            ),
            Example(
                bad="ALTER SCHEMA archive TRANSFER dbo.orders;",
                good="CREATE TABLE dbo.fresh (id int);\nGO\nALTER SCHEMA archive TRANSFER dbo.fresh;",
                schema=ORDERS + "\nGO\nCREATE SCHEMA archive;",
            ),
            instead="create a synonym under the old name in the same transaction",
        ),
    },
)
