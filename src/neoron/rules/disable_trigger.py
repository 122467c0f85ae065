"""Triggers are switched off"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def sleeping(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """DISABLE TRIGGER, DISABLE RULE."""
    if action.change in ("trigger off", "rule off") and scene.is_busy(action.table):
        yield Hit(f"what triggers and rules of {action.table} wrote or refused does not happen, for anybody",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="disable-trigger",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="Triggers are switched off",
    why=(
        "What they wrote or refused does not happen, also for other sessions; with ALL foreign keys are not "
        "checked."
    ),
    instead="leave them on, and let them know the migration by a setting",
    looks_at=(TableChange,),
    aliases=("squawk:ban-disable-trigger",),
    engines={
        "postgresql": OnEngine(
            sleeping,
            Effect(LockLevel.WRITES, source="PostgreSQL manual, ALTER TABLE, DISABLE TRIGGER; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders DISABLE TRIGGER ALL;",
                good="ALTER TABLE orders ENABLE TRIGGER audit;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, note text); "
                    "CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            sleeping,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, DISABLE TRIGGER (Transact-SQL)",
            ),
            Example(
                bad="ALTER TABLE orders DISABLE TRIGGER ALL;",
                good="ALTER TABLE orders ENABLE TRIGGER ALL;",
                schema=ORDERS,
            ),
            instead="leave them on, and let them know the migration by SESSION_CONTEXT",
        ),
    },
)
