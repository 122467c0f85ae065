"""Checks and triggers are switched off for the session"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.constraints_sqlserver import unchecked
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.pragmas import is_off, is_on
from neoron.rules.rebuilding import changes_rows_unchecked
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Setting, SwitchConstraint

_OFF = {"session_replication_role": ("replica", "local")}


def checks_off(action: Setting, scene: Scene) -> Iterator[Hit]:
    """A setting that lets foreign keys and triggers sleep."""
    if action.value.lower() in _OFF.get(action.name, ()):
        yield Hit(f"with {action.name} = {action.value} foreign keys and triggers are not looked at")


def checks_off_in_file(action: Setting, scene: Scene) -> Iterator[Hit]:
    """A PRAGMA that lets foreign keys or CHECK constraints sleep while rows change, a table rebuild aside."""
    if action.name == "ignore_check_constraints" and is_on(action.value):
        yield Hit("CHECK constraints are not looked at: rows that break them are written")
    is_off_now = action.name == "foreign_keys" and is_off(action.value) and not scene.in_transaction
    if is_off_now and changes_rows_unchecked(scene):
        yield Hit("foreign keys are not looked at: rows that break them are written, and nothing cascades")


_MYSQL_CHECKS = {
    "foreign_key_checks": "foreign keys are not looked at, and rows that break them stay in",
    "unique_checks": "unique keys may not be looked at",
    "check_constraint_checks": "CHECK constraints are not looked at, and rows that break them stay in",
}


def mysql_checks_off(action: Setting, scene: Scene) -> Iterator[Hit]:
    """SET foreign_key_checks = 0 and the like."""
    if action.name in _MYSQL_CHECKS and action.value.lower() in ("0", "off", "false"):
        yield Hit(f"with {action.name} = {action.value} {_MYSQL_CHECKS[action.name]}")


RULE = Rule(
    id="disable-checks",
    category=Category.DATA_LOSS,
    severity=Severity.WARNING,
    title="Checks and triggers are switched off for the session",
    why=(
        "Foreign keys and triggers do not run: rows that break them are written and never found again."
    ),
    instead="load in an order that keeps the foreign keys, or make them deferrable",
    looks_at=(Setting,),
    engines={
        "mariadb": OnEngine(
            mysql_checks_off,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="SET foreign_key_checks = 0;",
                good="SET foreign_key_checks = 1;",
            ),
            instead="leave the checks on; look for rows that break the keys afterwards, for nobody else does",
        ),
        "mysql": OnEngine(
            mysql_checks_off,
            Effect(LockLevel.NONE, source="MySQL manual, 7.1.8 Server System Variables, foreign_key_checks"),
            Example(
                bad="SET foreign_key_checks = 0;",
                good="SET foreign_key_checks = 1;",
            ),
            instead="leave the checks on; look for rows that break the keys afterwards, for nobody else does",
        ),
        "postgresql": OnEngine(
            checks_off,
            Effect(LockLevel.NONE, source="PostgreSQL manual, 20.11.1 session_replication_role"),
            Example(
                bad="SET session_replication_role = replica;",
                good="SET session_replication_role = origin;",
            ),
        ),
        "sqlite": OnEngine(
            checks_off_in_file,
            Effect(LockLevel.NONE, source="SQLite Foreign Key Support, 2; PRAGMA ignore_check_constraints"),
            Example(
                bad="PRAGMA foreign_keys = OFF; DELETE FROM orders WHERE id = 5;",
                good="PRAGMA foreign_keys = ON; DELETE FROM orders WHERE id = 5;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
            instead=(
                "switch foreign keys off around a table rebuild only, and look at PRAGMA foreign_key_check afterwards"
            ),
        ),
        "sqlserver": OnEngine(
            unchecked,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER TABLE (Transact-SQL), CHECK | NOCHECK CONSTRAINT",
            ),
            Example(
                bad="ALTER TABLE orders NOCHECK CONSTRAINT ALL;",
                good="ALTER TABLE orders WITH CHECK CHECK CONSTRAINT ALL;",
                schema=ORDERS,
            ),
            looks_at=(SwitchConstraint,),
            instead="load in an order that keeps the foreign keys; otherwise WITH CHECK CHECK CONSTRAINT afterwards",
        ),
    },
)
