"""A column is added with a CHECK"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn
from neoron.sql.parts import ConstraintKind


def inline_check(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """ADD COLUMN with a constraint of its own."""
    for constraint in action.column.constraints:
        if constraint.kind is ConstraintKind.CHECK and scene.is_heavy(action.table):
            message = f"nobody can read or write {action.table} while every row is checked"
            yield Hit(message, table=scene.key(action.table))


RULE = Rule(
    id="add-column-check",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A column is added with a CHECK",
    why="Every row is read while nobody can use the table, although the column is new.",
    instead="add the column, then the CHECK as NOT VALID, then VALIDATE it",
    looks_at=(AddColumn,),
    engines={
        "postgresql": OnEngine(
            inline_check,
            Effect(LockLevel.ALL, scans=True, source="PostgreSQL manual, ALTER TABLE; measured on 10 to 18"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN rating int CHECK (rating > 0);",
                good=(
                    "ALTER TABLE orders ADD COLUMN rating int; ALTER TABLE orders ADD CONSTRAINT r CHECK "
                    "(rating > 0) NOT VALID;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
