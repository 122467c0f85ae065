"""An object is dropped that programs may use"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import dropped_object
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import Drop

RULE = Rule(
    id="drop-object",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="An object is dropped that programs may use",
    why="Programs that name it fail; what a dropped key protects cannot be read again.",
    instead="look at who uses it first; back keys up before they go",
    looks_at=(Drop,),
    engines={
        "sqlserver": OnEngine(
            dropped_object,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, DROP SYNONYM (Transact-SQL) and the other DROP statements",
            ),
            Example(
                bad="DROP SYNONYM purchases;",
                good="CREATE SYNONYM fresh FOR orders;\nGO\nDROP SYNONYM fresh;",
                schema=ORDERS + "\nCREATE SYNONYM purchases FOR orders;",
            ),
        ),
    },
)
