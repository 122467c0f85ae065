"""A scheduled event is dropped or switched off"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Alter, Drop
from neoron.sql.parts import Kind


def event_gone(action: Drop | Alter, scene: Scene) -> Iterator[Hit]:
    """DROP EVENT, ALTER EVENT … DISABLE of one that was there before."""
    if action.kind is not Kind.EVENT:
        return
    names = action.names if isinstance(action, Drop) else (action.name,) if action.change == "disable" else ()
    for name in names:
        if not scene.is_created(Kind.EVENT, name) and not made_again(Kind.EVENT, name, scene):
            yield Hit(f"what {name} did at its times is not done any more")


RULE = Rule(
    id="drop-event",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A scheduled event is dropped or switched off",
    why="What it did at its times is not done any more, and nobody is told.",
    instead="see who relies on it; disable it first, drop it when nobody missed it",
    looks_at=(Drop, Alter),
    engines={
        "mariadb": OnEngine(
            event_gone,
            Effect(LockLevel.NONE, source="MariaDB documentation, DROP EVENT"),
            Example(
                bad="DROP EVENT nightly;",
                good="DROP EVENT nightly; CREATE EVENT nightly ON SCHEDULE EVERY 1 HOUR DO SELECT 1;",
                schema="CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1;",
            ),
        ),
        "mysql": OnEngine(
            event_gone,
            Effect(LockLevel.NONE, source="MySQL manual, 15.1.25 DROP EVENT Statement"),
            Example(
                bad="DROP EVENT nightly;",
                good="DROP EVENT nightly; CREATE EVENT nightly ON SCHEDULE EVERY 1 HOUR DO SELECT 1;",
                schema="CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1;",
            ),
        ),
    },
)
