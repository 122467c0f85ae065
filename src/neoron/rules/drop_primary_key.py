"""The primary key is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import copy_blocks, rebuild_is_felt
from neoron.rules.constraints_sqlserver import lost_primary_key
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint, DropConstraint
from neoron.sql.parts import ConstraintKind


def key_dropped(action: DropConstraint, scene: Scene) -> Iterator[Hit]:
    """DROP PRIMARY KEY; with a new one in the same statement the table is rebuilt in place."""
    if action.kind is not ConstraintKind.PRIMARY_KEY:
        return
    near = scene.script[max(scene.at - 8, 0) : scene.at + 8]
    is_replaced = any(
        isinstance(a, AddConstraint) and a.constraint.kind is ConstraintKind.PRIMARY_KEY and a.table == action.table
        for a in near
    )
    table = scene.key(action.table)
    if is_replaced and rebuild_is_felt(action, scene, action.table):
        yield from hits(f"all of {action.table} is written again in the order of the new key", Category.LOCKING,
                        Category.PERFORMANCE, table=table)  # fmt: skip
    elif not is_replaced and copy_blocks(action, scene, action.table):
        yield Hit(f"all of {action.table} is copied, and nobody can write to it meanwhile", table=table)
        yield Hit(f"rows that are alike in the key of {action.table} are accepted from now on",
                  category=Category.COMPATIBILITY, table=table)  # fmt: skip


RULE = Rule(
    id="drop-primary-key",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="The primary key is dropped",
    why=(
        "InnoDB keeps the rows in its order: the table is copied while nobody can write. Replication by rows "
        "becomes slow without one."
    ),
    instead="drop it and add the new one in the same ALTER TABLE, which is done in place",
    looks_at=(DropConstraint,),
    also=(Category.PERFORMANCE,),
    engines={
        "mariadb": OnEngine(
            key_dropped,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE loose DROP PRIMARY KEY;",
                good="CREATE TABLE fresh (id int NOT NULL PRIMARY KEY); ALTER TABLE fresh DROP PRIMARY KEY;",
                schema="CREATE TABLE loose (id int NOT NULL PRIMARY KEY, k int);",
            ),
        ),
        "mysql": OnEngine(
            key_dropped,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Primary Key Operations",
            ),
            Example(
                bad="ALTER TABLE loose DROP PRIMARY KEY;",
                good="CREATE TABLE fresh (id int NOT NULL PRIMARY KEY); ALTER TABLE fresh DROP PRIMARY KEY;",
                schema="CREATE TABLE loose (id int NOT NULL PRIMARY KEY, k int);",
            ),
        ),
        "sqlserver": OnEngine(
            lost_primary_key,
            Effect(
                LockLevel.ALL, rewrites=True,
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), DROP CONSTRAINT, ONLINE; Clustered index to heap",
            ),
            Example(
                bad="ALTER TABLE orders DROP CONSTRAINT pk_orders;",
                good="ALTER TABLE orders DROP CONSTRAINT ck_amount;",
                schema=(
                    "CREATE TABLE orders (id bigint NOT NULL CONSTRAINT pk_orders PRIMARY KEY, amount int NULL "
                    "CONSTRAINT ck_amount CHECK (amount > 0));"
                ),
            ),
            instead="make the table with its new key beside it, copy in batches, then sp_rename",
        ),
    },
)
