"""A strong lock is asked for without a lock_timeout"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.holding import exclusive_tables
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterType,
    DropColumn,
    DropConstraint,
    Rename,
    TableChange,
)


def waits_for_ever(action: Action, scene: Scene) -> Iterator[Hit]:
    """A change of a table without a lock_timeout in force."""
    if scene.settings.get("lock_timeout", "0") in ("", "0"):
        for table in exclusive_tables(action):
            if scene.is_busy(table):
                yield Hit(f"without lock_timeout every query on {table} may queue behind this one",
                          table=scene.key(table))  # fmt: skip


RULE = Rule(
    id="no-lock-timeout",
    category=Category.LOCKING,
    severity=Severity.INFO,
    title="A strong lock is asked for without a lock_timeout",
    why="While the statement waits for one long query, every later query waits behind it.",
    instead="SET lock_timeout = '2s' first, and try again when it ends",
    looks_at=(AddColumn, DropColumn, AlterType, AlterColumn, AddConstraint, DropConstraint, TableChange, Rename),
    is_opt_in=True,
    aliases=("squawk:require-lock-timeout", "eugene:E9"),
    engines={
        "postgresql": OnEngine(
            waits_for_ever,
            Effect(LockLevel.ALL, source="PostgreSQL manual, 20.11.1 lock_timeout"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN x int;",
                good="SET lock_timeout = '2s'; ALTER TABLE orders ADD COLUMN x int;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
