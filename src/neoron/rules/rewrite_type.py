"""A change of type rewrites the table"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks
from neoron.rules.columns_sqlserver import rewritten_column
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.rules.type_kinds import is_other_kind
from neoron.rules.types_mysql import changed_type
from neoron.rules.types_postgresql import TypeChange, type_change
from neoron.sql.actions import AlterType


def _other_kind(action: AlterType, scene: Scene) -> Iterator[Hit]:
    old = scene.column(action.table, action.column)
    if old is not None and is_other_kind(old.type, action.type):
        yield Hit(f"programs that read or write {old.type.text} in {action.table}.{action.column} meet "
                  f"{action.type.text}", category=Category.COMPATIBILITY, table=scene.key(action.table))  # fmt: skip


def _changed(action: AlterType, scene: Scene) -> TypeChange:
    old = scene.column(action.table, action.column)
    is_utc = scene.settings.get("timezone", "").upper() in ("UTC", "GMT", "0", "ETC/UTC")
    return type_change(old.type if old else None, action.type, scene.version, has_using=bool(action.using),
                       is_utc=is_utc)  # fmt: skip


def rewritten(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """The rows do not fit the new type as they are."""
    if not scene.is_heavy(action.table) or not _changed(action, scene).rewrites:
        return
    if action.type.collation and scene.column(action.table, action.column) is None:
        return
    column = scene.column(action.table, action.column)
    told = f"from {column.type.text if column else 'an unknown type'} to {action.type.text}"
    yield Hit(f"changing {action.table}.{action.column} {told} rewrites the table while nobody can read or write it",
              table=scene.key(action.table))  # fmt: skip
    yield from _other_kind(action, scene)


def copied_for_type(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """MODIFY or CHANGE to a type that the rows do not have as they are."""
    if not copy_blocks(action, scene, action.table) or not changed_type(action, scene).copies:
        return
    column = scene.column(action.table, action.column)
    told = f"from {column.type.text if column else 'an unknown type'} to {action.type.text}"
    yield Hit(f"changing {action.table}.{action.column} {told} copies the table while nobody can write to it",
              table=scene.key(action.table))  # fmt: skip
    yield from _other_kind(action, scene)


RULE = Rule(
    id="rewrite-type",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A change of type rewrites the table",
    why="All rows and indexes are written anew while nobody can read or write the table.",
    instead=(
        "add a column of the new type, keep both in step with a trigger, copy in batches, then switch"
    ),
    looks_at=(AlterType,),
    also=(Category.PERFORMANCE,),
    aliases=("squawk:changing-column-type", "strong_migrations:change_column", "atlas:PG301"),
    engines={
        "mariadb": OnEngine(
            copied_for_type,
            Effect(LockLevel.WRITES, rewrites=True, safe_since="11.2", source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders MODIFY id bigint NOT NULL AUTO_INCREMENT;",
                good="ALTER TABLE orders MODIFY note varchar(60);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead=(
                "in a quiet hour, or on a copy of the table: fill it in batches, then swap the names with RENAME "
                "TABLE"
            ),
        ),
        "mysql": OnEngine(
            copied_for_type,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Column Operations",
            ),
            Example(
                bad="ALTER TABLE orders MODIFY id bigint NOT NULL AUTO_INCREMENT;",
                good="ALTER TABLE orders MODIFY note varchar(60);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead=(
                "in a quiet hour, or on a copy of the table: fill it in batches, then swap the names with RENAME "
                "TABLE"
            ),
        ),
        "postgresql": OnEngine(
            rewritten,
            Effect(LockLevel.ALL, rewrites=True, source="PostgreSQL manual, ALTER TABLE; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN customer_id TYPE numeric;",
                good="ALTER TABLE orders ALTER COLUMN code TYPE text;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            rewritten_column,
            Effect(
                LockLevel.ALL, rewrites=True, safe_since="13 with ONLINE = ON on Enterprise",
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), Locks and ALTER TABLE; WITH (ONLINE = ON)",
            ),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN customer_id bigint NOT NULL;",
                good="ALTER TABLE orders ALTER COLUMN code varchar(40) NOT NULL;",
                schema=ORDERS,
            ),
            instead="WITH (ONLINE = ON) where the edition has it; otherwise a new column, batches, then sp_rename",
        ),
    },
)
