"""ALTER TABLE that SQLite refuses"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rebuilding import foreign_keys
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_rebuild_sqlite import safe_rebuild
from neoron.rules.scene import Scene
from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterType,
    DropColumn,
    DropConstraint,
    TableChange,
)
from neoron.sql.parts import ConstraintKind, ValueKind

_CONSTRAINTS_SINCE = (3, 53)
"""Since then CHECK and NOT NULL can be added and dropped."""
_NEVER = (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY_KEY)


def refused(action: Action, scene: Scene) -> Iterator[Hit]:
    """What ALTER TABLE cannot do, and so fails."""
    match action:
        case TableChange(change="other"):
            why = f"there is no ALTER TABLE … {action.value}"
        case AddColumn():
            why = _refused_column(action, scene)
        case DropColumn():
            why = _undroppable(action, scene)
        case AlterType():
            why = "the type of a column cannot be changed"
        case AlterColumn(change="set default" | "drop default"):
            why = "the default of a column cannot be changed"
        case AddConstraint(constraint=made) if made.kind is not ConstraintKind.CHECK:
            why = f"a {made.kind.value} cannot be added"
        case AddConstraint() | AlterColumn() | DropConstraint() if scene.version < _CONSTRAINTS_SINCE:
            why = "constraints can be added and dropped since 3.53 only"
        case _:
            why = ""
    if why:
        yield Hit(f"SQLite refuses it: {why}")


def _refused_column(action: AddColumn, scene: Scene) -> str:
    column = action.column
    keys = [c.kind.value for c in column.constraints if c.kind in _NEVER]
    if keys:
        return f"a column cannot be added as {keys[0]}"
    if not scene.is_busy(action.table):
        return ""
    if column.generated and column.generated.is_stored:
        return "a STORED column cannot be added to a table with rows"
    default = column.default
    if default is None or default.kind is ValueKind.NULL:
        return ""
    if default.kind is not ValueKind.CONSTANT:
        return f"DEFAULT {default.text} is no constant, and the table has rows"
    is_reference = any(c.kind is ConstraintKind.FOREIGN_KEY for c in column.constraints)
    if is_reference and foreign_keys(scene) is not False:
        return "with foreign keys on, a column with REFERENCES cannot have a default other than NULL"
    return ""


def _undroppable(action: DropColumn, scene: Scene) -> str:
    """Source: SQLite, "ALTER TABLE DROP COLUMN"."""
    table, name = scene.table(action.table), action.column
    for constraint in table.constraints.values():
        is_own_check = constraint.kind is ConstraintKind.CHECK and constraint.columns == (name,)
        if name in constraint.columns and not is_own_check:
            is_inline = constraint.kind is ConstraintKind.FOREIGN_KEY and _is_inline(action, scene)
            if not is_inline:
                return f"{name} is part of a {constraint.kind.value}"
    for index in table.indexes.values():
        if name in index.columns:
            return f"{name} is in the index {index.name}"
    return ""


def _is_inline(action: DropColumn, scene: Scene) -> bool:
    """A REFERENCES that the column itself has goes with it."""
    column = scene.column(action.table, action.column)
    return column is not None and any(c.kind is ConstraintKind.FOREIGN_KEY for c in column.constraints)


RULE = Rule(
    id="unsupported-alter",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="ALTER TABLE that SQLite refuses",
    why=(
        "SQLite can rename, add a simple column and drop a column that nothing uses. The rest is refused, some of it "
        "only when the table has rows: the migration fails on the real data."
    ),
    instead="rebuild the table: a new one, the rows copied over, the old one dropped, the new one renamed",
    looks_at=(TableChange, AddColumn, DropColumn, AddConstraint, AlterColumn, AlterType, DropConstraint),
    engines={
        "sqlite": OnEngine(
            refused,
            Effect(LockLevel.NONE, source="SQLite, ALTER TABLE; measured on 3.40 and 3.54"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN created_at TEXT DEFAULT CURRENT_TIMESTAMP;",
                good="ALTER TABLE orders ADD COLUMN created_at TEXT DEFAULT '2024-01-01';",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);",
            ),
            remedy=safe_rebuild,
        ),
    },
)
