"""A table is locked by name"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import locked_by_hint
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import LockTables, Setting

_LIGHT = ("ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE")


def locks_table(action: LockTables, scene: Scene) -> Iterator[Hit]:
    """LOCK TABLE in a mode that keeps writers or readers out."""
    busy = [name for name in action.tables if scene.is_busy(name)]
    if busy and action.mode not in _LIGHT:
        others = "read or write" if action.mode in ("", "ACCESS EXCLUSIVE") else "write to"
        yield Hit(f"nobody can {others} {', '.join(map(str, busy))} until the transaction ends",
                  table=scene.key(busy[0]))  # fmt: skip


def locks_file(action: Setting, scene: Scene) -> Iterator[Hit]:
    """PRAGMA locking_mode = EXCLUSIVE."""
    if (action.name, action.value) == ("locking_mode", "exclusive"):
        yield Hit("nobody else can read or write the file, from its next use until the connection is closed")


def locks_for_session(action: LockTables, scene: Scene) -> Iterator[Hit]:
    """LOCK TABLES, and FLUSH TABLES that locks them, or all of them, until the session lets go."""
    busy = [name for name in action.tables if scene.is_busy(name)]
    if busy or not action.tables:
        others = "read or write" if action.mode == "WRITE" else "write to"
        told = ", ".join(map(str, busy)) or "any table"
        yield Hit(f"nobody can {others} {told} until UNLOCK TABLES", table=scene.key(busy[0]) if busy else "")


RULE = Rule(
    id="lock-table",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A table is locked by name",
    why="Others wait from here to the end of the transaction, whatever it does.",
    instead="let each statement take the lock that it needs; for one at a time use an advisory lock",
    looks_at=(LockTables,),
    engines={
        "mariadb": OnEngine(
            locks_for_session,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="LOCK TABLES orders WRITE;",
                good="CREATE TEMPORARY TABLE own (id int); LOCK TABLES own WRITE;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="leave it to the statements: InnoDB locks rows",
        ),
        "mysql": OnEngine(
            locks_for_session,
            Effect(LockLevel.ALL, source="MySQL manual, 15.3.6 LOCK TABLES and UNLOCK TABLES Statements"),
            Example(
                bad="LOCK TABLES orders WRITE;",
                good="CREATE TEMPORARY TABLE own (id int); LOCK TABLES own WRITE;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="leave it to the statements: InnoDB locks rows",
        ),
        "postgresql": OnEngine(
            locks_table,
            Effect(LockLevel.ALL, source="PostgreSQL manual, LOCK; 13.3.1"),
            Example(
                bad="BEGIN; LOCK TABLE orders; COMMIT;",
                good="BEGIN; LOCK TABLE orders IN ROW SHARE MODE; COMMIT;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            locks_file,
            Effect(LockLevel.ALL, source="SQLite, PRAGMA locking_mode; measured on 3.40"),
            Example(
                bad="PRAGMA locking_mode = EXCLUSIVE; UPDATE orders SET note = '' WHERE id = 5;",
                good="PRAGMA locking_mode = NORMAL;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
            looks_at=(Setting,),
            instead="BEGIN IMMEDIATE keeps other writers out for one transaction, and readers go on",
        ),
        "sqlserver": OnEngine(
            locked_by_hint,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, Table hints (Transact-SQL), TABLOCKX",
            ),
            Example(
                bad="SELECT COUNT(*) FROM orders WITH (TABLOCKX, HOLDLOCK);",
                good="SELECT COUNT(*) FROM orders;",
                schema=ORDERS,
            ),
            instead="leave the hint out, and work in batches",
        ),
    },
)
