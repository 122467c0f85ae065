"""What constraints cost on SQL Server: when rows are checked, and when nobody trusts them afterwards.

Source: Microsoft Learn, ALTER TABLE (Transact-SQL), WITH CHECK | WITH NOCHECK, CHECK | NOCHECK CONSTRAINT, Locks and
ALTER TABLE; ALTER TABLE table_constraint (Transact-SQL), ONLINE.
"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.rules.editions_sqlserver import runs_online
from neoron.rules.rule import Hit
from neoron.rules.scene import Scene
from neoron.sql.actions import (
    AddConstraint,
    DropColumn,
    DropConstraint,
    SwitchConstraint,
    ValidateConstraint,
)
from neoron.sql.parts import Constraint, ConstraintKind

_CHECKED = (ConstraintKind.CHECK, ConstraintKind.FOREIGN_KEY)
_PREFIXES = {
    "df": ConstraintKind.DEFAULT, "pk": ConstraintKind.PRIMARY_KEY, "ck": ConstraintKind.CHECK,
    "chk": ConstraintKind.CHECK, "fk": ConstraintKind.FOREIGN_KEY, "uq": ConstraintKind.UNIQUE,
    "uk": ConstraintKind.UNIQUE, "ak": ConstraintKind.UNIQUE, "uc": ConstraintKind.UNIQUE,
}  # fmt: skip


def _checks(action: AddConstraint, kind: ConstraintKind, scene: Scene) -> bool:
    constraint = action.constraint
    return constraint.kind is kind and constraint.is_valid and scene.is_heavy(action.table)


def checked_rows(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD CHECK with the usual WITH CHECK."""
    if _checks(action, ConstraintKind.CHECK, scene):
        yield Hit(f"nobody can use {action.table} while every row is checked", table=scene.key(action.table))


def looked_up_rows(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD FOREIGN KEY with the usual WITH CHECK."""
    if _checks(action, ConstraintKind.FOREIGN_KEY, scene):
        yield Hit(f"nobody can use {action.table} or change {action.constraint.references} while every row is checked",
                  table=scene.key(action.table))  # fmt: skip


def built_key(kind: ConstraintKind, action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD PRIMARY KEY or UNIQUE whose index is not built online."""
    if _checks(action, kind, scene) and not runs_online(action.constraint.options, scene):
        yield Hit(f"nobody can use {action.table} while the index is built", table=scene.key(action.table))


def _later_checked(table: str, name: str, scene: Scene) -> bool:
    return any(
        isinstance(a, ValidateConstraint) and scene.key(a.table) == table and a.name in (name, "") for a in scene.later
    )


def _was_checked(action: SwitchConstraint, scene: Scene) -> bool:
    """This script added the constraint WITH CHECK, as scripted tables do, and nothing switched it off since."""
    made = [a for a in scene.script[: scene.at] if isinstance(a, AddConstraint | SwitchConstraint)]
    own = [a for a in made if scene.key(a.table) == scene.key(action.table)]
    last = next((a for a in reversed(own) if action.name in (_name(a), "")), None)
    return isinstance(last, AddConstraint) and last.constraint.is_valid


def _name(action: AddConstraint | SwitchConstraint) -> str:
    return action.constraint.name if isinstance(action, AddConstraint) else action.name


def untrusted(action: AddConstraint | SwitchConstraint, scene: Scene) -> Iterator[Hit]:
    """A constraint that the server never looked over the old rows for, and that stays so."""
    if isinstance(action, SwitchConstraint):
        name, is_left = action.name, action.is_enabled and not action.is_checked
        is_left = is_left and not _was_checked(action, scene)
    else:
        name = action.constraint.name
        is_left = action.constraint.kind in _CHECKED and not action.constraint.is_valid
    key = scene.key(action.table)
    if is_left and scene.is_busy(action.table) and not _later_checked(key, name, scene):
        what = name or "the constraints"
        yield Hit(f"the optimizer does not use {what} of {action.table}, and old rows may break it", table=key)


def rechecked(action: ValidateConstraint, scene: Scene) -> Iterator[Hit]:
    """WITH CHECK CHECK CONSTRAINT, but for the second half of WITH NOCHECK ADD in the same script."""
    key = scene.key(action.table)
    if not scene.is_heavy(action.table):
        return
    is_second_half = any(
        isinstance(a, AddConstraint) and scene.key(a.table) == key and not a.constraint.is_valid
        and a.constraint.name == action.name for a in scene.script[: scene.at]
    )  # fmt: skip
    if is_second_half and not scene.in_transaction:
        return
    yield Hit(f"nobody can use {action.table} while every row is checked against {action.name or 'all constraints'}",
              table=key)  # fmt: skip


def unchecked(action: SwitchConstraint, scene: Scene) -> Iterator[Hit]:
    """NOCHECK CONSTRAINT."""
    if not action.is_enabled and scene.is_busy(action.table):
        yield Hit(f"rows that break {action.name or 'foreign keys and checks'} are accepted by {action.table}",
                  table=scene.key(action.table))  # fmt: skip


def _known(action: DropConstraint, scene: Scene) -> Constraint | None:
    return scene.table(action.table).constraints.get(action.name)


def _kind(action: DropConstraint, scene: Scene) -> ConstraintKind | None:
    """What kind of constraint it is: as the schema says, or as its name does."""
    known = _known(action, scene)
    return known.kind if known else _PREFIXES.get(action.name.split("_", 1)[0])


def _is_ours(action: DropConstraint, scene: Scene) -> bool:
    made = (a for a in scene.script[: scene.at] if isinstance(a, AddConstraint))
    return not scene.is_busy(action.table) or any(
        a.constraint.name == action.name and scene.key(a.table) == scene.key(action.table) for a in made
    )


def _is_replaced(action: DropConstraint, kind: ConstraintKind | None, scene: Scene) -> bool:
    """Another constraint of the kind comes to the table, or the column or table goes as well."""
    key = scene.key(action.table)
    known = _known(action, scene)
    for other in (*scene.later, *scene.script[: scene.at]):
        if isinstance(other, AddConstraint) and scene.key(other.table) == key and other.constraint.kind is kind:
            is_default = kind is ConstraintKind.DEFAULT and known is not None and bool(known.columns)
            if not is_default or (known is not None and known.columns == other.constraint.columns):
                return True
    gone = [a.column for a in scene.later if isinstance(a, DropColumn) and scene.key(a.table) == key]
    return bool(gone) and (known is None or bool(set(gone) & set(known.columns)))


def lost_default(action: DropConstraint, scene: Scene) -> Iterator[Hit]:
    """DROP CONSTRAINT of a default."""
    if _kind(action, scene) is not ConstraintKind.DEFAULT or _is_ours(action, scene):
        return
    known = _known(action, scene)
    column = known.columns[0] if known and known.columns else "the column"
    if _is_replaced(action, ConstraintKind.DEFAULT, scene) or (known and scene.is_added_column(action.table, column)):
        return
    yield Hit(f"programs that do not write {action.table}.{column} store NULL, or fail", table=scene.key(action.table))


def lost_constraint(action: DropConstraint, scene: Scene) -> Iterator[Hit]:
    """DROP CONSTRAINT of a key, a foreign key or a CHECK; a default has its own rule."""
    kind = _kind(action, scene)
    if kind is ConstraintKind.DEFAULT or _is_ours(action, scene):
        return
    if kind is ConstraintKind.PRIMARY_KEY or not _is_replaced(action, kind, scene):
        yield Hit(f"rows that {action.name} refused are accepted by {action.table}", table=scene.key(action.table))


def lost_primary_key(action: DropConstraint, scene: Scene) -> Iterator[Hit]:
    """DROP CONSTRAINT of a primary key: when it is clustered the whole table and its indexes are built anew."""
    is_key = _kind(action, scene) is ConstraintKind.PRIMARY_KEY
    if not is_key or _is_ours(action, scene) or not scene.is_heavy(action.table):
        return
    known = _known(action, scene)
    if (known is None or "NONCLUSTERED" not in known.options) and not runs_online(action.options, scene):
        yield Hit(f"{action.table} becomes a heap, and its indexes are built anew, while nobody can use it",
                  table=scene.key(action.table))  # fmt: skip

