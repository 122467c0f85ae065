"""Dropping the old table of a rebuild deletes what refers to it"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rebuilding import children, foreign_keys, rebuild_of
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_DELETES = ("cascade", "set null", "set default")


def drop_cascades(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP TABLE in a rebuild while foreign keys are on, or may be."""
    is_on = foreign_keys(scene)
    if action.kind is not Kind.TABLE or is_on is False:
        return
    for name in action.names:
        found = rebuild_of(name, scene) if scene.is_busy(name) else None
        if found is None:
            continue
        key = scene.key(name)
        known = dict(children(frozenset({key, found.name}), scene))
        when = "foreign keys are on, so" if is_on else "if foreign keys are on,"
        if any(does in _DELETES for does in known.values()) or (is_on and not known and not found.old.is_known):
            what = ", ".join(known) or "tables that refer to it"
            yield Hit(f"{when} dropping {name} deletes its rows first, and with them rows or values of {what}",
                      table=key)  # fmt: skip
        elif known:
            yield Hit(f"{when} dropping {name} fails: {', '.join(known)} refers to its rows", table=key,
                      category=Category.COMPATIBILITY)  # fmt: skip


RULE = Rule(
    id="rebuild-cascades",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="Dropping the old table of a rebuild deletes what refers to it",
    why=(
        "With foreign keys on, DROP TABLE deletes all rows of the table first: ON DELETE CASCADE empties the tables "
        "that refer to it, although its own rows were copied."
    ),
    instead="PRAGMA foreign_keys = OFF before BEGIN, PRAGMA foreign_key_check before COMMIT, and ON again after it",
    looks_at=(Drop,),
    engines={
        "sqlite": OnEngine(
            drop_cascades,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="SQLite Foreign Key Support, 5; ALTER TABLE, 7; measured on 3.40",
            ),
            Example(
                bad=(
                    "PRAGMA foreign_keys = ON; BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO "
                    "n "
                    "(id, note) SELECT id, note FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                good=(
                    "PRAGMA foreign_keys = OFF; BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT "
                    "INTO n "
                    "(id, note) SELECT id, note FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); CREATE TABLE items (id INTEGER PRIMARY "
                    "KEY, order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE); CREATE INDEX items_order ON "
                    "items (order_id);"
                ),
            ),
        ),
    },
)
