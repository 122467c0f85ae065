"""What a run writes down as it goes: history rows, and the journal's word about each step."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field, replace

from neoron import __version__
from neoron.engines.roles import HistoryRole, Writes
from neoron.model.encode import steps_to_json
from neoron.model.history import TIMED_BY_SERVER, AppliedMigration, Progress
from neoron.model.migration import Direction, Version
from neoron.model.plan import Plan, RecordKind, Step, statements_digest
from neoron.stages.journal import Journal, now


@dataclass
class Recorder:
    """Writes the history rows of one plan, and notes in its journal."""

    history: HistoryRole
    plan: Plan
    journal: Journal
    _started: dict[Version, float] = field(default_factory=dict)

    def begin(self, step: Step) -> None:
        """Start the clock of a migration with its first step."""
        self._started.setdefault(step.version, time.monotonic())

    def note_done(self, step: Step) -> None:
        """Note in the journal that a step was sent, with a hash of its text."""
        digest = hashlib.sha256(step.sql.encode()).hexdigest()[:16]
        self.journal.note("step", version=step.version, step=step.id, outcome="done", detail=digest)

    def write(self, to: Writes, step: Step, *, is_ahead: bool = False, is_moot: bool = False) -> None:
        """Send a RECORD step.

        Shape: is_ahead says that the work it records goes with it, so that the server measures it; is_moot that the
        catalog shows the work of an attempt before its first try, and so could never tell later on.
        Raises: the driver's own error.
        """
        kind = step.record or RecordKind.TABLES
        if kind is RecordKind.TABLES:
            self.history.write(to, kind, AppliedMigration("", "", "", ""), "", "")
            return
        planned = self.plan.migration(step.version)
        elapsed_ms = TIMED_BY_SERVER if is_ahead else self._elapsed_ms(step.version)
        applied = self._applied(step, kind, elapsed_ms)
        if is_moot:
            applied = replace(applied, step_attempted=0)
        self.history.write(to, kind, applied, steps_to_json(planned.down), planned.down_missing)
        if kind is not RecordKind.ADVANCED:
            self.journal.note(kind.value, version=step.version, step=step.id, outcome="done", detail=planned.checksum)

    def end_attempt(self, to: Writes, step: Step) -> None:
        """Send that the attempt of a step has ended, where one was noted, and left nothing.

        Raises: the driver's own error.
        """
        key = (RecordKind.ATTEMPTED, step.version, step.number)
        if attempt := next((s for s in self.plan.steps if (s.record, s.version, s.number) == key), None):
            ended = replace(self._applied(attempt, RecordKind.ATTEMPTED, 0), step_attempted=0)
            self.history.write(to, RecordKind.ATTEMPTED, ended, "", "")

    def _elapsed_ms(self, version: Version) -> int:
        now_s = time.monotonic()
        return round((now_s - self._started.get(version, now_s)) * 1000)

    def _applied(self, step: Step, kind: RecordKind, elapsed_ms: int) -> AppliedMigration:
        planned = self.plan.migration(step.version)
        half = Progress.APPLYING if self.plan.direction is Direction.UP else Progress.REVERTING
        is_end = kind is RecordKind.APPLIED
        attempted = kind is RecordKind.ATTEMPTED
        done = step.number - 1 if attempted else step.number
        return AppliedMigration(
            planned.version, planned.name, planned.checksum, planned.file_digest, planned.parents, planned.position,
            Progress.APPLIED if is_end else half,
            steps_done=int(planned.is_half_way) if is_end else done,
            step_attempted=step.number if attempted else 0,
            applied_at=now(), applied_by=self.journal.by, host=self.journal.host,
            elapsed_ms=elapsed_ms, run_id=self.journal.run_id, tool_version=__version__,
            done_digest="" if is_end else statements_digest(planned.running[:done]),
        )  # fmt: skip
