"""PRAGMA foreign_keys inside a transaction"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.pragmas import is_off
from neoron.rules.rebuilding import foreign_keys
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Setting


def pragma_does_nothing(action: Setting, scene: Scene) -> Iterator[Hit]:
    """PRAGMA foreign_keys = … while a transaction is open."""
    if action.name == "foreign_keys" and scene.in_transaction:
        if is_off(action.value):
            yield Hit("it does nothing inside a transaction: foreign keys stay on, and DROP TABLE or DELETE cascade")
        elif foreign_keys(scene) is False:
            yield Hit("it does nothing inside a transaction: foreign keys stay off", Severity.WARNING)


RULE = Rule(
    id="foreign-keys-pragma-in-transaction",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="PRAGMA foreign_keys inside a transaction",
    why=(
        "SQLite ignores it there without a word. What follows runs with foreign keys as they were before, and dropping "
        "a table deletes the rows that refer to it."
    ),
    instead="set it before BEGIN and after COMMIT",
    looks_at=(Setting,),
    engines={
        "sqlite": OnEngine(
            pragma_does_nothing,
            Effect(LockLevel.NONE, source="SQLite, PRAGMA foreign_keys; measured on 3.40"),
            Example(
                bad="BEGIN; PRAGMA foreign_keys = OFF; DELETE FROM orders WHERE id = 5; COMMIT;",
                good="PRAGMA foreign_keys = ON; BEGIN; DELETE FROM orders WHERE id = 5; COMMIT;",
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); CREATE TABLE items (id INTEGER PRIMARY "
                    "KEY, order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE);"
                ),
            ),
        ),
    },
)
