"""An option of the whole database changes"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.databases_sqlserver import changed_option
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import Alter

RULE = Rule(
    id="change-database-option",
    category=Category.LOCKING,
    severity=Severity.WARNING,
    title="An option of the whole database changes",
    why="Everybody in the database feels it: sessions end, wait, or get other plans.",
    instead="do it apart from migrations, at a quiet time, WITH NO_WAIT so that it fails instead of killing",
    looks_at=(Alter,),
    engines={
        "sqlserver": OnEngine(
            changed_option,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER DATABASE SET options (Transact-SQL)",
            ),
            Example(
                bad="ALTER DATABASE shop SET SINGLE_USER WITH ROLLBACK IMMEDIATE;",
                good="ALTER DATABASE shop SET ALLOW_SNAPSHOT_ISOLATION ON;",
            ),
        ),
    },
)
