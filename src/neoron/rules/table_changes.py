"""What ALTER TABLE's parts do to the table that the review carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from neoron.rules.scene import Scene, TableState
from neoron.sql.actions import (
    Action,
    AddColumn,
    AlterColumn,
    AlterType,
    DropColumn,
    DropConstraint,
    ValidateConstraint,
)
from neoron.sql.parts import Constraint, ConstraintKind

Tables = MutableMapping[str, TableState]


def changed_table(tables: Tables, action: Action, scene: Scene) -> None:
    """Apply an action on columns or constraints to its table; any other action changes nothing.

    Changes: tables.
    """
    change = _CHANGES.get(type(action))
    if change:
        table = action.table  # type: ignore[attr-defined]  # every action of the table has one
        tables[scene.key(table)] = change(action, scene.table(table))


def _add_column(action: AddColumn, table: TableState) -> TableState:
    column = action.column
    if action.if_not_exists and column.name in table.columns:
        return table
    made = {c.name or f"{c.kind.value} {column.name}": replace(c, columns=c.columns or (column.name,))
            for c in column.constraints}  # fmt: skip
    return replace(
        table, columns={**table.columns, column.name: column}, constraints={**table.constraints, **made},
        added_columns=table.added_columns | {column.name},
    )  # fmt: skip


def _drop_column(action: DropColumn, table: TableState) -> TableState:
    name = action.column
    return replace(
        table, columns={n: c for n, c in table.columns.items() if n != name},
        constraints={n: c for n, c in table.constraints.items() if name not in c.columns},
        indexes={n: i for n, i in table.indexes.items() if name not in i.columns},
        added_columns=table.added_columns - {name},
    )  # fmt: skip


def _alter_type(action: AlterType, table: TableState) -> TableState:
    old = table.columns.get(action.column)
    new = action.restated or (replace(old, type=action.type) if old else None)
    if new is None:
        return table
    name = action.new_name or action.column
    columns = {(name if n == action.column else n): (replace(new, name=name) if n == action.column else c)
               for n, c in table.columns.items()}  # fmt: skip
    return replace(table, columns={**columns, name: replace(new, name=name)}, written="")


def _alter_column(action: AlterColumn, table: TableState) -> TableState:
    old = table.columns.get(action.column)
    if old is None:
        return table
    known: Mapping[str, dict[str, Any]] = {
        "set not null": {"is_nullable": False}, "drop not null": {"is_nullable": True},
        "set default": {"default": action.value}, "drop default": {"default": None},
        "add identity": {"is_identity": True}, "drop identity": {"is_identity": False},
        "drop expression": {"generated": None},
    }  # fmt: skip
    changed = replace(old, **known.get(action.change, {}))
    return replace(table, columns={**table.columns, action.column: changed}, written="")


def _drop_constraint(action: DropConstraint, table: TableState) -> TableState:
    is_primary = action.kind is ConstraintKind.PRIMARY_KEY and not action.name
    kept = {n: c for n, c in table.constraints.items()
            if not (n == action.name or (is_primary and c.kind is ConstraintKind.PRIMARY_KEY))}  # fmt: skip
    return replace(table, constraints=kept)


def _validate(action: ValidateConstraint, table: TableState) -> TableState:
    known = table.constraints
    names = [action.name] if action.name else list(known)
    if action.name and action.name not in known:
        # Made before this plan; that it is valid now is all that is known of it.
        known = {**known, action.name: Constraint(ConstraintKind.CHECK, action.name)}
    return replace(table, constraints={n: (replace(c, is_valid=True) if n in names else c) for n, c in known.items()})


_CHANGES: Mapping[type[Action], Callable[[Any, TableState], TableState]] = {
    AddColumn: _add_column,
    DropColumn: _drop_column,
    AlterType: _alter_type,
    AlterColumn: _alter_column,
    DropConstraint: _drop_constraint,
    ValidateConstraint: _validate,
}
