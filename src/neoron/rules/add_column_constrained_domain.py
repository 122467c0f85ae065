"""A column of a domain with a constraint is added"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn


def of_strict_domain(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN whose type is a domain that has a CHECK or NOT NULL."""
    if action.column.type.name in scene.constrained_domains and scene.is_heavy(action.table):
        yield Hit(f"domain {action.column.type.name} is checked in every row: {action.table} is rewritten while nobody "
                  "can read or write it", table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-column-constrained-domain",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A column of a domain with a constraint is added",
    why=(
        "PostgreSQL rewrites the table to check the domain, even when the column is NULL everywhere."
    ),
    instead="add the column with the plain type, and the CHECK as NOT VALID",
    looks_at=(AddColumn,),
    also=(Category.PERFORMANCE,),
    engines={
        "postgresql": OnEngine(
            of_strict_domain,
            Effect(LockLevel.ALL, rewrites=True, source="measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN price positive;",
                good="ALTER TABLE orders ADD COLUMN price numeric;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text); CREATE DOMAIN positive AS numeric CHECK (VALUE > 0);"
                ),
            ),
        ),
    },
)
