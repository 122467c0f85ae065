"""A table becomes unlogged"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateTable, TableChange


def unlogged(action: TableChange | CreateTable, scene: Scene) -> Iterator[Hit]:
    """SET UNLOGGED on a table that was there before."""
    if isinstance(action, TableChange) and action.change == "unlogged" and scene.is_busy(action.table):
        yield from hits(f"{action.table} is emptied by the next crash, and is rewritten now while nobody can use it",
                        Category.DATA_LOSS, Category.LOCKING, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="set-unlogged",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A table becomes unlogged",
    why=(
        "After a crash an unlogged table is empty, replicas never see it, and the change rewrites it while "
        "nobody can use it."
    ),
    instead="keep it logged",
    looks_at=(TableChange, CreateTable),
    also=(Category.PERFORMANCE,),
    engines={
        "postgresql": OnEngine(
            unlogged,
            Effect(LockLevel.ALL, rewrites=True, source="PostgreSQL manual, CREATE TABLE; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders SET UNLOGGED;",
                good="CREATE UNLOGGED TABLE cache (id int);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz);"
                ),
            ),
        ),
    },
)
