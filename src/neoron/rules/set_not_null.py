"""NOT NULL reads all rows while everybody waits"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import is_nullable, rebuild_is_felt
from neoron.rules.columns_sqlserver import made_required
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_mysql import stated_online
from neoron.rules.safe_postgresql import safe_not_null
from neoron.rules.scene import Scene, TableState, VersionTuple
from neoron.sql.actions import AddConstraint, AlterColumn, AlterType
from neoron.sql.parts import ConstraintKind


def _is_proven(table: TableState, column: str, version: VersionTuple) -> bool:
    """A valid CHECK spares the scan since 12; one that was validated by name only is taken at its word."""
    if version < (12,):
        return False
    for name, constraint in table.constraints.items():
        if constraint.kind is ConstraintKind.CHECK and constraint.is_valid:
            is_named_so = not table.is_known and not constraint.columns and column in name
            if column in constraint.not_null_columns or is_named_so:
                return True
    return False


def scans_for_null(action: AlterColumn | AddConstraint | AlterType, scene: Scene) -> Iterator[Hit]:
    """SET NOT NULL, or ADD NOT NULL since 18, without a proof that there is no NULL."""
    if isinstance(action, AlterType) or not scene.is_heavy(action.table):
        return
    if isinstance(action, AddConstraint):
        is_asked = action.constraint.kind is ConstraintKind.NOT_NULL and action.constraint.is_valid
        columns = action.constraint.columns if is_asked and not action.domain else ()
    else:
        columns = (action.column,) if action.change == "set not null" else ()
    table = scene.table(action.table)
    for column in columns:
        known = table.columns.get(column)
        if known is not None and known.is_nullable is False:
            continue
        if not _is_proven(table, column, scene.version):
            yield Hit(f"nobody can read or write {action.table} while {column} is looked at in every row",
                      table=scene.key(action.table))  # fmt: skip


def forbids_null(action: AlterColumn | AddConstraint | AlterType, scene: Scene) -> Iterator[Hit]:
    """MODIFY or CHANGE to NOT NULL of a column that took NULL."""
    if not isinstance(action, AlterType):
        return
    old, new = scene.column(action.table, action.column), action.restated
    if old is None or new is None or new.is_nullable is not False or not is_nullable(scene, action.table, old):
        return
    if not scene.is_busy(action.table):
        return
    table = scene.key(action.table)
    if not scene.is_added_column(action.table, action.column):
        yield Hit(f"programs that write NULL into {action.table}.{action.column} fail; so does this if there is one",
                  category=Category.COMPATIBILITY, table=table)  # fmt: skip
    if rebuild_is_felt(action, scene, action.table):
        yield Hit(f"{action.table} is rebuilt to look at {action.column} in every row", category=Category.LOCKING,
                  table=table)  # fmt: skip


RULE = Rule(
    id="set-not-null",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="NOT NULL reads all rows while everybody waits",
    why=(
        "Nobody can read or write the table until every row has been looked at, and one NULL fails the "
        "migration."
    ),
    instead=(
        "add CHECK (c IS NOT NULL) NOT VALID, VALIDATE it in its own transaction, then SET NOT NULL and drop "
        "the CHECK"
    ),
    looks_at=(AlterColumn, AddConstraint, AlterType),
    also=(Category.COMPATIBILITY,),
    aliases=("squawk:adding-not-nullable-field", "strong_migrations:change_column_null", "atlas:PG303"),
    engines={
        "mariadb": OnEngine(
            forbids_null,
            Effect(LockLevel.NONE, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders MODIFY note varchar(50) NOT NULL;",
                good="ALTER TABLE orders MODIFY note varchar(50);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead=(
                "fill the NULLs in batches, make programs write the column, then MODIFY … NOT NULL, "
                "ALGORITHM=INPLACE, LOCK=NONE"
            ),
            remedy=stated_online,
        ),
        "mysql": OnEngine(
            forbids_null,
            Effect(
                LockLevel.NONE, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Column Operations",
            ),
            Example(
                bad="ALTER TABLE orders MODIFY note varchar(50) NOT NULL;",
                good="ALTER TABLE orders MODIFY note varchar(50);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead=(
                "fill the NULLs in batches, make programs write the column, then MODIFY … NOT NULL, "
                "ALGORITHM=INPLACE, LOCK=NONE"
            ),
            remedy=stated_online,
        ),
        "postgresql": OnEngine(
            scans_for_null,
            Effect(
                LockLevel.ALL, scans=True,
                source="PostgreSQL manual, ALTER TABLE, SET NOT NULL; measured on 10 to 18",
            ),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN note SET NOT NULL;",
                good=(
                    "ALTER TABLE orders ADD CONSTRAINT n CHECK (note IS NOT NULL) NOT VALID; ALTER TABLE orders"
                    " VALIDATE CONSTRAINT n; ALTER TABLE orders ALTER COLUMN note SET NOT NULL;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text);"
                ),
            ),
            remedy=safe_not_null,
        ),
        "sqlserver": OnEngine(
            made_required,
            Effect(
                LockLevel.ALL, scans=True, safe_since="13 with ONLINE = ON on Enterprise",
                source="Microsoft Learn, ALTER TABLE (Transact-SQL), ALTER COLUMN, NULL | NOT NULL",
            ),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN amount decimal(10, 2) NOT NULL;",
                good="ALTER TABLE orders ALTER COLUMN amount decimal(10, 2) NOT NULL WITH (ONLINE = ON);",
                schema=ORDERS,
                edition="enterprise",
            ),
            looks_at=(AlterType,),
            instead="ALTER COLUMN … NOT NULL WITH (ONLINE = ON) where the edition has it; otherwise at a quiet time",
        ),
    },
)
