"""A backup is restored over a database"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.databases_sqlserver import overwritten
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import BackupChain

RULE = Rule(
    id="restore-over-database",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A backup is restored over a database",
    why="Everything that was written since that backup is gone, and nobody can use the database meanwhile.",
    instead="restore it under another name, compare, then switch",
    looks_at=(BackupChain,),
    engines={
        "sqlserver": OnEngine(
            overwritten,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, RESTORE (Transact-SQL), REPLACE",
            ),
            Example(
                bad="RESTORE DATABASE shop FROM DISK = N'shop.bak' WITH REPLACE;",
                good="RESTORE VERIFYONLY FROM DISK = N'shop.bak';",
            ),
        ),
    },
)
