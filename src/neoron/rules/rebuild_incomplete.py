"""A rebuild leaves rows or columns behind"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rebuilding import Rebuild, rebuild_of
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop, Insert
from neoron.sql.parts import Kind


def copy_is_incomplete(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP TABLE in a rebuild whose copy has not everything."""
    if action.kind is not Kind.TABLE:
        return
    for name in action.names:
        found = rebuild_of(name, scene) if scene.is_busy(name) else None
        if found:
            for why, categories in _left_behind(found, scene):
                yield from hits(f"{why} of {found.name} are lost here", *categories, table=scene.key(name))


def _left_behind(found: Rebuild, scene: Scene) -> Iterator[tuple[str, tuple[Category, ...]]]:
    lost = (Category.DATA_LOSS, Category.IRREVERSIBLE)
    if found.copy.drops_rows:
        yield "the rows that the copy left out", lost
    columns = _lost_columns(found)
    if columns:
        yield f"the values of {', '.join(columns)}", (*lost, Category.COMPATIBILITY)
    if not scene.in_transaction:
        yield "without a transaction, rows that others write after the copy", lost


def _lost_columns(found: Rebuild) -> list[str]:
    """Old columns that the new table has not, or that the copy does not name; a copied one under a new name is none."""
    old = [n for n, c in found.old.columns.items() if not c.generated]
    if not found.new.is_known:
        return [n for n in old if "*" not in found.copy.selected and n not in found.copy.selected]
    named = found.copy.columns if isinstance(found.copy, Insert) else ()
    kept = set(found.new.columns) if isinstance(found.copy, Insert) and not named else {str(n) for n in named}
    moved = set(found.copy.selected)
    return [n for n in old if ("*" not in moved and n not in kept and n not in moved) or _is_gone(n, found, moved)]


def _is_gone(name: str, found: Rebuild, moved: set[str]) -> bool:
    """`*` or a list by position into a table without that column, and nothing of it under another name."""
    return name not in found.new.columns and name not in moved and "" not in moved


RULE = Rule(
    id="rebuild-incomplete",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A rebuild leaves rows or columns behind",
    why=(
        "What the copy does not hold is gone when the old table is dropped: rows that a condition, DISTINCT or a join "
        "leaves out, columns that are not copied, and what others write between the two when there is no transaction."
    ),
    instead="copy every column and every row, and do all of it in one transaction",
    looks_at=(Drop,),
    engines={
        "sqlite": OnEngine(
            copy_is_incomplete,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, ALTER TABLE, 7; measured on 3.40"),
            Example(
                bad=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO n (id, note) SELECT id, "
                    "note "
                    "FROM orders WHERE id > 10; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                good=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO n (id, note) SELECT id, "
                    "note "
                    "FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);",
            ),
        ),
    },
)
