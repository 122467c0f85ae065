"""An index is disabled"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.indexes_sqlserver import disabled
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import AlterIndex

RULE = Rule(
    id="disable-index",
    category=Category.PERFORMANCE,
    severity=Severity.WARNING,
    title="An index is disabled",
    why="Queries that use it read the whole table; without its clustered index the table cannot be read at all.",
    instead="drop it when nobody uses it (sys.dm_db_index_usage_stats), or rebuild it in the same script",
    looks_at=(AlterIndex,),
    engines={
        "sqlserver": OnEngine(
            disabled,
            Effect(
                LockLevel.ALL,
                source="Microsoft Learn, Disable indexes and constraints; ALTER INDEX (Transact-SQL), DISABLE",
            ),
            Example(
                bad="ALTER INDEX ix_code ON orders DISABLE;",
                good="ALTER INDEX ix_code ON orders REORGANIZE;",
                schema=ORDERS + "\nCREATE INDEX ix_code ON orders (code);",
            ),
        ),
    },
)
