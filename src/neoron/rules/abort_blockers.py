"""Other sessions are ended to get a lock"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import killed_blockers
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import AddConstraint, CreateIndex, PartitionChange, Upkeep

RULE = Rule(
    id="abort-blockers",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="Other sessions are ended to get a lock",
    why="Transactions of programs fail in the middle, for no reason that they could know.",
    instead="ABORT_AFTER_WAIT = SELF, and try again later",
    looks_at=(CreateIndex, Upkeep, PartitionChange, AddConstraint),
    engines={
        "sqlserver": OnEngine(
            killed_blockers,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER INDEX (Transact-SQL), ABORT_AFTER_WAIT = BLOCKERS",
            ),
            Example(
                bad=(
                    "ALTER INDEX ALL ON orders REBUILD WITH (ONLINE = ON (WAIT_AT_LOW_PRIORITY (MAX_DURATION = "
                    "1 MINUTES, ABORT_AFTER_WAIT = BLOCKERS)));"
                ),
                good=(
                    "ALTER INDEX ALL ON orders REBUILD WITH (ONLINE = ON (WAIT_AT_LOW_PRIORITY (MAX_DURATION = "
                    "1 MINUTES, ABORT_AFTER_WAIT = SELF)));"
                ),
                schema=ORDERS,
                edition="enterprise",
            ),
        ),
    },
)
