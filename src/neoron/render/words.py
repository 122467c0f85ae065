"""The words, mark and tone of every outcome: one place for the terminal and the page."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.model.check import Status
from neoron.model.finding import Severity
from neoron.model.history import State
from neoron.model.plan import LockLevel
from neoron.model.report import Outcome, Verdict
from neoron.render.style import Tone


@dataclass(frozen=True, slots=True)
class Word:
    """How one member of an enum is shown."""

    mark: str
    text: str
    tone: Tone


Told = Verdict | Outcome | Status | Severity | LockLevel | State

_WORDS: dict[Told, Word] = {
    Verdict.DONE: Word("✓", "Done", Tone.GOOD),
    Verdict.DONE_WITH_FINDINGS: Word("!", "Done, with findings", Tone.WARN),
    Verdict.FAILED_UNCHANGED: Word("✗", "Failed, nothing changed", Tone.BAD),
    Verdict.FAILED_CHANGED: Word("✗", "Failed, part changed", Tone.BAD),
    Verdict.UNKNOWN: Word("?", "Outcome unknown", Tone.DOUBT),
    Verdict.VERIFY_FAILED: Word("✗", "Verification failed", Tone.BAD),
    Verdict.BUSY: Word("!", "Target busy, nothing changed", Tone.WARN),
    Outcome.DONE: Word("✓", "done", Tone.GOOD),
    Outcome.FAILED: Word("✗", "failed", Tone.BAD),
    Outcome.UNKNOWN: Word("?", "unknown", Tone.DOUBT),
    Outcome.SKIPPED: Word("-", "skipped", Tone.QUIET),
    Status.OK: Word("✓", "ok", Tone.GOOD),
    Status.WARN: Word("!", "warn", Tone.WARN),
    Status.FAIL: Word("✗", "fail", Tone.BAD),
    Status.UNKNOWN: Word("?", "unknown", Tone.DOUBT),
    Severity.ERROR: Word("✗", "error", Tone.BAD),
    Severity.WARNING: Word("!", "warning", Tone.WARN),
    Severity.INFO: Word("i", "info", Tone.QUIET),
    LockLevel.NONE: Word("-", "no lock", Tone.QUIET),
    LockLevel.WRITES: Word("!", "blocks writes", Tone.WARN),
    LockLevel.ALL: Word("!", "blocks reads and writes", Tone.BAD),
    LockLevel.UNKNOWN: Word("?", "lock unknown", Tone.DOUBT),
    State.PENDING: Word("-", "pending", Tone.WARN),
    State.APPLIED: Word("✓", "applied", Tone.GOOD),
    State.ALTERED: Word("✗", "altered", Tone.BAD),
    State.MISSING: Word("✗", "missing", Tone.BAD),
    State.AHEAD: Word("!", "ahead", Tone.DOUBT),
    State.PARTIAL: Word("✗", "partial", Tone.BAD),
}

_STATE_TONES = {_WORDS[member].text: _WORDS[member].tone for kind in (State, Status) for member in kind}


def word(member: Told) -> Word:
    """The word of an outcome, status, severity, lock level or state."""
    return _WORDS[member]


def tone_of_cell(text: str) -> Tone:
    """The tone of a table cell whose whole text is a state or a status."""
    return _STATE_TONES.get(text, Tone.NORMAL)
