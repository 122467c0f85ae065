"""A right is taken away"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Alter, Permission
from neoron.sql.parts import Kind


def revoked(action: Permission, scene: Scene) -> Iterator[Hit]:
    """REVOKE on something that was there before."""
    if action.verb not in ("revoke", "deny"):
        return
    old = [name for name in action.on if scene.is_busy(name) and not any(scene.is_created(k, name) for k in Kind)]
    if old or not action.on:
        what = ", ".join(map(str, old)) or "it"
        yield Hit(f"programs that need this right on {what} fail")


_WORDS = frozenset({"NOCANLOGIN", "NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "NOBYPASSRLS", "NOISREPLICATION",
                    "NOINHERIT", "PASSWORD", "VALIDUNTIL", "CONNECTIONLIMIT"})  # fmt: skip


def role_limited(action: Permission | Alter, scene: Scene) -> Iterator[Hit]:
    """REVOKE, and ALTER ROLE that takes something from a role, or changes what it logs in with."""
    if isinstance(action, Permission):
        yield from revoked(action, scene)
    elif action.kind is Kind.ROLE and action.options & _WORDS and not scene.is_created(Kind.ROLE, action.name):
        yield Hit(f"programs that log in or work as {action.name} may fail")


RULE = Rule(
    id="revoke",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A right is taken away",
    why="Programs that used it fail at once.",
    instead="look at who uses the right before it goes",
    looks_at=(Permission,),
    aliases=("squawk:ban-revoke",),
    engines={
        "mariadb": OnEngine(
            revoked,
            Effect(LockLevel.NONE, source="MariaDB documentation, REVOKE"),
            Example(
                bad="REVOKE SELECT ON orders FROM app;",
                good="GRANT SELECT ON orders TO app;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            revoked,
            Effect(LockLevel.NONE, source="MySQL manual, 15.7.1.8 REVOKE Statement"),
            Example(
                bad="REVOKE SELECT ON orders FROM app;",
                good="GRANT SELECT ON orders TO app;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            role_limited,
            Effect(LockLevel.NONE, source="PostgreSQL manual, REVOKE; ALTER ROLE"),
            Example(
                bad="REVOKE SELECT ON orders FROM app;",
                good="GRANT SELECT ON orders TO app;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
            looks_at=(Permission, Alter),
        ),
        "sqlserver": OnEngine(
            revoked,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, REVOKE (Transact-SQL); DENY (Transact-SQL)",
            ),
            Example(
                bad="DENY SELECT ON orders TO public;",
                good="GRANT SELECT ON orders TO public;",
                schema=ORDERS,
            ),
        ),
    },
)
