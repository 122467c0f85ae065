"""Files of the database are shrunk"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rows_sqlserver import shrunk
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import Upkeep

RULE = Rule(
    id="shrink",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="Files of the database are shrunk",
    why="Pages are moved one by one under locks for hours, indexes are left fragmented, and the file grows again.",
    instead=(
        "leave the room for the data to come; after a large delete shrink once, WITH WAIT_AT_LOW_PRIORITY, "
        "then rebuild"
    ),
    looks_at=(Upkeep,),
    engines={
        "sqlserver": OnEngine(
            shrunk,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="Microsoft Learn, DBCC SHRINKDATABASE (Transact-SQL); DBCC SHRINKFILE (Transact-SQL)",
            ),
            Example(
                bad="DBCC SHRINKDATABASE (shop, 10);",
                good="DBCC CHECKDB (shop);",
            ),
        ),
    },
)
