"""A view is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.VIEW,)


def drop_view_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of one that was there before, and that the script does not make again."""
    if action.kind not in _KINDS or action.is_temporary:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"programs that use {name} fail")


RULE = Rule(
    id="drop-view",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A view is dropped",
    why="Programs that read it fail.",
    instead="drop it when nobody reads it; to change it, CREATE OR REPLACE VIEW",
    looks_at=(Drop,),
    aliases=("squawk:ban-drop-view",),
    engines={
        "mariadb": OnEngine(
            drop_view_breaks,
            Effect(LockLevel.NONE, source="MariaDB documentation, DROP VIEW"),
            Example(
                bad="DROP VIEW totals;",
                good="DROP VIEW totals; CREATE VIEW totals AS SELECT 2 AS n;",
                schema="CREATE VIEW totals AS SELECT 1 AS n;",
            ),
        ),
        "mysql": OnEngine(
            drop_view_breaks,
            Effect(LockLevel.NONE, source="MySQL manual, 15.1.35 DROP VIEW Statement"),
            Example(
                bad="DROP VIEW totals;",
                good="DROP VIEW totals; CREATE VIEW totals AS SELECT 2 AS n;",
                schema="CREATE VIEW totals AS SELECT 1 AS n;",
            ),
        ),
        "postgresql": OnEngine(
            drop_view_breaks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP VIEW"),
            Example(
                bad="DROP VIEW totals;",
                good="BEGIN; DROP VIEW totals; CREATE VIEW totals AS SELECT 2 AS n; COMMIT;",
                schema="CREATE VIEW totals AS SELECT 1 AS n;",
            ),
        ),
        "sqlite": OnEngine(
            drop_view_breaks,
            Effect(LockLevel.WRITES, source="SQLite, DROP VIEW"),
            Example(
                bad="DROP VIEW totals;",
                good="BEGIN; DROP VIEW totals; CREATE VIEW totals AS SELECT 2 AS n; COMMIT;",
                schema="CREATE VIEW totals AS SELECT 1 AS n;",
            ),
            instead="drop it when nobody reads it; to change it, drop it and create it again in one transaction",
        ),
        "sqlserver": OnEngine(
            drop_view_breaks,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, DROP VIEW (Transact-SQL)",
            ),
            Example(
                bad="DROP VIEW open_orders;",
                good="CREATE OR ALTER VIEW open_orders AS SELECT id, code FROM orders;",
                schema=ORDERS + "\nGO\nCREATE VIEW open_orders AS SELECT id FROM orders;",
            ),
            instead="CREATE OR ALTER it instead, so that rights stay",
        ),
    },
)
