"""What the review could not read"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Unread


def unread(action: Unread, scene: Scene) -> Iterator[Hit]:
    """A statement, or a part of one, that nothing is known about."""
    yield Hit(f"this was not reviewed: {action.reason}")


_EFFECT = Effect(LockLevel.UNKNOWN, source="it was not read")
_UNREAD = OnEngine(unread, _EFFECT, Example(bad="EXPLODE TABLE orders;", good=""))

RULE = Rule(
    id="unparsed",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A statement could not be read",
    why="Nothing can be said about it: it may be harmless, and it may destroy everything.",
    instead="write the statement out in full, or look at it yourself and allow it with a reason",
    looks_at=(Unread,),
    engines={
        **dict.fromkeys(("sqlite", "mysql", "mariadb"), _UNREAD),
        "postgresql": OnEngine(
            unread,
            _EFFECT,
            Example(
                bad="DO $$ DECLARE command text; BEGIN SELECT line INTO command FROM todo; EXECUTE command; END $$;",
                good="DO $$ BEGIN PERFORM 1; END $$;",
                schema="CREATE TABLE todo (line text);",
            ),
        ),
        "sqlserver": OnEngine(
            unread,
            _EFFECT,
            Example(bad="EXEC xp_cmdshell 'dir';", good="EXEC (N'SELECT 1');"),
        ),
    },
)
