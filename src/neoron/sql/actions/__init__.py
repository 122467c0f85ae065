"""What a statement does, in one vocabulary for every dialect: the readers write it, the rules read it.

A statement is a sequence of actions: an ALTER TABLE with three parts is three. Names are as the database compares
them: unquoted ones folded, quotes taken off. What a reader cannot tell stays at its default, which means "not said".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from neoron.sql.actions.action import Action
from neoron.sql.actions.rows import Delete, Insert, Load, Merge, ResetSequence, Truncate, Update, Where
from neoron.sql.actions.schema import (
    AddColumn,
    AddConstraint,
    Alter,
    AlterColumn,
    AlterIndex,
    AlterType,
    Create,
    CreateIndex,
    CreateTable,
    Drop,
    DropColumn,
    DropConstraint,
    DropOwned,
    MoveToSchema,
    PartitionChange,
    Rename,
    SwitchConstraint,
    TableChange,
    ValidateConstraint,
)
from neoron.sql.actions.session import (
    BackupChain,
    Call,
    LockTables,
    Needs,
    Permission,
    ReadsOnly,
    Setting,
    Transaction,
    Unread,
    Upkeep,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One statement and what it does.

    Shape: line counts from 1 in its file; allowed holds the rules that a `-- neoron: allow RULE because …` in front
    of it names, each with its reason and line; is_ours marks what Neoron puts around the user's statements: it
    happens, and nothing is said about it.
    """

    text: str
    line: int
    actions: tuple[Action, ...] = ()
    allowed: tuple[tuple[str, str, int], ...] = field(default=())
    is_ours: bool = False


__all__ = [
    "Action",
    "AddColumn",
    "AddConstraint",
    "Alter",
    "AlterColumn",
    "AlterIndex",
    "AlterType",
    "BackupChain",
    "Call",
    "Create",
    "CreateIndex",
    "CreateTable",
    "Delete",
    "Drop",
    "DropColumn",
    "DropConstraint",
    "DropOwned",
    "Insert",
    "Load",
    "LockTables",
    "Merge",
    "MoveToSchema",
    "Needs",
    "PartitionChange",
    "Permission",
    "Reading",
    "ReadsOnly",
    "Rename",
    "ResetSequence",
    "Setting",
    "SwitchConstraint",
    "TableChange",
    "Transaction",
    "Truncate",
    "Unread",
    "Update",
    "Upkeep",
    "ValidateConstraint",
    "Where",
]
