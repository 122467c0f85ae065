"""Indexes are rebuilt while others wait"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Upkeep
from neoron.sql.parts import Kind


def reindex_blocks(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """Indexes are rebuilt while others wait."""
    if action.work != "reindex" or action.is_concurrent:
        return
    heavy = [name for name in action.tables if not scene.is_created(Kind.INDEX, name) and scene.is_heavy(name)]
    if heavy or not action.tables:
        what = ", ".join(map(str, heavy)) or "every table"
        yield Hit(f"indexes of {what} are rebuilt while nobody can write", table=scene.key(heavy[0]) if heavy else "")


RULE = Rule(
    id="reindex",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="Indexes are rebuilt while others wait",
    why="Writers wait for the whole build, and readers that would use the index too.",
    instead="REINDEX … CONCURRENTLY (since 12), outside a transaction",
    looks_at=(Upkeep,),
    aliases=("squawk:require-concurrent-reindex",),
    engines={
        "postgresql": OnEngine(
            reindex_blocks,
            Effect(LockLevel.ALL, scans=True, source="PostgreSQL manual, REINDEX; measured on 10 to 18"),
            Example(
                bad="REINDEX TABLE orders;",
                good="REINDEX TABLE CONCURRENTLY orders;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
