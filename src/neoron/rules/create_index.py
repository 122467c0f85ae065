"""An index is built while writers wait"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_postgresql import safe_index
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateIndex
from neoron.sql.parts import Kind


def blocking_build(action: CreateIndex, scene: Scene) -> Iterator[Hit]:
    """CREATE INDEX without CONCURRENTLY on a table that was there before."""
    index = action.index
    if index.is_concurrent or "ONLY" in index.options or not scene.is_heavy(index.table):
        return
    if scene.is_created(Kind.MATERIALIZED_VIEW, index.table) or scene.table(index.table).is_partitioned:
        return
    yield Hit(f"nobody can write to {index.table} while the index is built", table=scene.key(index.table),
              fix=safe_index(index))  # fmt: skip


RULE = Rule(
    id="create-index",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="An index is built while writers wait",
    why=(
        "CREATE INDEX keeps every INSERT, UPDATE and DELETE of the table waiting until it is built."
    ),
    instead=(
        "CREATE INDEX CONCURRENTLY, outside a transaction, and look at pg_index.indisvalid afterwards"
    ),
    looks_at=(CreateIndex,),
    aliases=("squawk:require-concurrent-index-creation", "strong_migrations:add_index", "eugene:E6", "atlas:PG101"),
    engines={
        "postgresql": OnEngine(
            blocking_build,
            Effect(LockLevel.WRITES, scans=True, source="PostgreSQL manual, CREATE INDEX; measured on 10 to 18"),
            Example(
                bad="CREATE INDEX orders_note ON orders (note);",
                good="CREATE INDEX CONCURRENTLY orders_note ON orders (note);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
    },
)
