"""A generated column becomes a plain one"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterColumn


def drop_generated_breaks(action: AlterColumn, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN … DROP EXPRESSION of a column that was there before."""
    if action.change != "drop expression" or not scene.is_busy(action.table):
        return
    if not scene.is_added_column(action.table, action.column):
        message = f"{action.table}.{action.column} is not computed any more"
        yield Hit(message, table=scene.key(action.table))


RULE = Rule(
    id="drop-generated",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A generated column becomes a plain one",
    why="Its value is frozen: nothing keeps it in step with the columns that it came from.",
    instead="teach the programs that write the row first",
    looks_at=(AlterColumn,),
    aliases=("squawk:ban-drop-generated-expression",),
    engines={
        "postgresql": OnEngine(
            drop_generated_breaks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN note DROP EXPRESSION;",
                good="ALTER TABLE orders ALTER COLUMN id SET STATISTICS 100;",
                schema="CREATE TABLE orders (id bigint, note text GENERATED ALWAYS AS ('x') STORED);",
            ),
        ),
    },
)
