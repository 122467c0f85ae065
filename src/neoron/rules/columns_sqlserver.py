"""What adding or changing a column costs on SQL Server.

Source: Microsoft Learn, ALTER TABLE (Transact-SQL): Adding NOT NULL columns as an online operation, Locks and
ALTER TABLE, Changing the size of a column, WITH (ONLINE = ON).
"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Severity
from neoron.rules.editions_sqlserver import has_enterprise, runs_online
from neoron.rules.rule import Hit
from neoron.rules.scene import Scene
from neoron.rules.types_sqlserver import TypeChange, type_change
from neoron.sql.actions import AddColumn, AlterColumn, AlterType
from neoron.sql.parts import ConstraintKind, ValueKind

_LARGE = ("text", "ntext", "image", "xml", "geography", "geometry", "hierarchyid", "json")
_EVEN = (ValueKind.CONSTANT, ValueKind.STABLE)


def filled_column(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """A default that is written into every row: NOT NULL, or WITH VALUES; free on Enterprise for a runtime constant."""
    column = action.column
    if column.type.name == "rowversion" and scene.is_heavy(action.table):
        yield Hit(f"a row version is written into every row of {action.table} while nobody can use it",
                  table=scene.key(action.table))  # fmt: skip
        return
    default = column.default
    is_filled = column.is_nullable is False or "WITH VALUES" in column.options
    if default is None or default.kind is ValueKind.NULL or not is_filled or not scene.is_heavy(action.table):
        return
    is_large = column.type.name in _LARGE or -1 in column.type.arguments
    is_free = has_enterprise(scene) and column.is_nullable is False and default.kind in _EVEN and not is_large
    if not is_free:
        why = "" if has_enterprise(scene) else f" ({scene.edition} edition)"
        told = f"the default of {column.name} is written into every row of {action.table} while nobody can use it{why}"
        yield Hit(told, table=scene.key(action.table))


def stored_column(action: AddColumn | AlterColumn, scene: Scene) -> Iterator[Hit]:
    """A computed column that is kept in every row, and one that becomes sparse or ceases to be."""
    if isinstance(action, AlterColumn):
        is_stored, name = action.change in ("add persisted", "sparse"), action.column
    else:
        generated = action.column.generated
        is_stored, name = generated is not None and generated.is_stored, action.column.name
    if is_stored and scene.is_heavy(action.table):
        yield Hit(f"{name} is written anew in every row of {action.table} while nobody can read or write it",
                  table=scene.key(action.table))  # fmt: skip


def looked_up_column(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """A new column with a foreign key that is checked at once."""
    for constraint in action.column.constraints:
        if constraint.kind is ConstraintKind.FOREIGN_KEY and constraint.is_valid and scene.is_heavy(action.table):
            message = f"nobody can use {action.table} while every row is looked up in {constraint.references}"
            yield Hit(message, table=scene.key(action.table))


def checked_column(action: AddColumn, scene: Scene) -> Iterator[Hit]:
    """A new column with a CHECK that is checked at once."""
    for constraint in action.column.constraints:
        if constraint.kind is ConstraintKind.CHECK and constraint.is_valid and scene.is_heavy(action.table):
            yield Hit(f"nobody can use {action.table} while every row is checked", table=scene.key(action.table))


def _change(action: AlterType, scene: Scene) -> TypeChange:
    old = scene.column(action.table, action.column)
    return type_change(old.type if old else None, action.type)


def _is_ours(action: AlterType, scene: Scene) -> bool:
    return not scene.is_busy(action.table) or scene.is_added_column(action.table, action.column)


def narrowed_column(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """The new type holds less than the old one."""
    loss = "" if _is_ours(action, scene) else _change(action, scene).loss
    if loss:
        is_known = scene.column(action.table, action.column) is not None
        yield Hit(f"{action.table}.{action.column} becomes {action.type.text}: {loss}",
                  None if is_known else Severity.WARNING, table=scene.key(action.table))  # fmt: skip


def rewritten_column(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """The rows do not fit the new type as they are."""
    if runs_online(action.options, scene) or not scene.is_heavy(action.table) or not _change(action, scene).rewrites:
        return
    old = scene.column(action.table, action.column)
    told = f"from {old.type.text if old else 'an unknown type'} to {action.type.text}"
    yield Hit(f"changing {action.table}.{action.column} {told} writes every row while nobody can use the table",
              table=scene.key(action.table))  # fmt: skip


def made_required(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN … NOT NULL of a column that may be NULL."""
    old, new = scene.column(action.table, action.column), action.restated
    if new is None or new.is_nullable is not False or (old is not None and old.is_nullable is False):
        return
    if scene.is_heavy(action.table) and not runs_online(action.options, scene):
        yield Hit(f"nobody can use {action.table} while {action.column} is looked at in every row; one NULL fails it",
                  table=scene.key(action.table))  # fmt: skip


def made_nullable(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN … NULL of a column that never was."""
    old, new = scene.column(action.table, action.column), action.restated
    was_required = old is not None and old.is_nullable is False
    if new is not None and new.is_nullable and was_required and not _is_ours(action, scene):
        yield Hit(f"programs that read {action.table}.{action.column} may meet NULL", table=scene.key(action.table))


def lost_not_null(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN that does not say NOT NULL again."""
    old, new = scene.column(action.table, action.column), action.restated
    if new is None or new.is_nullable is not None or _is_ours(action, scene):
        return
    if old is None or old.is_nullable is False:
        yield Hit(f"{action.table}.{action.column} becomes NULL-able: NOT NULL is not said again",
                  None if old else Severity.WARNING, table=scene.key(action.table))  # fmt: skip


def recollated_column(action: AlterType, scene: Scene) -> Iterator[Hit]:
    """ALTER COLUMN with another collation."""
    old, collation = scene.column(action.table, action.column), action.type.collation
    if not collation or (old is not None and old.type.collation == collation) or runs_online(action.options, scene):
        return
    if scene.is_heavy(action.table):
        told = f"{action.table}.{action.column} and its indexes are written anew while nobody can use the table"
        yield Hit(told, table=scene.key(action.table))
