"""Statistics are dropped"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import dropped_statistics
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import Drop

RULE = Rule(
    id="drop-statistics",
    category=Category.PERFORMANCE,
    severity=Severity.WARNING,
    title="Statistics are dropped",
    why="The optimizer guesses, and plans get worse.",
    instead="UPDATE STATISTICS instead",
    looks_at=(Drop,),
    engines={
        "sqlserver": OnEngine(
            dropped_statistics,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, DROP STATISTICS (Transact-SQL)",
            ),
            Example(
                bad="DROP STATISTICS orders.st_code;",
                good="UPDATE STATISTICS orders;",
                schema=ORDERS + "\nCREATE STATISTICS st_code ON orders (code);",
            ),
        ),
    },
)
