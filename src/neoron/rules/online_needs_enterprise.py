"""The edition or version refuses an online option"""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.indexes_sqlserver import refused_options
from neoron.rules.rule import Effect, Example, OnEngine, Rule
from neoron.sql.actions import AddConstraint, AlterType, CreateIndex, Drop, DropConstraint, Upkeep

RULE = Rule(
    id="online-needs-enterprise",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="The edition or version refuses an online option",
    why="The statement fails, and with it the migration.",
    instead="leave the option out and run it at a quiet time, or run it on an edition and version that has it",
    looks_at=(CreateIndex, Upkeep, AddConstraint, AlterType, Drop, DropConstraint),
    engines={
        "sqlserver": OnEngine(
            refused_options,
            Effect(
                LockLevel.NONE, source=(
                    "Microsoft Learn, Editions and supported features of SQL Server 2022; CREATE INDEX "
                    "(Transact-SQL), RESUMABLE"
                ),
            ),
            Example(
                bad="CREATE INDEX ix_code ON orders (code) WITH (ONLINE = ON);",
                good="CREATE INDEX ix_code ON orders (code);",
                schema=ORDERS, edition="standard",
            ),
        ),
    },
)
