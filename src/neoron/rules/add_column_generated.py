"""A stored generated column is added"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks
from neoron.rules.columns_sqlserver import stored_column
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn, AlterColumn


def computes_rows(action: AddColumn | AlterColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN … GENERATED ALWAYS AS (…) STORED, and a new expression for one."""
    if isinstance(action, AlterColumn):
        if action.change == "set expression" and scene.is_heavy(action.table):
            yield Hit(f"computing {action.column} anew rewrites {action.table} while nobody can read or write it",
                      table=scene.key(action.table))  # fmt: skip
        return
    if action.column.generated and action.column.generated.is_stored and scene.is_heavy(action.table):
        yield Hit(f"computing {action.column.name} rewrites {action.table} while nobody can read or write it",
                  table=scene.key(action.table))  # fmt: skip


def stores_values(action: AddColumn | AlterColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN … STORED on a table with rows."""
    if isinstance(action, AlterColumn):
        return
    generated = action.column.generated
    if generated and generated.is_stored and copy_blocks(action, scene, action.table):
        yield Hit(f"{action.table} is copied to compute {action.column.name}, and nobody can write to it meanwhile",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-column-generated",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A stored generated column is added",
    why="Its value is computed for every row: the table is rewritten while nobody can use it.",
    instead=(
        "add a plain column, keep it with a trigger and fill it in batches; since 18 a VIRTUAL one costs "
        "nothing"
    ),
    looks_at=(AddColumn, AlterColumn),
    also=(Category.PERFORMANCE,),
    aliases=("strong_migrations:add_column_generated_stored",),
    engines={
        "mariadb": OnEngine(
            stores_values,
            Effect(LockLevel.WRITES, rewrites=True, safe_since="11.2", source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN g decimal(12,2) AS (amount * 2) STORED;",
                good="ALTER TABLE orders ADD COLUMN g decimal(12,2) AS (amount * 2) VIRTUAL;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="make it VIRTUAL, with an index where it is searched",
        ),
        "mysql": OnEngine(
            stores_values,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Generated Column Operations",
            ),
            Example(
                bad="ALTER TABLE orders ADD COLUMN g decimal(12,2) AS (amount * 2) STORED;",
                good="ALTER TABLE orders ADD COLUMN g decimal(12,2) AS (amount * 2) VIRTUAL;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="make it VIRTUAL, with an index where it is searched",
        ),
        "postgresql": OnEngine(
            computes_rows,
            Effect(
                LockLevel.ALL, rewrites=True,
                source=(
                "PostgreSQL manual, ALTER TABLE, notes; 5.4 Generated columns; measured on 10 to 18"
            ),
            ),
            Example(
                bad=(
                    "ALTER TABLE orders ADD COLUMN twice numeric GENERATED ALWAYS AS (amount * 2) STORED;"
                ),
                good=(
                    "ALTER TABLE orders ADD COLUMN twice numeric GENERATED ALWAYS AS (amount * 2) VIRTUAL;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
                version="18",
            ),
        ),
        "sqlserver": OnEngine(
            stored_column,
            Effect(
                LockLevel.ALL, rewrites=True,
                source=(
                    "Microsoft Learn, ALTER TABLE (Transact-SQL), computed columns, PERSISTED; Locks and ALTER "
                    "TABLE"
                ),
            ),
            Example(
                bad="ALTER TABLE orders ADD total AS (amount * 2) PERSISTED;",
                good="ALTER TABLE orders ADD total AS (amount * 2);",
                schema=ORDERS,
            ),
            instead="leave PERSISTED out, or keep the value by a trigger and fill it in batches",
        ),
    },
)
