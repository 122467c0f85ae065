"""A copy puts values into other columns"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.bounds import ROW_ADDRESSES
from neoron.rules.rebuilding import is_rebuilt_later
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene, TableState
from neoron.sql.actions import Insert


def misplaced(action: Insert, scene: Scene) -> Iterator[Hit]:
    """INSERT … SELECT whose columns do not meet their like; `*` where the columns are not known."""
    if len(action.sources) != 1 or not action.is_from_query or not scene.table(action.sources[0]).is_busy:
        return
    source, target = scene.table(action.sources[0]), scene.table(action.table)
    into = action.columns or _written(target)
    taken = _written(source) if action.selected == ("*",) else action.selected
    key = scene.key(source.name)
    if "*" in action.selected and not (source.is_known and into):
        if target.is_new and (is_rebuilt_later(key, scene) or target.name.name == key):
            yield Hit(f"`*` gives the columns of {source.name} by position, and their order cannot be seen here",
                      table=key)  # fmt: skip
        return
    if not into or "*" in taken:
        return
    if len(into) != len(taken):
        yield Hit(f"{len(taken)} values do not go into the {len(into)} columns of {action.table}: it fails", table=key,
                  category=Category.COMPATIBILITY)  # fmt: skip
        return
    if source.is_known:
        yield from _not_there(taken, source, key)
    pairs = [f"{s} goes into {t}" for s, t in zip(taken, into, strict=True) if _is_other(s, t, taken, source)]
    if pairs:
        yield Hit(f"values end in other columns: {', '.join(pairs[:3])}", table=key)


def _not_there(taken: Sequence[str], source: TableState, key: str) -> Iterator[Hit]:
    """Source: SQLite, "Quirks, Caveats, and Gotchas", 8: a name in double quotes that is no column is a text."""
    unknown = [name for name in taken if name and name not in source.columns and name not in ROW_ADDRESSES]
    if unknown:
        yield from hits(
            f"{source.name} has no column {', '.join(unknown)}: in double quotes SQLite takes the name for a text and "
            "copies that, otherwise it fails", Category.DATA_LOSS, Category.COMPATIBILITY, table=key,
        )  # fmt: skip


def _written(table: TableState) -> tuple[str, ...]:
    """The columns that a list without names means."""
    return tuple(name for name, column in table.columns.items() if not column.generated)


def _is_other(source: str, target: str, taken: Sequence[str], table: TableState) -> bool:
    """Another column's value, although the source has one of the target's name."""
    is_there = not table.is_known or source in table.columns
    return source not in ("", target) and is_there and (target in taken or target in table.columns)


RULE = Rule(
    id="rebuild-misplaces-columns",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A copy puts values into other columns",
    why=(
        "INSERT … SELECT goes by position. SQLite takes nearly any value in any column, so nothing fails when the "
        "order "
        "differs: the values are only in the wrong place."
    ),
    instead="name the columns on both sides, in the same order",
    looks_at=(Insert,),
    engines={
        "sqlite": OnEngine(
            misplaced,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, INSERT; ALTER TABLE, 7; measured on 3.40"),
            Example(
                bad=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, code TEXT, note TEXT); INSERT INTO n SELECT * FROM "
                    "orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                good=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, code TEXT, note TEXT); INSERT INTO n (id, code, "
                    "note) "
                    "SELECT id, code, note FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, code TEXT);",
            ),
        ),
    },
)
