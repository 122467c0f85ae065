"""A json column is added"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn


def json_column(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN of type json."""
    if action.column.type.name == "json" and scene.is_busy(action.table):
        yield Hit(f"SELECT DISTINCT over {action.table} fails from now on", table=scene.key(action.table))


RULE = Rule(
    id="add-column-json",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A json column is added",
    why="json has no equality: SELECT DISTINCT and GROUP BY over the table fail from now on.",
    instead="use jsonb",
    looks_at=(AddColumn,),
    aliases=("strong_migrations:add_column_json", "eugene:E3"),
    engines={
        "postgresql": OnEngine(
            json_column,
            Effect(LockLevel.ALL, source="PostgreSQL manual, 8.14 JSON types"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN extra json;",
                good="ALTER TABLE orders ADD COLUMN extra jsonb;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
