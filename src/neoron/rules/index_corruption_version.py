"""Concurrent index builds are broken in this version"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateIndex, Upkeep


def broken_build(action: CreateIndex | Upkeep, scene: Scene) -> Iterator[Hit]:
    """CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY on 14.0 to 14.3."""
    is_built = isinstance(action, CreateIndex) and action.index.is_concurrent
    is_rebuilt = isinstance(action, Upkeep) and action.work == "reindex" and action.is_concurrent
    if (is_built or is_rebuilt) and len(scene.version) > 1 and (14, 0) <= scene.version < (14, 4):
        yield Hit("rows may be missing from the index, and queries through it silently lack them")


RULE = Rule(
    id="index-corruption-version",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="Concurrent index builds are broken in this version",
    why=(
        "PostgreSQL 14.0 to 14.3 can leave rows out of an index that is built or rebuilt concurrently."
    ),
    instead="update to 14.4 or later first",
    looks_at=(CreateIndex, Upkeep),
    aliases=("strong_migrations:add_index_corruption",),
    engines={
        "postgresql": OnEngine(
            broken_build,
            Effect(LockLevel.NONE, safe_since="14.4", source="PostgreSQL 14.4 release notes"),
            Example(
                bad="CREATE INDEX CONCURRENTLY orders_note ON orders (note);",
                good="SELECT 1;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz);"
                ),
                version="14.2",
            ),
        ),
    },
)
