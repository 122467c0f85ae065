"""COMMIT inside the migration's transaction"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Transaction


def ends_early(action: Transaction, scene: Scene) -> Iterator[Hit]:
    """COMMIT or ROLLBACK in a transaction that the script did not begin."""
    begun = any(isinstance(a, Transaction) and a.verb == "begin" for a in scene.script[: scene.at])
    if action.verb in ("commit", "rollback") and scene.in_transaction and not begun and not action.inside:
        yield Hit("this ends the transaction that the migration runs in")


RULE = Rule(
    id="commit-inside",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="COMMIT inside the migration's transaction",
    why=(
        "It ends the transaction that the runner opened: what follows runs on its own, and a failure leaves "
        "half of it."
    ),
    instead="leave transactions to the runner, or mark the migration `transaction:false`",
    looks_at=(Transaction,),
    engines={
        "postgresql": OnEngine(
            ends_early,
            Effect(LockLevel.NONE, source="PostgreSQL manual, COMMIT"),
            Example(
                bad="SELECT 1; COMMIT;",
                good="BEGIN; SELECT 1; COMMIT;",
                transaction="one",
            ),
        ),
        "sqlite": OnEngine(
            ends_early,
            Effect(LockLevel.NONE, source="SQLite, COMMIT"),
            Example(
                bad="SELECT 1; COMMIT;",
                good="BEGIN; SELECT 1; COMMIT;",
                transaction="one",
            ),
        ),
        "sqlserver": OnEngine(
            ends_early,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, COMMIT TRANSACTION (Transact-SQL)",
            ),
            Example(
                bad="COMMIT;",
                good="SELECT 1;",
                transaction="one",
            ),
        ),
    },
)
