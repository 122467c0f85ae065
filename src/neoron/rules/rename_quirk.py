"""A rename in a rebuild takes references along, or meets ones that lead nowhere"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rebuilding import children, is_legacy, readers_of
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateTable, Rename
from neoron.sql.parts import Kind, Name

_SINCE = (3, 26)
"""Since then a rename changes references in other tables, views and triggers, unless legacy_alter_table is on."""


def rename_surprises(action: Rename, scene: Scene) -> Iterator[Hit]:
    """The old table is renamed away, or the new one gets a name that views and triggers still use."""
    if action.kind is not Kind.TABLE or is_legacy(scene) or scene.version < _SINCE:
        return
    key, new = scene.key(action.old), scene.key(Name(action.new, action.old.schema))
    if _is_rename_away(key, new, scene):
        known = [*dict(children(frozenset({key}), scene)), *readers_of(key, scene)]
        if known or not scene.table(action.old).is_known:
            what = ", ".join(known) or "other tables, views and triggers"
            yield Hit(f"references of {what} follow {action.old} to {action.new}, and do not come back",
                      table=key)  # fmt: skip
    elif scene.table(action.old).holds_rows and new not in scene.tables:
        known = [*readers_of(new, scene)]
        if known:
            yield Hit(f"it fails: {', '.join(known)} uses {new}, which is not there at this moment", table=new)


def _is_rename_away(key: str, new: str, scene: Scene) -> bool:
    made = any(isinstance(a, CreateTable) and scene.key(a.table) == key for a in scene.later)
    return made and new != key and scene.table(Name(key)).is_busy


RULE = Rule(
    id="rename-quirk",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="A rename in a rebuild takes references along, or meets ones that lead nowhere",
    why=(
        "Since SQLite 3.26 a rename rewrites the references of foreign keys, views and triggers. When the old table is "
        "renamed away they follow it and break when it is dropped; when a view uses the name that is free for a "
        "moment, "
        "the rename fails."
    ),
    instead=(
        "create the new table under another name, copy, drop the old one, rename the new one; with views or triggers "
        "on it, drop them first and create them again, or set PRAGMA legacy_alter_table = ON meanwhile"
    ),
    looks_at=(Rename,),
    engines={
        "sqlite": OnEngine(
            rename_surprises,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="SQLite, ALTER TABLE, 3 and 7; PRAGMA legacy_alter_table; measured on 3.40",
            ),
            Example(
                bad=(
                    "PRAGMA foreign_keys = OFF; BEGIN; ALTER TABLE orders RENAME TO old; CREATE TABLE orders (id "
                    "INTEGER "
                    "PRIMARY KEY, note TEXT); INSERT INTO orders (id, note) SELECT id, note FROM old; DROP TABLE old; "
                    "COMMIT;"
                ),
                good=(
                    "PRAGMA foreign_keys = OFF; BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT "
                    "INTO n (id, note) SELECT id, "
                    "note "
                    "FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); CREATE TABLE items (id INTEGER PRIMARY "
                    "KEY, order_id INTEGER REFERENCES orders (id));"
                ),
            ),
        ),
    },
)
