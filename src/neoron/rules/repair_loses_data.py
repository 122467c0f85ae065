"""A repair throws damaged data away"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rows_sqlserver import repaired
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import Upkeep

RULE = Rule(
    id="repair-loses-data",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A repair throws damaged data away",
    why="What cannot be read is deleted without asking, whole pages at a time.",
    instead="restore the last good backup",
    looks_at=(Upkeep,),
    engines={
        "sqlserver": OnEngine(
            repaired,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, DBCC CHECKDB (Transact-SQL), REPAIR_ALLOW_DATA_LOSS",
            ),
            Example(
                bad="DBCC CHECKDB (shop, REPAIR_ALLOW_DATA_LOSS);",
                good="DBCC CHECKDB (shop);",
            ),
        ),
    },
)
