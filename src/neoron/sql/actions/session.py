"""Actions on storage, session and rights, and what cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.sql.actions.action import Action
from neoron.sql.parts import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep(Action):
    """Work on storage.

    Shape: work is `vacuum`, `vacuum full`, `cluster`, `reindex`, `refresh`, `analyze`, `optimize`, `rebuild`, `repair`,
    `shrink`, `checkdb`; tables may be empty for the whole database.
    """

    work: str
    tables: tuple[Name, ...] = ()
    is_concurrent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTables(Action):
    """LOCK TABLE, LOCK TABLES, WITH (TABLOCKX); mode is upper case and as written."""

    tables: tuple[Name, ...]
    mode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction(Action):
    """`begin`, `commit`, `rollback`, `savepoint`, `release`, `rollback to`, `prepare`."""

    verb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Action):
    """SET, PRAGMA, RESET; name is lower case, scope is `local`, `session`, `global`, `database`, `role` or empty."""

    name: str
    value: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission(Action):
    """GRANT, REVOKE, DENY, ALTER DEFAULT PRIVILEGES; verb is lower case."""

    verb: str
    on: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupChain(Action):
    """What touches backups or the log chain.

    Shape: work is `backup`, `restore`, `recover`, `recovery simple`, `recovery bulk`, `purge logs`, `reset logs`.
    """

    work: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsOnly(Action):
    """SELECT, EXPLAIN, SHOW, COMMENT, PRINT and what else changes no schema and no rows."""

    verb: str
    tables: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Action):
    """CALL, EXEC of a routine, SELECT of a function of the database's own: what it does stands elsewhere."""

    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs(Action):
    """A feature that the statement uses, and the version of the server since which it is known."""

    feature: str
    since: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread(Action):
    """What could not be read, and why: dynamic SQL put together at run time, a form unknown to the reader."""

    reason: str
    words: str = ""
