"""Which statement of a way down takes back what, so that it stands beside the way up that did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterType,
    Create,
    CreateIndex,
    CreateTable,
    Drop,
    DropColumn,
    DropConstraint,
    Rename,
)
from neoron.sql.parts import Kind

Touched = tuple[str, ...]
"""What an action makes, removes or changes: a kind and names."""


def group_of(down: Sequence[Action], ups: Sequence[Sequence[Action]]) -> int:
    """The number of the last group of a way up whose work a statement of the way down takes back; 0 for none."""
    mine = touched(down)
    return max((n for n, actions in enumerate(ups) if mine & touched(actions)), default=0)


def touched(actions: Sequence[Action]) -> set[Touched]:
    """Everything that the actions make, remove or change."""
    return {found for action in actions for found in _touched(action)}


def _touched(action: Any) -> Iterator[Touched]:
    match action:
        case CreateTable():
            yield "table", action.table.name
        case AddColumn():
            yield "column", action.table.name, action.column.name
            yield from (("constraint", action.table.name, c.name) for c in action.column.constraints if c.name)
        case DropColumn():
            yield "column", action.table.name, action.column
        case AddConstraint():
            yield "constraint", action.table.name, action.constraint.name
        case DropConstraint():
            yield "constraint", action.table.name, action.name
        case AlterColumn():
            yield action.change.rpartition("set ")[2].removeprefix("drop "), action.table.name, action.column
        case AlterType():
            yield "type", action.table.name, action.column
        case CreateIndex():
            yield Kind.INDEX.value, action.index.name
        case Create():
            yield action.kind.value, action.name.name
        case Rename():
            yield "name", action.old.name
            yield "name", action.new
        case Drop():
            yield from ((action.kind.value, name.name) for name in action.names)
