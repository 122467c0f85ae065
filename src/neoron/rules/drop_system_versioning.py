"""The history of rows is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import stopped_versioning
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def history_dropped(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """DROP SYSTEM VERSIONING, DELETE HISTORY."""
    if action.change in ("system versioning off", "delete history") and scene.is_busy(action.table):
        yield from hits(f"all old versions of the rows of {action.table} are gone for good", Category.DATA_LOSS,
                        Category.IRREVERSIBLE, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="drop-system-versioning",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="The history of rows is dropped",
    why="All old versions of the rows are deleted, and nobody can ask any more what a row was.",
    instead="copy the history to a table of its own first: SELECT … FOR SYSTEM_TIME ALL",
    looks_at=(TableChange,),
    engines={
        "mariadb": OnEngine(
            history_dropped,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE versions DROP SYSTEM VERSIONING;",
                good="ALTER TABLE versions COMMENT = 'kept';",
                schema="CREATE TABLE versions (id int NOT NULL PRIMARY KEY, n int) WITH SYSTEM VERSIONING;",
            ),
        ),
        "sqlserver": OnEngine(
            stopped_versioning,
            Effect(
                LockLevel.ALL,
                source=(
                    "Microsoft Learn, ALTER TABLE (Transact-SQL), SYSTEM_VERSIONING; Stop system-versioning on "
                    "a system-versioned temporal table"
                ),
            ),
            Example(
                bad="ALTER TABLE orders SET (SYSTEM_VERSIONING = OFF);",
                good="ALTER TABLE orders SET (LOCK_ESCALATION = AUTO);",
                schema=ORDERS,
            ),
            instead="change the table and its history in one short transaction where it must be off for a moment",
        ),
    },
)
