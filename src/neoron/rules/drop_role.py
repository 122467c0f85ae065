"""A role is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.ROLE,)


def drop_role_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of one that was there before, and that the script does not make again."""
    if action.kind not in _KINDS or action.is_temporary:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"programs that use {name} fail")


RULE = Rule(
    id="drop-role",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A role is dropped",
    why="Programs that log in as it, or need its rights, fail.",
    instead="take its LOGIN away first and see who misses it",
    looks_at=(Drop,),
    engines={
        "mariadb": OnEngine(
            drop_role_breaks,
            Effect(LockLevel.NONE, source="MariaDB documentation, DROP USER"),
            Example(
                bad="DROP USER 'app'@'%';",
                good="CREATE USER 'web'@'%';",
            ),
        ),
        "mysql": OnEngine(
            drop_role_breaks,
            Effect(LockLevel.NONE, source="MySQL manual, 15.7.1.5 DROP USER Statement"),
            Example(
                bad="DROP USER 'app'@'%';",
                good="CREATE USER 'web'@'%';",
            ),
        ),
        "postgresql": OnEngine(
            drop_role_breaks,
            Effect(LockLevel.NONE, source="PostgreSQL manual, DROP ROLE"),
            Example(
                bad="DROP ROLE app;",
                good="REASSIGN OWNED BY app TO admin;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            drop_role_breaks,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, DROP USER (Transact-SQL)",
            ),
            Example(
                bad="DROP ROLE readers;",
                good="CREATE ROLE fresh; DROP ROLE fresh;",
                schema="CREATE ROLE readers;",
            ),
        ),
    },
)
