"""A sequence is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.SEQUENCE,)


def drop_sequence_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of one that was there before, and that the script does not make again."""
    if action.kind not in _KINDS or action.is_temporary:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"programs that use {name} fail")


RULE = Rule(
    id="drop-sequence",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A sequence is dropped",
    why="Defaults and programs that take numbers from it fail.",
    instead="drop it when nothing takes numbers from it",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-sequence",),
    engines={
        "mariadb": OnEngine(
            drop_sequence_breaks,
            Effect(LockLevel.ALL, source="MariaDB documentation, DROP SEQUENCE"),
            Example(
                bad="DROP SEQUENCE numbers;",
                good="CREATE SEQUENCE fresh; DROP SEQUENCE fresh;",
                schema="CREATE SEQUENCE numbers;",
            ),
        ),
        "postgresql": OnEngine(
            drop_sequence_breaks,
            Effect(LockLevel.NONE, source="PostgreSQL manual, DROP SEQUENCE"),
            Example(
                bad="DROP SEQUENCE numbers;",
                good="CREATE SEQUENCE fresh; DROP SEQUENCE fresh;",
                schema="CREATE SEQUENCE numbers;",
            ),
        ),
        "sqlserver": OnEngine(
            drop_sequence_breaks,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, DROP SEQUENCE (Transact-SQL)",
            ),
            Example(
                bad="DROP SEQUENCE numbers;",
                good="CREATE SEQUENCE fresh AS bigint; DROP SEQUENCE fresh;",
                schema="CREATE SEQUENCE numbers AS bigint;",
            ),
        ),
    },
)
