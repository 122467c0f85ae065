"""Which statements end the open transaction by themselves."""

from __future__ import annotations

from neoron.sql.actions import Action, CreateTable, Drop, LockTables, Permission, Truncate, Upkeep


def is_schema_change(action: Action) -> bool:
    """Whether it changes the schema, for others than this session."""
    is_temporary = isinstance(action, CreateTable | Drop) and action.is_temporary
    return type(action).__module__.endswith("schema") and not is_temporary


def commits_implicitly(action: Action) -> bool:
    """Whether it commits what is open.

    Source: MySQL manual, 15.3.3 Statements That Cause an Implicit Commit.
    """
    return is_schema_change(action) or isinstance(action, Truncate | Permission | Upkeep | LockTables)
