"""VACUUM FULL rewrites the table"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Upkeep


def vacuum_full_blocks(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """VACUUM FULL rewrites the table."""
    if action.work != "vacuum full" or action.is_concurrent:
        return
    heavy = [name for name in action.tables if scene.is_heavy(name)]
    if heavy or not action.tables:
        what = ", ".join(map(str, heavy)) or "every table"
        yield Hit(f"{what} is rewritten while nobody can read or write it", table=scene.key(heavy[0]) if heavy else "")


RULE = Rule(
    id="vacuum-full",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="VACUUM FULL rewrites the table",
    why="The table and its indexes are written anew while nobody can read or write it.",
    instead="plain VACUUM; or a tool that copies beside the table, such as pg_repack",
    looks_at=(Upkeep,),
    also=(Category.PERFORMANCE,),
    aliases=("squawk:prefer-repack",),
    engines={
        "postgresql": OnEngine(
            vacuum_full_blocks,
            Effect(LockLevel.ALL, rewrites=True, source="PostgreSQL manual, VACUUM; measured on 10 to 18"),
            Example(
                bad="VACUUM FULL orders;",
                good="VACUUM orders;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
