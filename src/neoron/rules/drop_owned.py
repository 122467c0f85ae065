"""Everything that a role owns is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import DropOwned


def dropped_owned(action: DropOwned, scene: Scene) -> Iterator[Hit]:
    """DROP OWNED BY."""
    yield from hits(f"every object that {', '.join(action.roles)} owns in this database is gone for good",
                    Category.DATA_LOSS, Category.COMPATIBILITY, Category.IRREVERSIBLE)  # fmt: skip


RULE = Rule(
    id="drop-owned",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="Everything that a role owns is dropped",
    why="DROP OWNED drops every table of the role in this database, whatever it is called.",
    instead="REASSIGN OWNED BY it TO another role first, then drop what is left by name",
    looks_at=(DropOwned,),
    engines={
        "postgresql": OnEngine(
            dropped_owned,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP OWNED"),
            Example(
                bad="DROP OWNED BY app;",
                good="REASSIGN OWNED BY app TO admin;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, note text); ALTER TABLE "
                    "orders OWNER TO app;"
                ),
            ),
        ),
    },
)
