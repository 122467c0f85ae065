"""A function or procedure is replaced"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Create
from neoron.sql.parts import Kind

_ROUTINES = (Kind.FUNCTION, Kind.PROCEDURE)


def other_routine(action: Create, scene: Scene) -> Iterator[Hit]:
    """CREATE OR REPLACE FUNCTION of one that was there before."""
    if action.kind in _ROUTINES and action.replaces and not scene.is_created(action.kind, action.name):
        yield Hit(f"whoever calls {action.name} gets the new body")


RULE = Rule(
    id="replace-routine",
    category=Category.COMPATIBILITY,
    severity=Severity.INFO,
    title="A function or procedure is replaced",
    why="Programs and triggers that call it get the new one at once.",
    instead="make a new one beside it when what it means changes",
    looks_at=(Create,),
    is_opt_in=True,
    engines={
        "postgresql": OnEngine(
            other_routine,
            Effect(LockLevel.NONE, source="PostgreSQL manual, CREATE FUNCTION"),
            Example(
                bad="CREATE OR REPLACE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';",
                good="CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1';",
            ),
        ),
        "sqlserver": OnEngine(
            other_routine,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, ALTER PROCEDURE (Transact-SQL)",
            ),
            Example(
                bad="ALTER PROCEDURE clean_up AS SELECT 2;",
                good="CREATE PROCEDURE fresh AS SELECT 1;",
                schema="CREATE PROCEDURE clean_up AS SELECT 1;",
            ),
        ),
    },
)
