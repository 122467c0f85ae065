"""This cannot run in a transaction"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.databases_sqlserver import not_in_transaction
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_index_postgresql import outside
from neoron.rules.scene import Scene
from neoron.sql.actions import (
    Action,
    Alter,
    BackupChain,
    Create,
    CreateIndex,
    Drop,
    PartitionChange,
    ReadsOnly,
    Setting,
    Upkeep,
)
from neoron.sql.parts import Kind


def _refused(action: Action, scene: Scene) -> str:
    match action:
        case CreateIndex(index=index) if index.is_concurrent:
            return "CREATE INDEX CONCURRENTLY"
        case Drop(kind=Kind.INDEX, is_concurrent=True):
            return "DROP INDEX CONCURRENTLY"
        case Drop(kind=Kind.DATABASE | Kind.TABLESPACE):
            return "DROP DATABASE"
        case Upkeep(work="reindex", is_concurrent=True):
            return "REINDEX CONCURRENTLY"
        case Upkeep(work="vacuum" | "vacuum full"):
            return "VACUUM"
        case PartitionChange(change="detach", options=options) if "CONCURRENTLY" in options:
            return "DETACH PARTITION CONCURRENTLY"
        case Alter(change="add value") if scene.version < (12,) and not scene.is_created(Kind.TYPE, action.name):
            return "ALTER TYPE … ADD VALUE (before 12)"
    return ""


def fails_inside(action: Action, scene: Scene) -> Iterator[Hit]:
    """What PostgreSQL runs outside transactions only."""
    what = _refused(action, scene)
    if what and (scene.in_transaction or action.inside):
        yield Hit(f"{what} fails inside a transaction, a function or a DO block")


def fails_inside_file(action: Action, scene: Scene) -> Iterator[Hit]:
    """What SQLite refuses while a transaction is open."""
    what = ""
    if isinstance(action, Upkeep) and action.work == "vacuum full":
        what = "VACUUM"
    elif isinstance(action, Setting) and action.name == "synchronous":
        what = "PRAGMA synchronous"
    elif isinstance(action, Setting) and (action.name, action.value) == ("journal_mode", "wal"):
        what = "PRAGMA journal_mode = WAL"
    if what and scene.in_transaction:
        yield Hit(f"{what} fails inside a transaction")


RULE = Rule(
    id="index-in-transaction",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="This cannot run in a transaction",
    why=(
        "PostgreSQL refuses it inside a transaction block, a function or a DO block, so the migration fails."
    ),
    instead="run it on its own, outside any transaction (`-- migrate:up transaction:false`)",
    looks_at=(CreateIndex, Drop, Upkeep, PartitionChange, Alter, Create),
    aliases=("squawk:ban-concurrent-index-creation-in-transaction", "atlas:PG103"),
    engines={
        "postgresql": OnEngine(
            fails_inside,
            Effect(LockLevel.NONE, source="PostgreSQL manual, CREATE INDEX, CONCURRENTLY; VACUUM"),
            Example(
                bad="BEGIN; CREATE INDEX CONCURRENTLY orders_note ON orders (note); COMMIT;",
                good="CREATE INDEX CONCURRENTLY orders_note ON orders (note);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=outside,
        ),
        "sqlite": OnEngine(
            fails_inside_file,
            Effect(LockLevel.NONE,
                   source="SQLite, VACUUM; PRAGMA journal_mode; PRAGMA synchronous; measured on 3.40"),
            Example(
                bad="BEGIN; VACUUM; COMMIT;",
                good="BEGIN; ANALYZE; COMMIT;",
            ),
            looks_at=(Upkeep, Setting),
        ),
        "sqlserver": OnEngine(
            not_in_transaction,
            Effect(
                LockLevel.NONE,
                source=(
                    "Microsoft Learn, Transactions (Transact-SQL): statements that an explicit transaction "
                    "refuses; ALTER DATABASE (Transact-SQL)"
                ),
            ),
            Example(
                bad="ALTER DATABASE shop SET ALLOW_SNAPSHOT_ISOLATION ON;",
                good="CREATE INDEX ix_code ON orders (code);",
                schema=ORDERS,
                transaction="one",
            ),
            looks_at=(Alter, BackupChain, Create, Drop, ReadsOnly),
            instead="run it outside the transaction, in a migration of its own",
        ),
    },
)
