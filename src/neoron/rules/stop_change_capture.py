"""The record of changes is switched off"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import stopped_capture
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import TableChange

RULE = Rule(
    id="stop-change-capture",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="The record of changes is switched off",
    why="The changes that were kept are dropped, and who reads them has a hole.",
    instead="let every reader catch up first, and start a second capture before the first ends",
    looks_at=(TableChange,),
    engines={
        "sqlserver": OnEngine(
            stopped_capture,
            Effect(
                LockLevel.ALL, source=(
                    "Microsoft Learn, sys.sp_cdc_disable_table (Transact-SQL); ALTER TABLE (Transact-SQL), "
                    "CHANGE_TRACKING"
                ),
            ),
            Example(
                bad="ALTER TABLE orders DISABLE CHANGE_TRACKING;",
                good="ALTER TABLE orders ENABLE CHANGE_TRACKING;",
                schema=ORDERS,
            ),
        ),
    },
)
