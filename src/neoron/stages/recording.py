"""What a run writes down as it goes: history rows, and the journal's word about each step."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from neoron import __version__
from neoron.engines.roles import HistoryRole, Writes
from neoron.model.encode import steps_to_json
from neoron.model.history import TIMED_BY_SERVER, AppliedMigration, Progress
from neoron.model.migration import Direction, Version
from neoron.model.plan import Plan, RecordKind, Step, StepKind, statements_digest
from neoron.stages.journal import Journal, now

# Outside a transaction these may be sent again, whatever became of the first time.
REPEATABLE = (StepKind.SETTING, StepKind.STASH, StepKind.RESTORE)
_PROGRESS = (RecordKind.ATTEMPTED, RecordKind.ADVANCED)


@dataclass
class Recorder:
    """Writes the history rows of one plan, and notes in its journal.

    Shape: is_asked_first says that an attempt counts only where the catalog does not show its work already: where it
    does, it could never tell later on whether the attempt had done it.
    """

    history: HistoryRole
    plan: Plan
    journal: Journal
    is_asked_first: bool = False
    _started: dict[Version, float] = field(default_factory=dict)
    _unsaid: set[Version] = field(default_factory=set)
    _made: set[Version] = field(default_factory=set)

    def begin(self, step: Step) -> None:
        """Start the clock of a migration with its first step."""
        self._started.setdefault(step.version, time.monotonic())

    def note_done(self, step: Step) -> None:
        """Note in the journal that a step was sent, with a hash of its text."""
        digest = hashlib.sha256(step.sql.encode()).hexdigest()[:16]
        self.journal.note("step", version=step.version, step=step.id, outcome="done", detail=digest)

    def leave_to_next(self, step: Step, following: Sequence[Step]) -> bool:
        """Whether the next write of the same transaction says all that this one says; the journal then has its note.

        Shape: an attempt right after the start makes the history's row.
        """
        if not following or following[0].kind is not StepKind.RECORD or following[0].version != step.version:
            return False
        if step.record is RecordKind.STARTED and following[0].record is RecordKind.ATTEMPTED:
            self.begin(step)
            self._unsaid.add(step.version)
            self._note(step)
            return True
        return step.record is RecordKind.ADVANCED

    def write(self, to: Writes, step: Step, *, is_ahead: bool = False) -> None:
        """Send a RECORD step.

        Shape: is_ahead says that the work it records goes with it, so that the server measures it.
        Raises: the driver's own error.
        """
        kind = step.record or RecordKind.TABLES
        if kind is RecordKind.TABLES:
            self.history.write(to, kind, AppliedMigration("", "", "", ""), "", "")
            return
        planned = self.plan.migration(step.version)
        elapsed_ms = TIMED_BY_SERVER if is_ahead else self._elapsed_ms(step.version)
        applied = self._applied(step, kind, elapsed_ms)
        if step.version in self._unsaid:
            self._unsaid.discard(step.version)
            kind = RecordKind.STARTED
        if kind is RecordKind.STARTED:
            self._made.add(step.version)
        is_told = kind in _PROGRESS or (kind is RecordKind.APPLIED and step.version in self._made)
        down = "" if is_told else steps_to_json(planned.down)
        self.history.write(to, kind, applied, down, planned.down_missing, self._first_probe(step))
        if step.record is not RecordKind.ADVANCED:
            self._note(step)

    def _note(self, step: Step) -> None:
        event, checksum = (step.record or RecordKind.TABLES).value, self.plan.migration(step.version).checksum
        self.journal.note(event, version=step.version, step=step.id, outcome="done", detail=checksum)

    def end_attempt(self, to: Writes, step: Step) -> None:
        """Send that the attempt of a step has ended, where one was noted, and left nothing.

        Raises: the driver's own error.
        """
        key = (RecordKind.ATTEMPTED, step.version, step.number)
        if attempt := next((s for s in self.plan.steps if (s.record, s.version, s.number) == key), None):
            ended = replace(self._applied(attempt, RecordKind.ATTEMPTED, 0), step_attempted=0)
            self.history.write(to, RecordKind.ATTEMPTED, ended, "", "")

    def _first_probe(self, attempt: Step) -> str:
        if not self.is_asked_first or attempt.record is not RecordKind.ATTEMPTED:
            return ""
        step = self._attempted[attempt.id, attempt.number]
        return "" if step.is_in_doubt else step.probe

    @cached_property
    def _attempted(self) -> dict[tuple[str, int], Step]:
        """The step that each attempt is about."""
        found: dict[tuple[str, int], Step] = {}
        following = self.plan.steps[-1]
        for step in reversed(self.plan.steps):
            if step.record is RecordKind.ATTEMPTED:
                found[step.id, step.number] = following
            elif step.kind not in REPEATABLE:
                following = step
        return found

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
