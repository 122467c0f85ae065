"""What the target says about itself: applied versions and half-done ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from neoron.model.migration import Version


class State(Enum):
    """The state of a migration for one target."""

    PENDING = "pending"
    APPLIED = "applied"
    ALTERED = "altered"
    MISSING = "missing"
    AHEAD = "ahead"
    PARTIAL = "partial"


class Progress(Enum):
    """Where an applied record stands; the last two only exist between the steps of a run."""

    APPLIED = "applied"
    APPLYING = "applying"
    REVERTING = "reverting"


TIMED_BY_SERVER = -1
"""In `elapsed_ms`, while a row is written: the server measures, because the row is sent before the work is done."""


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """One row of the history table.

    Shape: position counts applied migrations in the order they were applied; steps_done is the last
    step known to be complete and step_attempted the last one begun outside a transaction, both only
    meaningful while progress is not APPLIED; applied_at is an ISO 8601 text in UTC.
    Units: elapsed_ms is milliseconds.
    """

    version: Version
    name: str
    checksum: str
    file_digest: str
    parents: tuple[Version, ...] = ()
    position: int = 0
    progress: Progress = Progress.APPLIED
    steps_done: int = 0
    step_attempted: int = 0
    applied_at: str = ""
    applied_by: str = ""
    host: str = ""
    elapsed_ms: int = 0
    run_id: str = ""
    tool_version: str = ""
    done_digest: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The applied migrations of one target, oldest first.

    Shape: exists is False before the first run; alembic is the content of `alembic_version`, or None
    where the target has no such table; unheld are the tables, in lower case, whose rows no transaction takes back.
    """

    exists: bool = False
    applied: tuple[AppliedMigration, ...] = ()
    alembic: tuple[Version, ...] | None = None
    unheld: frozenset[str] = frozenset()

    @property
    def complete(self) -> tuple[AppliedMigration, ...]:
        """The rows whose migration is wholly applied."""
        return tuple(a for a in self.applied if a.progress is Progress.APPLIED)

    @property
    def partial(self) -> AppliedMigration | None:
        """The migration that an earlier run left half-way, if any."""
        return next((a for a in self.applied if a.progress is not Progress.APPLIED), None)
