"""A materialized view is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.MATERIALIZED_VIEW,)


def drop_materialized_view_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of one that was there before, and that the script does not make again."""
    if action.kind not in _KINDS or action.is_temporary:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"programs that use {name} fail")


RULE = Rule(
    id="drop-materialized-view",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A materialized view is dropped",
    why="Programs that read it fail, and building it again takes its query's time.",
    instead="build the new one under another name, then switch",
    looks_at=(Drop,),
    engines={
        "postgresql": OnEngine(
            drop_materialized_view_breaks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP MATERIALIZED VIEW"),
            Example(
                bad="DROP MATERIALIZED VIEW totals;",
                good=(
                    "CREATE MATERIALIZED VIEW fresh AS SELECT 1 AS n; DROP MATERIALIZED VIEW fresh;"
                ),
                schema="CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n;",
            ),
        ),
    },
)
