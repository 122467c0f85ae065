"""VALIDATE in the transaction of its NOT VALID"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_postgresql import later
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint, ValidateConstraint


def validates_under_lock(action: ValidateConstraint, scene: Scene) -> Iterator[Hit]:
    """VALIDATE CONSTRAINT while the transaction holds a stronger lock on the table."""
    if not scene.is_heavy(action.table):
        return
    key = scene.key(action.table)
    adds = any(isinstance(a, AddConstraint) and scene.key(a.table) == key for a in scene.earlier)
    if adds or key in scene.held:
        yield Hit(f"every row of {action.table} is checked under the lock that this transaction already holds",
                  table=key)  # fmt: skip


RULE = Rule(
    id="validate-same-transaction",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="VALIDATE in the transaction of its NOT VALID",
    why=(
        "The lock of the first statement is held while every row is checked, so NOT VALID has gained nothing."
    ),
    instead="commit between the two: VALIDATE CONSTRAINT belongs into a transaction of its own",
    looks_at=(ValidateConstraint,),
    aliases=("strong_migrations:validate_foreign_key", "eugene:E4"),
    engines={
        "postgresql": OnEngine(
            validates_under_lock,
            Effect(
                LockLevel.ALL, scans=True,
                source="PostgreSQL manual, ALTER TABLE, VALIDATE CONSTRAINT; measured on 10 to 18",
            ),
            Example(
                bad=(
                    "BEGIN; ALTER TABLE orders ADD CONSTRAINT p CHECK (amount > 0) NOT VALID; ALTER TABLE "
                    "orders VALIDATE CONSTRAINT p; COMMIT;"
                ),
                good=(
                    "ALTER TABLE orders ADD CONSTRAINT p CHECK (amount > 0) NOT VALID; ALTER TABLE orders "
                    "VALIDATE CONSTRAINT p;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=later,
        ),
    },
)
