"""A table or index moves to another tablespace"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterIndex, TableChange


def moves_file(action: TableChange | AlterIndex, scene: Scene) -> Iterator[Hit]:
    """SET TABLESPACE."""
    if action.change != "tablespace":
        return
    if isinstance(action, AlterIndex):
        yield Hit(f"index {action.name} is copied while nobody can use its table")
    elif scene.is_heavy(action.table):
        yield Hit(f"{action.table} is copied while nobody can read or write it", table=scene.key(action.table))


RULE = Rule(
    id="set-tablespace",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A table or index moves to another tablespace",
    why="Its whole file is copied while nobody can read or write the table.",
    instead="move it with a tool that copies beside it, or during a maintenance window",
    looks_at=(TableChange, AlterIndex),
    also=(Category.PERFORMANCE,),
    engines={
        "postgresql": OnEngine(
            moves_file,
            Effect(
                LockLevel.ALL, rewrites=True,
                source="PostgreSQL manual, ALTER TABLE, SET TABLESPACE; measured on 10 to 18",
            ),
            Example(
                bad="ALTER TABLE orders SET TABLESPACE pg_default;",
                good="ALTER TABLE orders SET (fillfactor = 70);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
