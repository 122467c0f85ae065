"""A function or procedure is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE,)


def drop_routine_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of one that was there before, and that the script does not make again."""
    if action.kind not in _KINDS or action.is_temporary:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"programs that use {name} fail")


RULE = Rule(
    id="drop-routine",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A function or procedure is dropped",
    why="Programs, triggers and defaults that call it fail.",
    instead="drop it when nobody calls it; to change it, CREATE OR REPLACE",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-function",),
    engines={
        "mariadb": OnEngine(
            drop_routine_breaks,
            Effect(LockLevel.NONE, source="MariaDB documentation, DROP PROCEDURE"),
            Example(
                bad="DROP PROCEDURE work;",
                good="DROP PROCEDURE work; CREATE PROCEDURE work() SELECT 2;",
                schema="CREATE PROCEDURE work() SELECT 1;",
            ),
        ),
        "mysql": OnEngine(
            drop_routine_breaks,
            Effect(LockLevel.NONE, source="MySQL manual, 15.1.29 DROP PROCEDURE and DROP FUNCTION Statements"),
            Example(
                bad="DROP PROCEDURE work;",
                good="DROP PROCEDURE work; CREATE PROCEDURE work() SELECT 2;",
                schema="CREATE PROCEDURE work() SELECT 1;",
            ),
        ),
        "postgresql": OnEngine(
            drop_routine_breaks,
            Effect(LockLevel.NONE, source="PostgreSQL manual, DROP FUNCTION"),
            Example(
                bad="DROP FUNCTION total(bigint);",
                good=(
                    "DROP FUNCTION IF EXISTS total(bigint); CREATE FUNCTION total(bigint) RETURNS int LANGUAGE "
                    "sql AS 'SELECT 2';"
                ),
                schema="CREATE FUNCTION total(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';",
            ),
        ),
        "sqlserver": OnEngine(
            drop_routine_breaks,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, DROP PROCEDURE (Transact-SQL); DROP FUNCTION (Transact-SQL)",
            ),
            Example(
                bad="DROP PROCEDURE clean_up;",
                good="CREATE OR ALTER PROCEDURE clean_up AS SELECT 2;",
                schema="CREATE PROCEDURE clean_up AS SELECT 1;",
            ),
            instead="CREATE OR ALTER it instead, so that rights stay",
        ),
    },
)
