"""The type of a column that a view uses cannot change"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterType
from neoron.sql.parts import Kind


def in_a_view(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN TYPE of a column that a known view reads."""
    key = scene.key(action.table)
    for (kind, name), view in scene.objects.items():
        is_read = kind is Kind.VIEW and key in {scene.key(table) for table in view.reads}
        if is_read and {action.column, "*"} & view.uses:
            yield Hit(f"it fails: view {name} uses {action.table}.{action.column}", table=key)


RULE = Rule(
    id="type-of-view-column",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="The type of a column that a view uses cannot change",
    why="PostgreSQL refuses it, whatever the new type is, and the migration ends there.",
    instead="drop the view, change the type and create the view again, in one transaction",
    looks_at=(AlterType,),
    engines={
        "postgresql": OnEngine(
            in_a_view,
            Effect(LockLevel.NONE, source="PostgreSQL manual, ALTER TABLE; measured on 15"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN code TYPE text;",
                good=(
                    "DROP VIEW codes; ALTER TABLE orders ALTER COLUMN code TYPE text; CREATE VIEW codes AS SELECT code "
                    "FROM orders;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, code varchar(20)); CREATE VIEW codes AS SELECT code "
                    "FROM orders;"
                ),
            ),
        ),
    },
)
