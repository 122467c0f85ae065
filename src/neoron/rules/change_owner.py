"""A table gets another owner"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def other_owner(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """OWNER TO."""
    if action.change == "owner" and scene.is_busy(action.table):
        yield Hit(f"the old owner of {action.table} loses its rights", table=scene.key(action.table))


RULE = Rule(
    id="change-owner",
    category=Category.COMPATIBILITY,
    severity=Severity.INFO,
    title="A table gets another owner",
    why="Programs that relied on the rights of the old owner fail.",
    instead="GRANT what programs need first",
    looks_at=(TableChange,),
    is_opt_in=True,
    engines={
        "postgresql": OnEngine(
            other_owner,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, OWNER TO"),
            Example(
                bad="ALTER TABLE orders OWNER TO admin;",
                good="CREATE TABLE fresh (id int); ALTER TABLE fresh OWNER TO admin;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
