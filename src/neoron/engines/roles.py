"""What an engine must offer: small protocols, filled by plain modules, held by one `Engine` record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from neoron.engines.physical_role import PhysicalRole
from neoron.engines.rows_role import RowsRole
from neoron.engines.url import Url
from neoron.errors import UsageError
from neoron.model.backup import BackupRecord
from neoron.model.history import AppliedMigration, History
from neoron.model.migration import Statement, Version
from neoron.model.plan import LockLevel, Plan, RecordKind, Step
from neoron.model.report import Fault
from neoron.model.schema import Schema, Table, TableContent, TableSize
from neoron.model.stash import Lost, StashEntry

Row = tuple[Any, ...]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is (0 when unknown)."""


Sent = tuple[str, Sequence[Any]]
"""A statement with its parameters."""


class Writes(Protocol):
    """What the history and the journal are written to."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Send one statement; the rows it touched, or -1. Raises: the driver's own error."""

    def execute_later(self, sql: str, parameters: Sequence[Any]) -> None:
        """Send one INSERT together with what comes next, where that saves a round trip. Raises: the driver's own."""


class Session(Writes, Protocol):
    """One connection to one target, in autocommit unless `begin` was called."""

    url: Url

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Send one query; all its rows, none for a statement without a result. Raises: the driver's own error."""

    def begin(self) -> None:
        """Open a transaction. Raises: the driver's own error."""

    def commit(self) -> None:
        """Commit it. Raises: the driver's own error; after a lost connection the outcome is unknown."""

    def rollback(self) -> None:
        """Roll it back if one is still open; never raises, so that the first error is kept."""

    def commit_token(self) -> str:
        """What `commit_outcome` needs to ask later about the open transaction. Raises: the driver's own error."""

    def commit_outcome(self, token: str) -> bool | None:
        """Whether that transaction committed; None when the server cannot tell. Raises: the driver's own error."""

    def set_timeouts(self, *, lock_timeout_ms: int, statement_timeout_ms: int) -> None:
        """Bound every wait from here on; 0 means no limit. Raises: the driver's own error."""

    def close(self) -> None:
        """Close it, whatever state it is in; never raises."""

    def alembic_connection(self) -> Any:
        """This connection as a SQLAlchemy one that shares the open transaction, for a Python step."""


@runtime_checkable
class WholeTransactions(Protocol):
    """A session that can send a small transaction as one message, which saves its other round trips."""

    def transact(self, statements: Sequence[Sent], *, is_followed: bool) -> int:
        """BEGIN, the statements and COMMIT in one message; the rows that the first statement touched, or -1.

        Shape: is_followed says that another one comes next, whose commit makes this one durable as well; until
        then a crash of the server may undo it, and never one that came before it alone.
        Raises: FailedAt with the driver's own error; after a lost connection the outcome is unknown.
        """


class FailedAt(Exception):
    """Statement number `index` of a whole transaction failed; an index past the end means the COMMIT."""

    def __init__(self, index: int, error: BaseException) -> None:
        super().__init__(str(error))
        self.index = index
        self.error = error


class SessionRole(Protocol):
    """engines/*/session.py"""

    def connect(self, url: Url, *, create: bool = False, read_only: bool = False) -> Session:
        """Open a session. Raises: TargetUnavailable."""

    def exists(self, url: Url) -> bool:
        """Whether the database is there. Raises: TargetUnavailable when the server is not."""

    def drop(self, url: Url) -> None:
        """Drop the whole database. Raises: TargetUnavailable, TargetBusy."""

    def server_version(self, session: Session) -> str:
        """The engine's version, such as `15.18`. Raises: the driver's own error."""

    def product(self, session: Session) -> str:
        """The name of the engine that the server is, whatever the URL calls it. Raises: the driver's own error."""

    def edition(self, session: Session) -> str:
        """The edition where it decides what statements cost, otherwise empty. Raises: the driver's own error."""

    def preflight(self, session: Session) -> None:
        """Refuse a read-only target or one that lacks a right. Raises: TargetUnavailable."""


class FaultsRole(Protocol):
    """engines/*/faults.py: the only place that looks into a driver's error."""

    def errors(self) -> tuple[type[BaseException], ...]:
        """The driver's error classes, for `except`."""

    def translate(self, error: BaseException) -> Fault:
        """A driver's error in our words."""


class HistoryRole(Protocol):
    """engines/*/history.py: the history and journal tables."""

    def read(self, session: Session) -> History:
        """What is applied; an empty history where the table is not there. Raises: the driver's own error."""

    def read_down(self, session: Session, version: Version) -> tuple[str, str]:
        """The stored way down of a version: steps as JSON, and why there are none. Raises: the driver's own error."""

    def table_statements(self) -> tuple[str, ...]:
        """The statements that create both tables where they are missing."""

    def record_sql(self, kind: RecordKind) -> str:
        """The text of a RECORD step, as a plan shows it."""

    def write(
        self, session: Writes, kind: RecordKind, applied: AppliedMigration, down_json: str, why: str,
        moot_if: str = "",
    ) -> None:  # fmt: skip
        """Send a RECORD step: no attempt where the query moot_if answers `done`, no way down where down_json is empty.

        Raises: the driver's own error.
        """

    def append_journal(self, session: Writes, rows: Sequence[Row]) -> None:
        """Append rows of (seq, at, run_id, event, version, step, outcome, detail, by, host, hash)."""

    def last_journal(self, session: Session) -> tuple[int, str]:
        """The last row's seq and hash; (0, "") for an empty journal. Raises: the driver's own error."""

    def read_journal(self, session: Session, limit: int) -> list[Row]:
        """The newest rows, newest first. Raises: the driver's own error."""


class LockRole(Protocol):
    """engines/*/lock.py: one deploy at a time; the lock dies with its owner."""

    def try_acquire(self, session: Session) -> bool:
        """Take the lock without waiting. Raises: the driver's own error."""

    def release(self, session: Session) -> None:
        """Give it back; never raises."""

    def holder(self, session: Session) -> str:
        """Who holds it: user, host, pid and since when; empty when nobody does. Raises: the driver's own error."""

    def blockers(self, session: Session, tables: Sequence[str]) -> tuple[str, ...]:
        """Sessions that hold locks on the tables, for an error's words. Raises: the driver's own error."""


class CatalogRole(Protocol):
    """engines/*/catalog.py: what is really there."""

    def schema(self, session: Session) -> Schema:
        """All user tables, indexes and foreign keys. Raises: the driver's own error."""

    def sizes(self, session: Session) -> tuple[TableSize, ...]:
        """Rows and bytes of each user table. Raises: the driver's own error."""

    def database_bytes(self, session: Session) -> int:
        """The size of the whole database. Raises: the driver's own error."""

    def free_bytes(self, session: Session) -> int | None:
        """Free space where the data lies, or None when the engine cannot tell. Raises: the driver's own error."""

    def content(self, session: Session, table: Table, columns: Sequence[str]) -> TableContent:
        """Row count and order-independent checksum over the columns. Raises: the driver's own error."""

    def broken_foreign_keys(self, session: Session) -> list[str]:
        """Foreign keys that rows break or that were never validated, in words. Raises: the driver's own error."""

    def invalid_indexes(self, session: Session) -> list[str]:
        """Indexes that are not usable, in words. Raises: the driver's own error."""

    def after(self, session: Session, schema: Schema, statements: Sequence[str]) -> Schema | None:
        """The schema that these statements would leave, without running them; None when it cannot be told.

        Raises: the driver's own error.
        """

    def filled(self, session: Session, table: str, column: str) -> int:
        """Rows of a table, or rows where a column is not NULL when one is named. Raises: the driver's own error."""

    def writes_by_table(self, session: Session) -> dict[str, int] | None:
        """A counter per table that grows with each write of any session; None where there is none."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a statement does to others, and how it may be run.

    Shape: probe as in `Step.probe`; refused says why it must not be in a migration at all; is_whole says that outside
    a transaction it leaves nothing when the server refuses it.
    """

    lock: LockLevel = LockLevel.UNKNOWN
    can_run_in_transaction: bool = True
    probe: str = ""
    refused: str = ""
    is_session: bool = False
    is_whole: bool = False


class EffectsRole(Protocol):
    """engines/*/effects.py: a statement's effect, each with its source."""

    has_transactional_ddl: bool

    def effect(self, statement: str) -> Effect:
        """The effect of one statement."""

    def unheld(self, statement: str, names: frozenset[str]) -> tuple[bool, frozenset[str]]:
        """Whether a statement writes rows of these tables, and which tables are like them after it.

        Shape: names, in lower case, are tables whose rows no transaction takes back (`History.unheld`).
        """

    def surround(self, statements: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Settings before, checks inside at the end, and settings after a transaction of these statements."""


class ScriptRole(Protocol):
    """engines/*/script.py: a plan as a text that guards itself and stops at its first error."""

    def render(self, plan: Plan, *, is_idempotent: bool) -> str:
        """The whole script. Raises: PlanRefused when the plan cannot be written as SQL."""


class BackupRole(Protocol):
    """engines/*/backup.py: back up with the engine's own tools, prove it, bring it back."""

    def create(self, session: Session, folder: Path, *, progress: Progress) -> BackupRecord:
        """Take a backup into an empty folder. Raises: BackupError."""

    def verify(self, session: Session, record: BackupRecord, folder: Path, *, progress: Progress) -> BackupRecord:
        """Restore it aside, compare every table, clear the copy away. Raises: BackupError."""


class RestoreRole(Protocol):
    """engines/*/restore.py: bring a backup back: load it beside the target, compare, swap the two, keep the old one.

    What lies beside has a name of the engine's own kind (a database, a file), and the target's own name is
    `url.database`. A killed call leaves the whole old or the whole new target.
    """

    def names(self, url: Url, mark: str) -> tuple[str, str]:
        """The names for what is loaded and for what it replaces; both hold the mark. Raises: UsageError."""

    def check(self, record: BackupRecord, folder: Path, back_to: str) -> None:
        """Compare every part with the record, and whether it can be brought to a time (empty: its own moment).

        Raises: BackupError.
        """

    def held(self, record: BackupRecord, folder: Path, *, progress: Progress) -> tuple[TableContent, ...]:
        """The tables of a backup with their checksums, for a comparison with the target. Raises: BackupError."""

    def load(
        self, url: Url, record: BackupRecord, folder: Path, aside: str, *, back_to: str, progress: Progress
    ) -> None:
        """Load it into `aside`, which is thrown away first if it is there, and compare it with the backup.

        Changes: what is called `aside` only. Raises: BackupError, TargetUnavailable.
        """

    def is_there(self, url: Url, name: str) -> bool:
        """Whether the target, or something beside it, is there. Raises: TargetUnavailable."""

    def holders(self, url: Url) -> tuple[str, ...]:
        """Who else is connected to the target, in words. Raises: TargetUnavailable."""

    def swap(self, url: Url, aside: str, safety: str, *, ends_sessions: bool) -> None:
        """Give the target's name to `aside`, and the name `safety` to what had it, in one step that is on disk then.

        Shape: called again after a kill it ends what it had begun; a target that is not there needs no safety copy.
        Raises: TargetBusy naming who holds it; UsageError where sessions cannot be ended; TargetUnavailable.
        """

    def drop(self, url: Url, name: str, *, ends_sessions: bool) -> None:
        """Throw away what lies beside the target, if it is there. Raises: TargetUnavailable, TargetBusy."""


class StashRole(Protocol):
    """engines/*/stash.py: keep what a step destroys, and put it back."""

    def lost(self, statement: str) -> tuple[Lost, ...]:
        """What a statement would take away, as its text tells."""

    def send(self, session: Session, step: Step, run_id: str) -> int:
        """Run a STASH or RESTORE step; how many rows it kept or put back. Raises: the driver's own error."""

    def entries(self, session: Session) -> tuple[StashEntry, ...]:
        """All that is kept, oldest first. Raises: the driver's own error."""

    def purge(self, session: Session, ids: Sequence[int]) -> None:
        """Throw kept things away. Changes: the target. Raises: the driver's own error."""


class NothingStashed:
    """The stash of an engine that has none yet: it keeps nothing, and so takes nothing for kept."""

    def lost(self, statement: str) -> tuple[Lost, ...]:
        """Nothing."""
        return ()

    def send(self, session: Session, step: Step, run_id: str) -> int:
        """Do nothing."""
        return 0

    def entries(self, session: Session) -> tuple[StashEntry, ...]:
        """None."""
        return ()

    def purge(self, session: Session, ids: Sequence[int]) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A role that an engine lacks, with the reason that help and docs show; using it is refused with that reason."""

    why: str

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UsageError(self.why)


@dataclass(frozen=True, slots=True)
class Engine:
    """A product: its name, its URL schemes, and the module that fills each role.

    Shape: dialect is SQLAlchemy's name; rebuilds_tables says that an ALTER may be a table rebuild, whose
    statements can only be written with the schema before it at hand; is_embedded says that the database
    is a file of this machine, server_keeps_backups that a backup is a file of the server's machine; wording,
    where there is one, changes how Alembic's operations are written.
    """

    name: str
    title: str
    schemes: tuple[str, ...]
    dialect: str
    oldest: str
    session: SessionRole
    faults: FaultsRole
    history: HistoryRole
    lock: LockRole
    catalog: CatalogRole
    effects: EffectsRole
    script: ScriptRole
    backup: BackupRole
    rows: RowsRole
    split: Callable[[str, str], list[Statement]]
    rebuilds_tables: bool = False
    is_embedded: bool = False
    server_keeps_backups: bool = False
    wording: Callable[..., None] | None = None
    stash: StashRole = field(default_factory=NothingStashed)
    restore: RestoreRole = field(default_factory=lambda: Unsupported("`restore` is not built for this engine yet"))
    physical: PhysicalRole = field(
        default_factory=lambda: Unsupported("physical backups are built for PostgreSQL and MariaDB alone")
    )


__all__ = [
    "BackupRole", "CatalogRole", "Effect", "EffectsRole", "Engine", "FailedAt", "FaultsRole", "HistoryRole",
    "LockRole", "PhysicalRole", "Progress", "RestoreRole", "Row", "RowsRole", "ScriptRole", "Sent", "Session",
    "SessionRole", "StashRole", "Step", "Unsupported", "WholeTransactions", "Writes",
]  # fmt: skip
