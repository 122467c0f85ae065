"""A type gets narrower, or of another kind"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.columns_sqlserver import narrowed_column
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.rules.types_mysql import changed_type
from neoron.rules.types_postgresql import TypeChange, type_change
from neoron.rules.types_sqlite import loss_by_cast, loss_by_type
from neoron.sql.actions import AlterType, Drop, Insert
from neoron.sql.parts import Kind, Name


def _changed(action: AlterType, scene: Scene) -> TypeChange:
    old = scene.column(action.table, action.column)
    is_utc = scene.settings.get("timezone", "").upper() in ("UTC", "GMT", "0", "ETC/UTC")
    return type_change(old.type if old else None, action.type, scene.version, has_using=bool(action.using),
                       is_utc=is_utc)  # fmt: skip


def narrowed(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """The new type holds less than the old one."""
    if not scene.is_busy(action.table) or scene.is_added_column(action.table, action.column):
        return
    loss = _changed(action, scene).loss
    if loss:
        is_known = scene.column(action.table, action.column) is not None
        yield Hit(f"{action.table}.{action.column} becomes {action.type.text}: {loss}",
                  None if is_known else Severity.WARNING, table=scene.key(action.table))  # fmt: skip


def loses_values(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """MODIFY or CHANGE to a type that holds less."""
    if not scene.is_busy(action.table) or scene.is_added_column(action.table, action.column):
        return
    loss = changed_type(action, scene).loss
    if loss:
        is_known = scene.column(action.table, action.column) is not None
        yield Hit(f"{action.table}.{action.column} becomes {action.type.text}: {loss}",
                  None if is_known else Severity.WARNING, table=scene.key(action.table))  # fmt: skip


def narrowed_by_copy(action: Insert, scene: Scene) -> Iterator[Hit]:
    """A rebuild that casts, cuts, or copies text into a column that turns it into numbers."""
    if len(action.sources) != 1 or not scene.is_busy(action.sources[0]) or not _is_dropped(action.sources[0], scene):
        return
    source, target = scene.table(action.sources[0]), scene.table(action.table)
    for column, cast in action.cuts:
        known = source.columns.get(column)
        loss = loss_by_cast(known.type if known else None, cast)
        if loss:
            yield Hit(f"values of {source.name}.{column} are changed: {loss}", table=scene.key(source.name))
    for column, into in zip(action.selected, action.columns or tuple(target.columns), strict=False):
        old, new = source.columns.get(column), target.columns.get(into)
        loss = loss_by_type(old.type, new.type) if old and new else ""
        if loss:
            yield Hit(f"values of {source.name}.{column} are changed: {loss}", Severity.WARNING,
                      table=scene.key(source.name))  # fmt: skip


def _is_dropped(table: Name, scene: Scene) -> bool:
    key = scene.key(table)
    return any(isinstance(a, Drop) and a.kind is Kind.TABLE and key in map(scene.key, a.names) for a in scene.later)


RULE = Rule(
    id="narrow-type",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A type gets narrower, or of another kind",
    why="Values that do not fit fail the migration, are rounded, or are cut.",
    instead="add a new column, copy what fits, look at what does not, then switch",
    looks_at=(AlterType,),
    also=(Category.COMPATIBILITY,),
    engines={
        "mariadb": OnEngine(
            loses_values,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders MODIFY amount int NOT NULL DEFAULT 0;",
                good="ALTER TABLE orders MODIFY note varchar(60);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            loses_values,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations; 7.1.11 Server SQL Modes",
            ),
            Example(
                bad="ALTER TABLE orders MODIFY amount int NOT NULL DEFAULT 0;",
                good="ALTER TABLE orders MODIFY note varchar(60);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            narrowed,
            Effect(LockLevel.ALL, rewrites=True, source="PostgreSQL manual, ALTER TABLE; 8.1; 8.3"),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN amount TYPE numeric(10,1);",
                good="ALTER TABLE orders ALTER COLUMN code TYPE varchar(40);",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            narrowed_by_copy,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, CAST expressions; Datatypes, 3; measured on 3.40"),
            Example(
                bad=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, code INTEGER); INSERT INTO n (id, code) SELECT id, "
                    "CAST(code AS INTEGER) FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                good=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, code VARCHAR(9)); INSERT INTO n (id, code) SELECT "
                    "id, code FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, code TEXT);",
            ),
            looks_at=(Insert,),
        ),
        "sqlserver": OnEngine(
            narrowed_column,
            Effect(
                LockLevel.ALL, rewrites=True, source=(
                    "Microsoft Learn, ALTER TABLE (Transact-SQL), ALTER COLUMN; Data type conversion (Database "
                    "Engine)"
                ),
            ),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN amount decimal(10, 1) NULL;",
                good="ALTER TABLE orders ALTER COLUMN code varchar(40) NOT NULL;",
                schema=ORDERS,
            ),
        ),
    },
)
