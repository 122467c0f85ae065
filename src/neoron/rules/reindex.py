"""Indexes are rebuilt while others wait"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_index_postgresql import safe_reindex
from neoron.rules.scene import Scene
from neoron.sql.actions import Upkeep
from neoron.sql.parts import Kind


def reindex_blocks(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """Indexes are rebuilt while others wait."""
    if action.work != "reindex" or action.is_concurrent:
        return
    heavy = [name for name in action.tables if not scene.is_created(Kind.INDEX, name) and scene.is_heavy(name)]
    if heavy or not action.tables:
        what = ", ".join(map(str, heavy)) or "every table"
        yield Hit(f"indexes of {what} are rebuilt while nobody can write", table=scene.key(heavy[0]) if heavy else "")


def reindex_locks_file(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """REINDEX of everything, a collation, a table, or an index."""
    if action.work != "reindex":
        return
    for name in action.tables:
        owner = next((t for t in scene.tables.values() if name.name in t.indexes), None)
        if scene.is_created(Kind.INDEX, name) or not scene.is_heavy(owner.name if owner else name):
            return
    what = ", ".join(map(str, action.tables)) or "every table"
    yield Hit(f"nobody can write to the file while the indexes of {what} are built anew")


RULE = Rule(
    id="reindex",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="Indexes are rebuilt while others wait",
    why="Writers wait for the whole build, and readers that would use the index too.",
    instead="REINDEX … CONCURRENTLY (since 12), outside a transaction",
    looks_at=(Upkeep,),
    also=(Category.PERFORMANCE,),
    aliases=("squawk:require-concurrent-reindex",),
    engines={
        "postgresql": OnEngine(
            reindex_blocks,
            Effect(LockLevel.ALL, scans=True, source="PostgreSQL manual, REINDEX; measured on 10 to 18"),
            Example(
                bad="REINDEX TABLE orders;",
                good="REINDEX TABLE CONCURRENTLY orders;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_reindex,
        ),
        "sqlite": OnEngine(
            reindex_locks_file,
            Effect(LockLevel.WRITES, scans=True, source="SQLite, REINDEX; measured on 3.40"),
            Example(
                bad="REINDEX orders;",
                good="CREATE TABLE tags (label TEXT UNIQUE); REINDEX tags;",
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT); CREATE "
                    "INDEX orders_note ON orders (note);"
                ),
            ),
            severity=Severity.WARNING,
            instead="it is needed only after a collation changed; do it in a quiet hour",
        ),
    },
)
