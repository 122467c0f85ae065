"""A statement needs a newer version of the server"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Needs


def too_old(action: Needs, scene: Scene) -> Iterator[Hit]:
    """A feature that came after the version that is reviewed for."""
    if scene.version < action.since:
        since, version = (".".join(map(str, numbers)) for numbers in (action.since, scene.version))
        yield Hit(f"{action.feature} is known since {since}, and this is for {version}: it fails")


RULE = Rule(
    id="needs-newer-version",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="A statement needs a newer version of the server",
    why="The server does not know the word and refuses the statement.",
    instead="write it in the words of the version that runs, or update the server first",
    looks_at=(Needs,),
    engines={
        "sqlite": OnEngine(
            too_old,
            Effect(LockLevel.NONE, source="SQLite, Release History"),
            Example(
                bad="ALTER TABLE orders DROP COLUMN note;",
                good="ALTER TABLE orders ADD COLUMN extra TEXT;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);",
                version="3.34",
            ),
        ),
    },
)
