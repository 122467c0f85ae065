"""The one shape of what happened, for terminal, JSON, HTML and audit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from neoron.model.backup import BackupRecord
from neoron.model.check import Check
from neoron.model.finding import Finding
from neoron.model.plan import Step
from neoron.model.schema import TableSize


class Outcome(Enum):
    """How one step ended; UNKNOWN when the connection was lost while committing."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class Verdict(Enum):
    """How a whole run ended; the value is its exit code."""

    DONE = 0
    DONE_WITH_FINDINGS = 1
    FAILED_UNCHANGED = 20
    FAILED_CHANGED = 21
    UNKNOWN = 22
    VERIFY_FAILED = 24
    BUSY = 75


@dataclass(frozen=True, slots=True)
class Fault:
    """A driver's error in our words: what the server said, and what may be done about it.

    Shape: is_unbegun says that the server refused a statement that changes rows before it changed one; is_in_doubt
    that a part of its work may be there, or of its transaction's, which nothing but a person can tell.
    """

    message: str
    code: str = ""
    is_lost: bool = False
    is_retryable: bool = False
    is_lock_wait: bool = False
    blockers: tuple[str, ...] = ()
    is_unbegun: bool = False
    is_in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one step.

    Units: elapsed_ms milliseconds; start_ms counts from the start of the run.
    """

    step: Step
    outcome: Outcome
    rows: int | None = None
    elapsed_ms: float = 0.0
    start_ms: float = 0.0
    attempts: int = 1
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """One stage of a run on its timeline, such as backup or verify."""

    name: str
    start_ms: float
    elapsed_ms: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything worth keeping of one run.

    Shape: target never holds a password; sizes_before and sizes_after list the same tables where both
    exist; message, where, state and next are one error in its parts, empty when the run succeeded.
    Units: elapsed_ms milliseconds; times ISO 8601 in UTC.
    """

    command: str
    run_id: str
    engine: str
    target: str
    digest: str
    from_version: str
    to_version: str
    verdict: Verdict
    started_at: str
    elapsed_ms: float
    by: str = ""
    host: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    results: tuple[StepResult, ...] = ()
    phases: tuple[Phase, ...] = ()
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    backup: BackupRecord | None = None
    sizes_before: tuple[TableSize, ...] = ()
    sizes_after: tuple[TableSize, ...] = ()
    message: str = ""
    where: str = ""
    state: str = ""
    next: str = ""

    @property
    def exit_code(self) -> int:
        """The process exit code of this outcome."""
        return self.verdict.value

    @property
    def is_ok(self) -> bool:
        """True when the run did what was asked, findings or not."""
        return self.verdict in (Verdict.DONE, Verdict.DONE_WITH_FINDINGS)
