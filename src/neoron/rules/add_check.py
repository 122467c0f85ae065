"""A CHECK reads all rows while everybody waits"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks
from neoron.rules.constraints_sqlserver import checked_rows
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_postgresql import safe_constraint
from neoron.rules.safe_sqlserver import checked_apart
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint, SwitchConstraint
from neoron.sql.parts import ConstraintKind


def validating_check(action: AddConstraint | SwitchConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD CHECK that is valid at once, on a table that has rows."""
    if isinstance(action, SwitchConstraint):
        return
    constraint = action.constraint
    if action.domain or constraint.kind is not ConstraintKind.CHECK or not constraint.is_valid:
        return
    if scene.is_heavy(action.table):
        yield Hit(f"nobody can read or write {action.table} while every row is checked", table=scene.key(action.table))


def copying_check(action: AddConstraint | SwitchConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD CHECK, or ALTER CHECK … ENFORCED, on a table that has rows."""
    if isinstance(action, SwitchConstraint):
        is_asked = action.is_enabled
    else:
        is_asked = action.constraint.kind is ConstraintKind.CHECK and action.constraint.is_valid
    if is_asked and copy_blocks(action, scene, action.table):
        yield Hit(f"{action.table} is copied to check every row, and nobody can write to it meanwhile",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-check",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A CHECK reads all rows while everybody waits",
    why=(
        "Nobody can read or write the table until every row has been checked, and one bad row fails the "
        "migration."
    ),
    instead="add it NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own",
    looks_at=(AddConstraint, SwitchConstraint),
    also=(Category.COMPATIBILITY,),
    aliases=("squawk:constraint-missing-not-valid", "strong_migrations:add_check_constraint", "atlas:PG305"),
    engines={
        "mariadb": OnEngine(
            copying_check,
            Effect(
                LockLevel.WRITES, rewrites=True, scans=True, safe_since="11.2",
                source="measured on MariaDB 10.11",
            ),
            Example(
                bad="ALTER TABLE orders ADD CONSTRAINT pos CHECK (amount >= 0);",
                good="CREATE TABLE fresh (n int); ALTER TABLE fresh ADD CHECK (n > 0);",
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
            copying_check,
            Effect(LockLevel.WRITES, rewrites=True, scans=True, source="MySQL manual, 17.12.1 Online DDL Operations"),
            Example(
                bad="ALTER TABLE orders ADD CONSTRAINT pos CHECK (amount >= 0);",
                good="CREATE TABLE fresh (n int); ALTER TABLE fresh ADD CHECK (n > 0);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead=(
                "ADD CONSTRAINT … NOT ENFORCED (MySQL), or in a quiet hour, or on a copy of the table: fill it "
                "in batches, then swap the names with RENAME TABLE"
            ),
        ),
        "postgresql": OnEngine(
            validating_check,
            Effect(
                LockLevel.ALL, scans=True,
                source="PostgreSQL manual, ALTER TABLE, ADD table_constraint; measured on 10 to 18",
            ),
            Example(
                bad="ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0);",
                good="ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_constraint,
        ),
        "sqlserver": OnEngine(
            checked_rows,
            Effect(
                LockLevel.ALL, scans=True,
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), WITH CHECK | WITH NOCHECK",
            ),
            Example(
                bad="ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0);",
                good="ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT positive CHECK (amount > 0);",
                schema=ORDERS,
            ),
            instead="ADD it WITH NOCHECK, then WITH CHECK CHECK CONSTRAINT at a quiet time",
            looks_at=(AddConstraint,),
            remedy=checked_apart,
        ),
    },
)
