"""Long work while a table is locked"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_postgresql import later
from neoron.rules.scene import Scene
from neoron.sql.actions import Action, CreateIndex, Delete, Insert, Load, Merge, Update, Upkeep


def _is_long(action: Action, scene: Scene) -> bool:
    if isinstance(action, Update | Delete):
        return not action.has_limit and not action.has_key_condition and scene.is_heavy(action.table)
    if isinstance(action, Insert):
        return action.is_from_query and any(scene.is_heavy(name) for name in action.sources)
    if isinstance(action, CreateIndex):
        return scene.is_heavy(action.index.table)
    return isinstance(action, Load | Merge) and scene.is_heavy(action.table)


def works_under_lock(action: Action, scene: Scene) -> Iterator[Hit]:
    """Work on many rows after a statement that locked a table against everybody."""
    if scene.held and _is_long(action, scene):
        held = ", ".join(list(scene.held)[:3])
        yield Hit(f"this runs while the transaction keeps everybody out of {held}", table=next(iter(scene.held)))


RULE = Rule(
    id="work-under-lock",
    category=Category.LOCKING,
    severity=Severity.WARNING,
    title="Long work while a table is locked",
    why=(
        "The exclusive lock of an earlier statement stays until the end of the transaction, so everybody waits "
        "for this one too."
    ),
    instead="commit after the change of the table, and do the work in a transaction of its own",
    looks_at=(Update, Delete, Insert, Load, CreateIndex, Upkeep, Merge),
    aliases=("eugene:E4",),
    engines={
        "postgresql": OnEngine(
            works_under_lock,
            Effect(LockLevel.ALL, scans=True, source="PostgreSQL manual, 13.3 Explicit locking; measured on 15"),
            Example(
                bad=(
                    "BEGIN; ALTER TABLE orders ADD COLUMN total numeric; UPDATE orders SET total = amount; "
                    "COMMIT;"
                ),
                good=(
                    "ALTER TABLE orders ADD COLUMN total numeric; UPDATE orders SET total = amount WHERE id "
                    "BETWEEN 1 AND 1000;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=later,
        ),
        "sqlserver": OnEngine(
            works_under_lock,
            Effect(
                LockLevel.ALL, source=(
                    "Microsoft Learn, ALTER TABLE (Transact-SQL), Locks and ALTER TABLE; Transaction locking "
                    "and row versioning guide, Sch-M"
                ),
            ),
            Example(
                bad=(
                    "BEGIN TRAN; ALTER TABLE orders ADD total int NULL; UPDATE orders SET code = 'x' WHERE "
                    "note IS NULL; COMMIT;"
                ),
                good="ALTER TABLE orders ADD total int NULL; UPDATE orders SET code = 'x' WHERE id = 1;",
                schema=ORDERS,
            ),
        ),
    },
)
