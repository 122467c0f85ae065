"""A transaction is begun inside another one"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Transaction


def begun_twice(action: Transaction, scene: Scene) -> Iterator[Hit]:
    """BEGIN while a transaction is open."""
    if action.verb == "begin" and scene.in_transaction:
        yield Hit("a transaction is open already: the next COMMIT ends it, not this one")


RULE = Rule(
    id="nested-transaction",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A transaction is begun inside another one",
    why="PostgreSQL only warns and goes on in the first; the first COMMIT ends both.",
    instead="use one transaction, or SAVEPOINT",
    looks_at=(Transaction,),
    aliases=("squawk:transaction-nesting",),
    engines={
        "postgresql": OnEngine(
            begun_twice,
            Effect(LockLevel.NONE, source="PostgreSQL manual, BEGIN"),
            Example(
                bad="BEGIN; BEGIN; COMMIT;",
                good="BEGIN; SAVEPOINT a; COMMIT;",
            ),
        ),
        "sqlite": OnEngine(
            begun_twice,
            Effect(LockLevel.NONE, source="SQLite, BEGIN: it fails inside a transaction"),
            Example(
                bad="BEGIN; BEGIN; COMMIT;",
                good="BEGIN; SAVEPOINT a; COMMIT;",
            ),
        ),
    },
)
