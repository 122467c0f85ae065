"""An index is built while writers wait"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.indexes_sqlserver import offline_build
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_index_postgresql import safe_build
from neoron.rules.safe_sqlserver import built_online
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
    yield Hit(f"nobody can write to {index.table} while the index is built", table=scene.key(index.table))
    if index.is_unique and scene.may_be_alike(index.table, index.columns):
        yield Hit(f"it fails when two rows of {index.table} are alike in it", category=Category.COMPATIBILITY,
                  table=scene.key(index.table))  # fmt: skip


def build_locks_file(action: CreateIndex, scene: Scene) -> Iterator[Hit]:
    """CREATE INDEX on a table with many rows: SQLite has one lock for the whole file."""
    table = action.index.table
    if scene.is_heavy(table) and not (action.index.if_not_exists and action.index.name in scene.table(table).indexes):
        yield Hit(f"nobody can write to the file while all rows of {table} are read and sorted", table=scene.key(table))
        if action.index.is_unique and scene.may_be_alike(table, action.index.columns):
            yield Hit(f"it fails when two rows of {table} are alike in it", category=Category.COMPATIBILITY,
                      table=scene.key(table))  # fmt: skip


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
    also=(Category.PERFORMANCE,),
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
            remedy=safe_build,
        ),
        "sqlite": OnEngine(
            build_locks_file,
            Effect(LockLevel.WRITES, scans=True, source="SQLite, CREATE INDEX; measured on 3.40"),
            Example(
                bad="CREATE INDEX orders_note ON orders (note);",
                good="CREATE TABLE tags (id INTEGER, label TEXT); CREATE INDEX tags_label ON tags (label);",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
            severity=Severity.WARNING,
            instead="there is no online form: build it in a quiet hour, with a busy timeout for the other writers",
        ),
        "sqlserver": OnEngine(
            offline_build,
            Effect(
                LockLevel.WRITES, scans=True, safe_since="with ONLINE = ON on Enterprise",
                source="Microsoft Learn, CREATE INDEX (Transact-SQL), ONLINE; How online index operations work",
            ),
            Example(
                bad="CREATE INDEX ix_customer ON orders (customer_id);",
                good="CREATE INDEX ix_customer ON orders (customer_id) WITH (ONLINE = ON);",
                schema=ORDERS,
                edition="enterprise",
            ),
            instead="WITH (ONLINE = ON) where the edition has it (Enterprise, Azure); otherwise at a quiet time",
            remedy=built_online,
        ),
    },
)
