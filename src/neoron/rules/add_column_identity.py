"""A numbered column is added"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import is_online
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn


def numbers_rows(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN of serial or identity."""
    if action.column.is_identity and scene.is_heavy(action.table):
        yield Hit(f"numbering {action.column.name} rewrites {action.table} while nobody can read or write it",
                  table=scene.key(action.table))  # fmt: skip


def counts_rows(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN … AUTO_INCREMENT on a table with rows."""
    if action.column.is_identity and scene.is_heavy(action.table) and not is_online(action):
        yield Hit(f"every row of {action.table} gets a number, and nobody can write to it meanwhile",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-column-identity",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A numbered column is added",
    why="Every row gets its number, so the table is rewritten while nobody can use it.",
    instead="add a plain bigint, fill it in batches, then ADD GENERATED … AS IDENTITY",
    looks_at=(AddColumn,),
    also=(Category.PERFORMANCE,),
    aliases=("squawk:adding-serial-primary-key-field", "strong_migrations:add_column_auto_incrementing", "eugene:E11"),
    engines={
        "mariadb": OnEngine(
            counts_rows,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE loose ADD COLUMN id int NOT NULL AUTO_INCREMENT PRIMARY KEY;",
                good="ALTER TABLE loose ADD COLUMN id int;",
                schema="CREATE TABLE loose (n int);",
            ),
            instead=(
                "in a quiet hour, or on a copy of the table: fill it in batches, then swap the names with RENAME "
                "TABLE"
            ),
        ),
        "mysql": OnEngine(
            counts_rows,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Column Operations",
            ),
            Example(
                bad="ALTER TABLE loose ADD COLUMN id int NOT NULL AUTO_INCREMENT PRIMARY KEY;",
                good="ALTER TABLE loose ADD COLUMN id int;",
                schema="CREATE TABLE loose (n int);",
            ),
            instead=(
                "in a quiet hour, or on a copy of the table: fill it in batches, then swap the names with RENAME "
                "TABLE"
            ),
        ),
        "postgresql": OnEngine(
            numbers_rows,
            Effect(
                LockLevel.ALL, rewrites=True,
                source="PostgreSQL manual, ALTER TABLE, notes; measured on 10 to 18",
            ),
            Example(
                bad="ALTER TABLE orders ADD COLUMN seq bigserial;",
                good="ALTER TABLE orders ADD COLUMN seq bigint;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            numbers_rows,
            Effect(
                LockLevel.ALL, rewrites=True, source=(
                    "Microsoft Learn, ALTER TABLE (Transact-SQL), Locks and ALTER TABLE; CREATE TABLE "
                    "(Transact-SQL) IDENTITY (Property)"
                ),
            ),
            Example(
                bad="ALTER TABLE archive ADD number int IDENTITY(1, 1) NOT NULL;",
                good="ALTER TABLE archive ADD number int NULL;",
                schema="CREATE TABLE archive (code varchar(20) NULL);",
            ),
            instead="make a new table with the numbers, copy in batches, then rename in one short transaction",
        ),
    },
)
