"""Which tables an action keeps everybody else out of until its transaction ends."""

from __future__ import annotations

from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterType,
    Drop,
    DropColumn,
    DropConstraint,
    LockTables,
    MoveToSchema,
    PartitionChange,
    Rename,
    TableChange,
    Truncate,
    Upkeep,
)
from neoron.sql.parts import ConstraintKind, Kind, Name

_LIGHT_COLUMN_CHANGES = frozenset({"set statistics", "set options"})
_LIGHT_TABLE_CHANGES = frozenset({"storage parameters", "cluster on", "comment", "stats", "trigger on", "trigger off"})


def exclusive_tables(action: Action) -> tuple[Name, ...]:
    """The tables that stay locked against readers; none for an action with a lighter lock.

    Source: PostgreSQL manual, 13.3.1 Table-level locks and ALTER TABLE; SQL Server manual, Sch-M locks.
    """
    match action:
        case AlterColumn(change=change) if change in _LIGHT_COLUMN_CHANGES:
            return ()
        case TableChange(change=change) if change in _LIGHT_TABLE_CHANGES:
            return ()
        case AddConstraint(constraint=constraint) if constraint.kind is ConstraintKind.FOREIGN_KEY:
            return ()
        case AddConstraint(domain=Name()):
            return ()
        case AddColumn() | DropColumn() | AlterType() | AlterColumn() | AddConstraint() | TableChange():
            return (action.table,)
        case DropConstraint(domain=None):
            return (action.table,)
        case Rename(kind=Kind.TABLE):
            return (action.old,)
        case Rename(table=Name() as table):
            return (table,)
        case MoveToSchema(kind=Kind.TABLE):
            return (action.name,)
        case PartitionChange(change=change) if change != "attach":
            return (action.table,)
        case Truncate():
            return action.tables
        case Drop(kind=Kind.TABLE):
            return action.names
        case LockTables(mode=mode) if "ACCESS EXCLUSIVE" in mode or not mode:
            return action.tables
        case Upkeep(work="cluster" | "vacuum full" | "refresh", is_concurrent=False):
            return action.tables
    return ()
