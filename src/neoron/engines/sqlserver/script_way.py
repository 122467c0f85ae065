"""One migration in one direction, as the conditions and the writes of a script."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neoron.engines.ledger import HISTORY, Ledger
from neoron.engines.sqlserver import history
from neoron.engines.sqlserver.script_text import literal, stop_if
from neoron.model.migration import Direction, Version
from neoron.model.plan import PlannedMigration, RecordKind, statements_digest

# The same rows, with literals that no client takes a part of for its own.
_LEDGER: Ledger = replace(history.LEDGER, literal=literal)


@dataclass(frozen=True, slots=True)
class Way:
    """What the history says of a migration, as conditions, and what to write into it.

    Shape: done is "nothing left to do", undone its opposite, stale "begun or gone", begun "half-way"; early, unless
    empty, is "not its turn yet".
    """

    version: Version
    name: str
    done: str
    done_words: str
    did: str
    undone: str
    stale: str
    begun: str
    early: str
    why_early: str
    start_sql: str
    finish_sql: str
    apply_sql: str
    statements: tuple[str, ...]

    def step_done(self, number: int) -> str:
        """A condition: the half-way migration has come past the step."""
        return f"({self.begun} AND {_LEDGER.progress_condition(self.version, number)})"

    def advance_sql(self, number: int) -> str:
        """Note the step as done."""
        return _LEDGER.script_advance(self.version, number, statements_digest(self.statements[:number]))

    def may_begin(self) -> tuple[str, ...]:
        """Guards before the first statement."""
        stale = stop_if(self.stale, f"{self.version} was left half-way; nothing of it was run now")
        return (stop_if(self.early, self.why_early), stale) if self.early else (stale,)


def way(planned: PlannedMigration, direction: Direction, previous: Version | None) -> Way:
    """The conditions of one migration; previous is the version that the plan takes before it."""
    version = planned.version
    applied, known = _LEDGER.applied_condition(version), _LEDGER.known_condition(version)
    half_way = replace(planned, is_half_way=True)
    whole = replace(planned, is_half_way=False)
    if direction is Direction.UP:
        return Way(
            version, planned.name,
            done=applied, done_words="already applied", did="is applied", undone=f"NOT {applied}", stale=known,
            begun=_progress(version, "applying"),
            early=f"NOT {_LEDGER.applied_condition(previous)}" if previous else "",
            why_early=f"{version} follows {previous}, which is not applied",
            start_sql=_LEDGER.script_record(RecordKind.STARTED, half_way),
            finish_sql=_LEDGER.script_record(RecordKind.APPLIED, half_way),
            apply_sql=_LEDGER.script_record(RecordKind.APPLIED, whole), statements=planned.running,
        )  # fmt: skip
    revert = _LEDGER.script_record(RecordKind.REVERTED, planned)
    return Way(
        version, planned.name,
        done=f"NOT {known}", done_words="not applied", did="is taken back", undone=known,
        stale=f"NOT {applied}", begun=_progress(version, "reverting"),
        early=_LEDGER.known_condition(previous) if previous else _is_followed(version),
        why_early=f"{previous or 'a newer migration'} is still applied, and {version} goes after it",
        start_sql=_LEDGER.script_reverting(version), finish_sql=revert, apply_sql=revert,
        statements=planned.running,
    )  # fmt: skip


def _progress(version: Version, progress: str) -> str:
    return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE version = {literal(version)} AND progress = {literal(progress)})"


def _is_followed(version: Version) -> str:
    own = f"(SELECT position FROM {HISTORY} WHERE version = {literal(version)})"
    return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE position > {own})"
