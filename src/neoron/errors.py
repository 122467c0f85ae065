"""Every exception of Neoron, tree first; one exit code, one meaning.

Not here: the outcome of a run that had begun, which is a `Report` (model/report.py).

    MigrationError
    ├─ UsageError          64
    ├─ SourceError         65
    ├─ PlanRefused         10
    ├─ TargetUnavailable   69
    │  └─ TargetMissing    69
    ├─ TargetBusy          75
    ├─ BackupError         23
    └─ RowsRejected        25
"""

from __future__ import annotations

UNCHANGED = "Nothing changed."


class MigrationError(Exception):
    """A refusal or failure in one line: what, where, the state of the target, the next command.

    Shape: where is a place such as `migrations/0042_x.sql:7` or a target without its password.
    """

    exit_code = 20
    code = "failed"

    def __init__(self, message: str, *, where: str = "", state: str = UNCHANGED, next: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.state = state
        self.next = next

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        step = f" Next: {self.next}" if self.next else ""
        ending = "" if self.message.endswith((".", "!", "?")) else "."
        state = f" {self.state}" if self.state else ""
        return f"{place}{self.message}{ending}{state}{step}"


class UsageError(MigrationError):
    """Flags, configuration or a project that is not there."""

    exit_code = 64
    code = "usage"


class SourceError(MigrationError):
    """A migration file that cannot be read, ordered or trusted."""

    exit_code = 65
    code = "source"


class PlanRefused(MigrationError):
    """A plan that must not run: not approved, changed since, or without a way back."""

    exit_code = 10
    code = "refused"


class TargetUnavailable(MigrationError):
    """The database cannot be reached, is the wrong product or version, or lacks a right."""

    exit_code = 69
    code = "unavailable"


class TargetMissing(TargetUnavailable):
    """The database is not there; the server, or the folder, would let it be made."""


class TargetBusy(MigrationError):
    """The deploy lock or a lock of the database is held by another; try again later."""

    exit_code = 75
    code = "busy"


class BackupError(MigrationError):
    """A backup that was not taken, or was taken and cannot be restored."""

    exit_code = 23
    code = "backup"


class RowsRejected(MigrationError):
    """Rows that could not be imported, with their numbers and reasons."""

    exit_code = 25
    code = "rows"


EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "done with findings, drift or failed checks",
    10: "plan refused",
    20: "failed, nothing changed",
    21: "failed, part changed",
    22: "outcome unknown",
    23: "backup failed",
    24: "verify failed",
    25: "rows rejected",
    64: "usage or configuration",
    65: "migration files",
    70: "an error of Neoron itself",
    130: "interrupted",
    69: "target unavailable",
    75: "target busy, try again",
}
"""Exit code -> meaning; the docs' table is made from it."""
