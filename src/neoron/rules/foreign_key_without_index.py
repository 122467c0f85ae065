"""A foreign key without an index on its columns"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import SHOP
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint
from neoron.sql.parts import ConstraintKind


def unindexed_key(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD FOREIGN KEY whose columns lead no index of the table."""
    constraint, table = action.constraint, scene.table(action.table)
    if constraint.kind is not ConstraintKind.FOREIGN_KEY or not table.is_known:
        return
    leads = {i.columns[:1] for i in table.indexes.values()}
    leads |= {c.columns[:1] for c in table.constraints.values() if c.kind.value in ("primary key", "unique")}
    if constraint.columns[:1] not in leads:
        yield Hit(f"deleting from {constraint.references} reads all of {action.table}", table=scene.key(action.table))


RULE = Rule(
    id="foreign-key-without-index",
    category=Category.PERFORMANCE,
    severity=Severity.WARNING,
    title="A foreign key without an index on its columns",
    why="Each delete in the parent reads the whole child table.",
    instead="CREATE INDEX CONCURRENTLY on the referencing columns first",
    looks_at=(AddConstraint,),
    is_opt_in=True,
    aliases=("eugene:E15",),
    engines={
        "postgresql": OnEngine(
            unindexed_key,
            Effect(LockLevel.WRITES, source="PostgreSQL manual, 5.5.5 Foreign keys"),
            Example(
                bad=(
                    "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;"
                ),
                good=(
                    "CREATE INDEX CONCURRENTLY oc ON orders (customer_id); ALTER TABLE orders ADD FOREIGN KEY "
                    "(customer_id) REFERENCES customers (id) NOT VALID;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            unindexed_key,
            Effect(
                LockLevel.NONE,
                source="Microsoft Learn, Primary and foreign key constraints, Indexes on foreign key constraints",
            ),
            Example(
                bad=(
                    "ALTER TABLE orders ADD CONSTRAINT fk_buyer FOREIGN KEY (customer_id) REFERENCES customers "
                    "(id);"
                ),
                good=(
                    "CREATE INDEX ix_buyer ON orders (customer_id); ALTER TABLE orders ADD CONSTRAINT fk_buyer "
                    "FOREIGN KEY (customer_id) REFERENCES customers (id);"
                ),
                schema=SHOP,
            ),
        ),
    },
)
