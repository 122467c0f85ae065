"""A column is hidden from SELECT *"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterColumn


def hidden_column(action: AlterColumn, scene: Scene) -> Iterator[Hit]:
    """SET INVISIBLE of a column in use."""
    is_new = not scene.is_busy(action.table) or scene.is_added_column(action.table, action.column)
    if action.change == "visibility" and not is_new:
        yield Hit(f"SELECT * of {action.table} is without {action.column}", table=scene.key(action.table))


RULE = Rule(
    id="hide-column",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A column is hidden from SELECT *",
    why=(
        "Programs that read SELECT * do not get it any more, and INSERT without a list of columns has one "
        "value too many."
    ),
    instead="let programs name their columns first",
    looks_at=(AlterColumn,),
    engines={
        "mysql": OnEngine(
            hidden_column,
            Effect(LockLevel.NONE, source="MySQL manual, 15.1.20.10 Invisible Columns"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN note SET INVISIBLE;",
                good="ALTER TABLE orders ALTER COLUMN note SET VISIBLE;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
