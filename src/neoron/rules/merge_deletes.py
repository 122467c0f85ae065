"""MERGE deletes rows"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import SHOP
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Merge


def merge_deletes(action: Merge, scene: Scene) -> Iterator[Hit]:
    """MERGE with a DELETE branch on a table that was there before."""
    if "delete" not in action.changes or not scene.is_busy(action.table):
        return
    which = "rows that the source does not name" if action.deletes_unmatched else "matched rows"
    severity = Severity.ERROR if action.deletes_unmatched else Severity.WARNING
    yield Hit(f"{which} of {action.table} are deleted", severity, table=scene.key(action.table))


RULE = Rule(
    id="merge-deletes",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="MERGE deletes rows",
    why="A source that is empty or incomplete deletes what it does not name.",
    instead="merge inserts and updates only, and delete by an explicit list of keys",
    looks_at=(Merge,),
    also=(Category.IRREVERSIBLE,),
    engines={
        "postgresql": OnEngine(
            merge_deletes,
            Effect(LockLevel.NONE, scans=True, source="PostgreSQL manual, MERGE"),
            Example(
                bad="MERGE INTO orders o USING loaded l ON o.id = l.id WHEN MATCHED THEN DELETE;",
                good=(
                    "MERGE INTO orders o USING loaded l ON o.id = l.id WHEN MATCHED THEN UPDATE SET note = "
                    "l.note;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE loaded "
                    "(id bigint, note text);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            merge_deletes,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, MERGE (Transact-SQL), WHEN NOT MATCHED BY SOURCE",
            ),
            Example(
                bad="MERGE orders AS o USING customers AS c ON o.id = c.id WHEN NOT MATCHED BY SOURCE THEN DELETE;",
                good=(
                    "MERGE customers AS c USING orders AS o ON o.customer_id = c.id WHEN MATCHED THEN UPDATE "
                    "SET name = o.code;"
                ),
                schema=SHOP,
            ),
        ),
    },
)
