"""An index is dropped that queries may use"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind


def index_gone(action: Drop, scene: Scene) -> Iterator[Hit]:
    """An index that was there before goes."""
    if action.kind is Kind.INDEX:
        for name in action.names:
            if not scene.is_created(Kind.INDEX, name):
                yield Hit(f"queries that use {name} become slow")


RULE = Rule(
    id="drop-index-in-use",
    category=Category.PERFORMANCE,
    severity=Severity.WARNING,
    title="An index is dropped that queries may use",
    why="Queries that used it read the whole table from now on.",
    instead="look at pg_stat_user_indexes.idx_scan over a whole business cycle first",
    looks_at=(Drop,),
    is_opt_in=True,
    aliases=("squawk:ban-drop-index", "atlas:DS103"),
    engines={
        "postgresql": OnEngine(
            index_gone,
            Effect(LockLevel.NONE, source="PostgreSQL manual, DROP INDEX"),
            Example(
                bad="DROP INDEX CONCURRENTLY orders_note;",
                good="CREATE INDEX fresh ON orders (code); DROP INDEX fresh;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text); CREATE INDEX orders_note ON orders (note);"
                ),
            ),
        ),
    },
)
