"""A rebuild does not make indexes or triggers again"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rebuilding import Rebuild, lost_indexes, rebuild_of
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateTable, Drop
from neoron.sql.parts import Kind, Name


def objects_lost(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP TABLE in a rebuild takes indexes and triggers with it."""
    if action.kind is not Kind.TABLE:
        return
    for name in action.names:
        found = rebuild_of(name, scene) if scene.is_busy(name) else None
        lost = [*_lost(found, scene)] if found else []
        if found and lost:
            yield Hit(f"{', '.join(lost)} of {found.name} go with it, and are not made again", table=scene.key(name))


def _lost(found: Rebuild, scene: Scene) -> Iterator[str]:
    if isinstance(found.copy, CreateTable) and found.new.name == found.copy.table and not found.new.is_known:
        yield "its keys, constraints, defaults and types"
    yield from (f"index {name}" for name in lost_indexes(found, scene))
    names = (found.name, scene.key(found.old.name))
    for (kind, name), made in scene.objects.items():
        is_own = kind is Kind.TRIGGER and made.table is not None and scene.key(made.table) in names
        if is_own and not made_again(kind, Name(name), scene):
            yield f"trigger {name}"


RULE = Rule(
    id="rebuild-loses-objects",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A rebuild does not make indexes or triggers again",
    why=(
        "DROP TABLE drops the table's indexes and triggers as well, and nothing brings them back: queries become slow, "
        "unique values repeat, and what triggers wrote is missing."
    ),
    instead="read them from sqlite_schema first, and create each of them again after the rename",
    looks_at=(Drop,),
    engines={
        "sqlite": OnEngine(
            objects_lost,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, ALTER TABLE, 7, steps 3 and 8; measured on 3.40"),
            Example(
                bad=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO n (id, note) SELECT id, "
                    "note "
                    "FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                good=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO n (id, note) SELECT id, "
                    "note "
                    "FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; CREATE INDEX orders_note ON "
                    "orders "
                    "(note); COMMIT;"
                ),
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); CREATE INDEX orders_note ON orders "
                    "(note);"
                ),
            ),
        ),
    },
)
