"""MODIFY drops what it does not say again"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import is_nullable
from neoron.rules.columns_sqlserver import lost_not_null
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterType
from neoron.sql.parts import ColumnDefinition, ValueKind


def lost(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """MODIFY or CHANGE of a column in use that leaves one of its attributes out."""
    old, new = scene.column(action.table, action.column), action.restated
    if old is None or new is None or not scene.is_busy(action.table):
        return
    if scene.is_added_column(action.table, action.column):
        return
    gone = _gone(old, new)
    if old.is_nullable is False and not old.is_identity and is_nullable(scene, action.table, new):
        gone.insert(0, "NOT NULL")
    if gone:
        yield Hit(f"{action.table}.{action.column} loses {', '.join(gone)}", table=scene.key(action.table))


def _gone(old: ColumnDefinition, new: ColumnDefinition) -> list[str]:
    has_default = old.default is not None and old.default.kind is not ValueKind.NULL
    found = []
    if has_default and new.default is None and not new.generated and not new.is_identity:
        found.append("its DEFAULT")
    if old.is_identity and not new.is_identity:
        found.append("AUTO_INCREMENT")
    if "ON UPDATE" in old.options and "ON UPDATE" not in new.options:
        found.append("ON UPDATE")
    if old.generated and not new.generated:
        found.append("its expression")
    return found


RULE = Rule(
    id="lost-attributes",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="MODIFY drops what it does not say again",
    why=(
        "MODIFY and CHANGE define the column anew: NOT NULL, DEFAULT, AUTO_INCREMENT and ON UPDATE that are "
        "not written again are gone."
    ),
    instead="take the whole definition from SHOW CREATE TABLE and change the part that is meant",
    looks_at=(AlterType,),
    engines={
        "mariadb": OnEngine(
            lost,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders MODIFY qty int NOT NULL;",
                good="ALTER TABLE orders MODIFY qty int NOT NULL DEFAULT 7;",
                schema="CREATE TABLE orders (id int NOT NULL PRIMARY KEY, qty int NOT NULL DEFAULT 1);",
            ),
        ),
        "mysql": OnEngine(
            lost,
            Effect(
                LockLevel.NONE,
                source="MySQL manual, 15.1.9 ALTER TABLE Statement, Renaming, Redefining, and Reordering Columns",
            ),
            Example(
                bad="ALTER TABLE orders MODIFY qty int NOT NULL;",
                good="ALTER TABLE orders MODIFY qty int NOT NULL DEFAULT 7;",
                schema="CREATE TABLE orders (id int NOT NULL PRIMARY KEY, qty int NOT NULL DEFAULT 1);",
            ),
        ),
        "sqlserver": OnEngine(
            lost_not_null,
            Effect(
                LockLevel.ALL,
                source=(
                    "Microsoft Learn, ALTER TABLE (Transact-SQL), ALTER COLUMN, NULL | NOT NULL: nullable when "
                    "not said"
                ),
            ),
            Example(
                bad="ALTER TABLE orders ALTER COLUMN code varchar(40);",
                good="ALTER TABLE orders ALTER COLUMN code varchar(40) NOT NULL;",
                schema=ORDERS,
            ),
            instead="say NULL or NOT NULL again, and COLLATE where it is not the default",
        ),
    },
)
