"""A constraint is left untrusted"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.constraints_sqlserver import untrusted
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import AddConstraint, SwitchConstraint

RULE = Rule(
    id="untrusted-constraint",
    category=Category.PERFORMANCE,
    severity=Severity.WARNING,
    title="A constraint is left untrusted",
    why="The optimizer does not use it, and rows that were there may break it, until it is checked.",
    instead="ALTER TABLE … WITH CHECK CHECK CONSTRAINT at a quiet time; look at is_not_trusted in sys.foreign_keys",
    looks_at=(AddConstraint, SwitchConstraint),
    engines={
        "sqlserver": OnEngine(
            untrusted,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER TABLE (Transact-SQL), WITH CHECK | WITH NOCHECK",
            ),
            Example(
                bad="ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT positive CHECK (amount > 0);",
                good=(
                    "ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT positive CHECK (amount > 0);\nGO\nALTER "
                    "TABLE orders WITH CHECK CHECK CONSTRAINT positive;"
                ),
                schema=ORDERS,
            ),
        ),
    },
)
