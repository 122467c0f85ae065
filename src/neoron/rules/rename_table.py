"""A table is renamed"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Create, CreateTable, Rename
from neoron.sql.parts import Kind, Name


def renamed_table(action: Rename, scene: Scene) -> Iterator[Hit]:
    """RENAME TO, unless a view or table takes the old name in the same script."""
    if action.kind is not Kind.TABLE or not scene.is_busy(action.old):
        return
    key = scene.key(action.old)
    for later in scene.later:
        name = later.name if isinstance(later, Create) else later.table if isinstance(later, CreateTable) else None
        new = scene.key(Name(later.new, later.old.schema)) if isinstance(later, Rename) else ""
        if (name is not None and scene.key(name) == key) or new == key:
            return
    before, target = scene.script[: scene.at], scene.key(Name(action.new, action.old.schema))
    renames = [a for a in before if isinstance(a, Rename) and a.kind is Kind.TABLE]
    if any(scene.key(Name(a.new, a.old.schema)) == key or scene.key(a.old) == target for a in renames):
        return  # it has that name since a moment ago, or takes the place of one that had just left it
    yield Hit(f"programs that use {action.old} fail: it is called {action.new} now", table=key)


def renamed_by_procedure(action: Rename, scene: Scene) -> Iterator[Hit]:
    """sp_rename of a table; it takes constraints too, whose names no program knows."""
    if not any(action.old.name in table.constraints for table in scene.tables.values()):
        yield from renamed_table(action, scene)


RULE = Rule(
    id="rename-table",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="A table is renamed",
    why="Every program that still uses the old name fails at once.",
    instead=(
        "make a view with the old name in the same transaction, or add the new table beside the old one"
    ),
    looks_at=(Rename,),
    aliases=("squawk:renaming-table", "strong_migrations:rename_table", "atlas:BC101"),
    engines={
        "mariadb": OnEngine(
            renamed_table,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="RENAME TABLE orders TO purchases;",
                good="CREATE TABLE orders_new LIKE orders; RENAME TABLE orders TO orders_old, orders_new TO orders;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            renamed_table,
            Effect(LockLevel.ALL, source="MySQL manual, 15.1.36 RENAME TABLE Statement"),
            Example(
                bad="RENAME TABLE orders TO purchases;",
                good="CREATE TABLE orders_new LIKE orders; RENAME TABLE orders TO orders_old, orders_new TO orders;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            renamed_table,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, RENAME"),
            Example(
                bad="ALTER TABLE orders RENAME TO purchases;",
                good=(
                    "BEGIN; ALTER TABLE orders RENAME TO purchases; CREATE VIEW orders AS SELECT * FROM "
                    "purchases; COMMIT;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            renamed_table,
            Effect(LockLevel.WRITES, source="SQLite, ALTER TABLE RENAME; measured on 3.40"),
            Example(
                bad="ALTER TABLE orders RENAME TO purchases;",
                good=(
                    "BEGIN; ALTER TABLE orders RENAME TO purchases; CREATE VIEW orders AS SELECT * FROM purchases; "
                    "COMMIT;"
                ),
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            renamed_by_procedure,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, sp_rename (Transact-SQL)",
            ),
            Example(
                bad="EXEC sp_rename 'orders', 'purchases';",
                good="CREATE TABLE fresh (id int);\nGO\nEXEC sp_rename 'fresh', 'fresher';",
                schema=ORDERS,
            ),
            instead="create a synonym or view under the old name in the same transaction",
        ),
    },
)
