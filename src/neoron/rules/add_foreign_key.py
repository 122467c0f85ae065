"""A foreign key checks all rows while writers wait"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks
from neoron.rules.constraints_sqlserver import looked_up_rows
from neoron.rules.examples_sqlserver import SHOP
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_postgresql import safe_constraint
from neoron.rules.safe_sqlserver import checked_apart
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint
from neoron.sql.parts import ConstraintKind


def validating_key(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD FOREIGN KEY that is valid at once, on a table that has rows."""
    constraint = action.constraint
    if constraint.kind is not ConstraintKind.FOREIGN_KEY or not constraint.is_valid or action.domain:
        return
    if scene.is_heavy(action.table):
        yield Hit(f"nobody can write to {action.table} or {constraint.references} while every row is checked",
                  table=scene.key(action.table))  # fmt: skip


def copying_key(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD FOREIGN KEY while foreign_key_checks is on, on a table that has rows."""
    checks = scene.settings.get("foreign_key_checks", "1").lower() not in ("0", "off", "false")
    is_key = action.constraint.kind is ConstraintKind.FOREIGN_KEY
    if is_key and checks and copy_blocks(action, scene, action.table):
        yield Hit(f"{action.table} is copied to check every row, and nobody can write to it meanwhile",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-foreign-key",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A foreign key checks all rows while writers wait",
    why="Both tables cannot be written until every row has been checked.",
    instead="add it NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own",
    looks_at=(AddConstraint,),
    also=(Category.COMPATIBILITY,),
    aliases=("squawk:adding-foreign-key-constraint", "strong_migrations:add_foreign_key", "atlas:PG306"),
    engines={
        "mariadb": OnEngine(
            copying_key,
            Effect(
                LockLevel.WRITES, rewrites=True, scans=True, safe_since="11.2",
                source="measured on MariaDB 10.11",
            ),
            Example(
                bad="ALTER TABLE items ADD CONSTRAINT l_o FOREIGN KEY (order_id) REFERENCES orders (id);",
                good=(
                    "CREATE TABLE fresh (id int NOT NULL PRIMARY KEY, order_id int, FOREIGN KEY (order_id) "
                    "REFERENCES orders (id));"
                ),
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE items (id int NOT NULL PRIMARY KEY, order_id "
                    "int);"
                ),
            ),
            instead=(
                "look for orphans first, then with foreign_key_checks = 0 and ALGORITHM=INPLACE: no copy, but "
                "the server checks nothing; or in a quiet hour, or on a copy of the table: fill it in batches, "
                "then swap the names with RENAME TABLE"
            ),
        ),
        "mysql": OnEngine(
            copying_key,
            Effect(
                LockLevel.WRITES, rewrites=True, scans=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Foreign Key Operations",
            ),
            Example(
                bad="ALTER TABLE items ADD CONSTRAINT l_o FOREIGN KEY (order_id) REFERENCES orders (id);",
                good=(
                    "CREATE TABLE fresh (id int NOT NULL PRIMARY KEY, order_id int, FOREIGN KEY (order_id) "
                    "REFERENCES orders (id));"
                ),
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE items (id int NOT NULL PRIMARY KEY, order_id "
                    "int);"
                ),
            ),
            instead=(
                "look for orphans first, then with foreign_key_checks = 0 and ALGORITHM=INPLACE: no copy, but "
                "the server checks nothing; or in a quiet hour, or on a copy of the table: fill it in batches, "
                "then swap the names with RENAME TABLE"
            ),
        ),
        "postgresql": OnEngine(
            validating_key,
            Effect(
                LockLevel.WRITES, scans=True,
                source="PostgreSQL manual, ALTER TABLE, ADD table_constraint; measured on 10 to 18",
            ),
            Example(
                bad=(
                    "ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id);"
                ),
                good=(
                    "ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id) "
                    "NOT VALID;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_constraint,
        ),
        "sqlserver": OnEngine(
            looked_up_rows,
            Effect(
                LockLevel.ALL, scans=True,
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), WITH CHECK | WITH NOCHECK; Locks and ALTER TABLE",
            ),
            Example(
                bad=(
                    "ALTER TABLE orders ADD CONSTRAINT fk_buyer FOREIGN KEY (customer_id) REFERENCES customers "
                    "(id);"
                ),
                good=(
                    "ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT fk_buyer FOREIGN KEY (customer_id) "
                    "REFERENCES customers (id);"
                ),
                schema=SHOP,
            ),
            instead="ADD it WITH NOCHECK, then WITH CHECK CHECK CONSTRAINT at a quiet time",
            remedy=checked_apart,
        ),
    },
)
