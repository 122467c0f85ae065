"""A materialized view is refreshed while readers wait"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_index_postgresql import safe_refresh
from neoron.rules.scene import Scene
from neoron.sql.actions import Upkeep
from neoron.sql.parts import Kind


def refresh_materialized_view_blocks(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """A materialized view is refreshed while readers wait."""
    if action.work != "refresh" or action.is_concurrent:
        return
    old = [name for name in action.tables if not scene.is_created(Kind.MATERIALIZED_VIEW, name)]
    heavy = [name for name in old if scene.is_heavy(name)]
    if heavy or not action.tables:
        what = ", ".join(map(str, heavy)) or "every table"
        yield Hit(f"nobody can read {what} while its query runs", table=scene.key(heavy[0]) if heavy else "")


RULE = Rule(
    id="refresh-materialized-view",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A materialized view is refreshed while readers wait",
    why="Nobody can read the view until its query has run again.",
    instead="REFRESH MATERIALIZED VIEW CONCURRENTLY, with a unique index on it",
    looks_at=(Upkeep,),
    also=(Category.PERFORMANCE,),
    engines={
        "postgresql": OnEngine(
            refresh_materialized_view_blocks,
            Effect(
                LockLevel.ALL, rewrites=True,
                source="PostgreSQL manual, REFRESH MATERIALIZED VIEW; measured on 10 to 18",
            ),
            Example(
                bad="REFRESH MATERIALIZED VIEW totals;",
                good="REFRESH MATERIALIZED VIEW CONCURRENTLY totals;",
                schema=(
                    "CREATE TABLE orders (id bigint, amount numeric); CREATE MATERIALIZED VIEW totals AS SELECT "
                    "sum(amount) AS n FROM orders; CREATE UNIQUE INDEX totals_n ON totals (n);"
                ),
            ),
            remedy=safe_refresh,
        ),
    },
)
