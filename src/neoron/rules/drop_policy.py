"""A row security policy is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.POLICY,)


def drop_policy_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of one that was there before, and that the script does not make again."""
    if action.kind not in _KINDS or action.is_temporary:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"who sees which rows changes without policy {name}")


RULE = Rule(
    id="drop-policy",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A row security policy is dropped",
    why="Who sees and writes which rows changes at once.",
    instead="make the policy that replaces it in the same transaction",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-policy",),
    engines={
        "postgresql": OnEngine(
            drop_policy_breaks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP POLICY"),
            Example(
                bad="DROP POLICY own ON orders;",
                good=(
                    "BEGIN; DROP POLICY own ON orders; CREATE POLICY own ON orders USING (true); COMMIT;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, note text); "
                    "CREATE POLICY own ON orders USING (true);"
                ),
            ),
        ),
    },
)
