"""A constraint is checked again while everybody waits"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.constraints_sqlserver import rechecked
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import ValidateConstraint

RULE = Rule(
    id="recheck-constraint",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A constraint is checked again while everybody waits",
    why="WITH CHECK CHECK CONSTRAINT reads every row under the lock of ALTER TABLE.",
    instead="do it at a quiet time, one constraint at a time, outside other transactions",
    looks_at=(ValidateConstraint,),
    engines={
        "sqlserver": OnEngine(
            rechecked,
            Effect(
                LockLevel.ALL, scans=True,
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), Locks and ALTER TABLE; WITH CHECK",
            ),
            Example(
                bad="ALTER TABLE orders WITH CHECK CHECK CONSTRAINT ALL;",
                good=(
                    "ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT positive CHECK (amount > 0);\nGO\nALTER "
                    "TABLE orders WITH CHECK CHECK CONSTRAINT positive;"
                ),
                schema=ORDERS,
            ),
        ),
    },
)
