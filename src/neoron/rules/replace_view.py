"""A view is replaced"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Alter, Create
from neoron.sql.parts import Kind


def other_view(action: Create | Alter, scene: Scene) -> Iterator[Hit]:
    """CREATE OR REPLACE VIEW of one that was there before."""
    is_replaced = action.kind is Kind.VIEW and isinstance(action, Create) and action.replaces
    if is_replaced and not scene.is_created(Kind.VIEW, action.name):
        yield Hit(f"programs that read {action.name} get what the new query says")


RULE = Rule(
    id="replace-view",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A view is replaced",
    why="Programs that read it get other rows or values at once.",
    instead="add what is new at the end of its columns, and keep what the others mean",
    looks_at=(Create, Alter),
    is_opt_in=True,
    aliases=("squawk:ban-replace-view-function",),
    engines={
        "postgresql": OnEngine(
            other_view,
            Effect(LockLevel.ALL, source="PostgreSQL manual, CREATE VIEW"),
            Example(
                bad="CREATE OR REPLACE VIEW totals AS SELECT 2 AS n;",
                good="CREATE VIEW fresh AS SELECT 1 AS n;",
                schema="CREATE VIEW totals AS SELECT 1 AS n;",
            ),
        ),
    },
)
