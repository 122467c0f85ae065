"""A unique constraint builds its index while everybody waits"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.constraints_sqlserver import built_key
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_postgresql import safe_unique
from neoron.rules.safe_sqlserver import built_online
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint
from neoron.sql.parts import ConstraintKind


def builds_unique(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD UNIQUE without an index that is there."""
    constraint = action.constraint
    if constraint.kind is ConstraintKind.UNIQUE and not constraint.using_index and scene.is_heavy(action.table):
        message = f"nobody can read or write {action.table} while the index is built"
        yield Hit(message, table=scene.key(action.table))


RULE = Rule(
    id="add-unique",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A unique constraint builds its index while everybody waits",
    why=(
        "Nobody can read or write the table until the index is built, and one duplicate fails the migration."
    ),
    instead="CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … UNIQUE USING INDEX",
    looks_at=(AddConstraint,),
    also=(Category.COMPATIBILITY,),
    aliases=("squawk:disallowed-unique-constraint", "strong_migrations:add_unique_constraint", "atlas:PG304"),
    engines={
        "postgresql": OnEngine(
            builds_unique,
            Effect(
                LockLevel.ALL, scans=True,
                source=(
                "PostgreSQL manual, ALTER TABLE, ADD table_constraint_using_index; measured on 10 to 18"
            ),
            ),
            Example(
                bad="ALTER TABLE orders ADD CONSTRAINT orders_code UNIQUE (code);",
                good=(
                    "CREATE UNIQUE INDEX CONCURRENTLY orders_code ON orders (code); ALTER TABLE orders ADD "
                    "CONSTRAINT orders_code UNIQUE USING INDEX orders_code;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_unique,
        ),
        "sqlserver": OnEngine(
            partial(built_key, ConstraintKind.UNIQUE),
            Effect(
                LockLevel.ALL, scans=True, safe_since="with ONLINE = ON on Enterprise",
                source="Microsoft Learn, ALTER TABLE table_constraint (Transact-SQL), ONLINE",
            ),
            Example(
                bad="ALTER TABLE orders ADD CONSTRAINT uq_code UNIQUE (code);",
                good="ALTER TABLE orders ADD CONSTRAINT uq_code UNIQUE (code) WITH (ONLINE = ON);",
                schema=ORDERS,
                edition="enterprise",
            ),
            instead="WITH (ONLINE = ON) where the edition has it; otherwise at a quiet time",
            remedy=built_online,
        ),
    },
)
