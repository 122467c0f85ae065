"""The caches of the server are emptied"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import cleared
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import Alter

RULE = Rule(
    id="clear-caches",
    category=Category.PERFORMANCE,
    severity=Severity.WARNING,
    title="The caches of the server are emptied",
    why="Every query is compiled or read from disk again, for all databases.",
    instead="mark the one query: OPTION (RECOMPILE)",
    looks_at=(Alter,),
    engines={
        "sqlserver": OnEngine(
            cleared,
            Effect(
                LockLevel.NONE,
                source="Microsoft Learn, DBCC FREEPROCCACHE (Transact-SQL); DBCC DROPCLEANBUFFERS (Transact-SQL)",
            ),
            Example(
                bad="DBCC FREEPROCCACHE;",
                good="UPDATE STATISTICS orders;",
                schema=ORDERS,
            ),
        ),
    },
)
