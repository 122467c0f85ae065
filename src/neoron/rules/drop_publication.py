"""A publication is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.PUBLICATION,)


def drop_publication_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of one that was there before, and that the script does not make again."""
    if action.kind not in _KINDS or action.is_temporary:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"programs that use {name} fail")


RULE = Rule(
    id="drop-publication",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A publication is dropped",
    why="Subscribers get no further change, and miss those in between.",
    instead="move the subscribers over first",
    looks_at=(Drop,),
    engines={
        "postgresql": OnEngine(
            drop_publication_breaks,
            Effect(LockLevel.NONE, source="PostgreSQL manual, DROP PUBLICATION"),
            Example(
                bad="DROP PUBLICATION p;",
                good="CREATE PUBLICATION fresh FOR TABLE orders;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, note text); CREATE "
                    "PUBLICATION p FOR TABLE orders;"
                ),
            ),
        ),
    },
)
