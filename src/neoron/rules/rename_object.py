"""A view, function, type, sequence or schema is renamed"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Rename
from neoron.sql.parts import Kind

_USED_BY_NAME = (Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE, Kind.TYPE,
                 Kind.DOMAIN, Kind.SEQUENCE, Kind.SCHEMA, Kind.ENUM_VALUE, Kind.DATABASE, Kind.ROLE,
                 Kind.ATTRIBUTE)  # fmt: skip


def renamed_object(action: Rename, scene: Scene) -> Iterator[Hit]:
    """RENAME of what programs call by name."""
    of = action.table or action.old
    if action.kind in _USED_BY_NAME and not scene.is_created(action.kind, of) and not scene.is_created(Kind.TYPE, of):
        yield Hit(f"programs that use {action.kind.value} {action.old} fail: it is called {action.new} now")


RULE = Rule(
    id="rename-object",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A view, function, type, sequence or schema is renamed",
    why="Every program that still uses the old name fails at once.",
    instead="make the new one beside the old one, and drop the old one when nobody uses it",
    looks_at=(Rename,),
    aliases=("squawk:renaming-object", "strong_migrations:rename_schema"),
    engines={
        "mariadb": OnEngine(
            renamed_object,
            Effect(LockLevel.NONE, source="MariaDB documentation, RENAME USER"),
            Example(
                bad="RENAME USER 'app'@'%' TO 'web'@'%';",
                good="CREATE USER 'web'@'%';",
            ),
        ),
        "mysql": OnEngine(
            renamed_object,
            Effect(LockLevel.NONE, source="MySQL manual, 15.7.1.7 RENAME USER Statement"),
            Example(
                bad="RENAME USER 'app'@'%' TO 'web'@'%';",
                good="CREATE USER 'web'@'%';",
            ),
        ),
        "postgresql": OnEngine(
            renamed_object,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER VIEW, ALTER FUNCTION, ALTER TYPE"),
            Example(
                bad="ALTER VIEW totals RENAME TO sums;",
                good="ALTER INDEX orders_pkey RENAME TO orders_key;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text); CREATE VIEW totals AS SELECT 1 AS n;"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            renamed_object,
            Effect(
                LockLevel.ALL,
                source="Microsoft Learn, sp_rename (Transact-SQL); ALTER DATABASE (Transact-SQL), MODIFY NAME",
            ),
            Example(
                bad="ALTER DATABASE shop MODIFY NAME = store;",
                good="EXEC sp_rename 'ck_amount', 'ck_orders_amount', 'OBJECT';",
                schema=ORDERS + "\nALTER TABLE orders ADD CONSTRAINT ck_amount CHECK (amount > 0);",
            ),
        ),
    },
)
