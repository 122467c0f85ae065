"""The only sender of planned statements: transactions, retries, lost connections, the journal.

Engine differences are in the plan (groups, settings, probes) and in the roles; there is no branch on an
engine here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from neoron.engines.roles import Engine, FailedAt, Row, Session
from neoron.errors import MigrationError
from neoron.model.plan import Plan, Step, StepKind
from neoron.model.report import Fault, Outcome, StepResult
from neoron.sql.classify import classify
from neoron.stages.journal import Journal
from neoron.stages.locking import jittered
from neoron.stages.recording import REPEATABLE, Recorder
from neoron.stages.remains import DONE, CheckFailed, cleared, has_left_nothing, require_done, with_rows_left
from neoron.stages.stash_steps import is_held
from neoron.stages.whole import collect, end_of, fits, transact

LONGEST_PAUSE_S = 5.0


class _StepFailed(Exception):
    """One step of a group failed; carries which and why."""

    def __init__(self, index: int, error: BaseException) -> None:
        super().__init__(str(error))
        self.index = index
        self.error = error


@dataclass(frozen=True, slots=True)
class RunnerHooks:
    """What the runner needs from outside.

    Shape: reconnect gives a session that holds the deploy lock again; run_python runs a PYTHON step;
    on_step hears each result as it comes.
    """

    reconnect: Callable[[], Session]
    run_python: Callable[[Step, Session], None]
    on_step: Callable[[StepResult], None]


@dataclass
class Runner:
    """Sends one plan over one session that holds the deploy lock.

    Units: lock_timeout_ms and statement_timeout_ms bound every statement; attempts counts tries of a group.
    """

    engine: Engine
    session: Session
    plan: Plan
    journal: Journal
    hooks: RunnerHooks
    attempts: int = 10
    lock_timeout_ms: int = 2_000
    statement_timeout_ms: int = 0
    results: list[StepResult] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)
    _settings: list[str] = field(default_factory=list)
    _is_back: bool = False
    _is_followed: bool = False

    @cached_property
    def _recorder(self) -> Recorder:
        is_asked_first = not self.engine.effects.has_transactional_ddl
        return Recorder(self.engine.history, self.plan, self.journal, is_asked_first)

    def run(self) -> list[StepResult]:
        """Send every step in order, stopping at the first that fails.

        Changes: the target, as the plan says. Raises nothing of the driver: faults become results.
        """
        self._set_timeouts()
        for group, following in pairwise([*self.plan.groups(), ()]):
            self._is_followed = fits(self.session, following)
            outcome = self._bare(group[0]) if group[0].transaction is None else self._transaction(group)
            if outcome is not Outcome.DONE:
                break
        return self.results

    def _set_timeouts(self) -> None:
        self.session.set_timeouts(lock_timeout_ms=self.lock_timeout_ms, statement_timeout_ms=self.statement_timeout_ms)

    # Steps that commit together.

    def _transaction(self, group: Sequence[Step]) -> Outcome:
        attempt = 0
        while attempt < self.attempts:
            attempt += 1
            kept = self.journal.waiting
            try:
                send = self._send_whole if fits(self.session, group) else self._send_in_turn
                results, outcome = send(group, attempt)
            except _StepFailed as failed:
                fault = with_rows_left(self.session, self._fault(failed.error))
                self.journal.drop_waiting(kept)
                if self._may_retry(fault, attempt):
                    continue
                return self._group_failed(group, failed.index, self._named(fault, group[failed.index]), attempt)
            if outcome is None:
                self.journal.drop_waiting(kept)
                continue
            self._keep(results if outcome is Outcome.DONE else [replace(r, outcome=outcome) for r in results])
            return outcome
        return self._group_failed(group, 0, Fault("the connection was lost again and again", is_lost=True), attempt)

    def _send_in_turn(self, group: Sequence[Step], attempt: int) -> tuple[list[StepResult], Outcome | None]:
        results, token = self._send_group(group, attempt)
        return results, self._commit(group, token)

    def _send_whole(self, group: Sequence[Step], attempt: int) -> tuple[list[StepResult], Outcome | None]:
        """One statement, its history row and the journal in one message; None: it surely did not happen."""
        started, start_ms = time.monotonic(), self._now_ms()
        rows, touched = list[Row](), -1
        outcome: Outcome | None = Outcome.DONE
        try:
            self._require_alone()
            statements, rows = collect(self._recorder, group)
            touched = transact(self.session, statements, is_followed=self._is_followed)
        except FailedAt as failed:
            if not self.engine.faults.translate(failed.error).is_lost:
                self.session.rollback()
                raise _StepFailed(min(failed.index, 1), failed.error) from None
            outcome = self._ask_journal(rows)
        except self._expected() as error:
            self.session.rollback()
            if rows and self.engine.history.last_journal(self.session) == end_of(rows):  # the server was faster
                raise
            raise _StepFailed(0, error) from None
        if outcome is Outcome.DONE:
            self.journal.stored(rows)
        elapsed_ms = (time.monotonic() - started) * 1000
        first = StepResult(group[0], Outcome.DONE, touched if touched >= 0 else None, elapsed_ms, start_ms, attempt)
        return [first, self._result(group[1], attempt)], outcome

    def _ask_journal(self, rows: Sequence[Row]) -> Outcome | None:
        """Whether a message whose answer was lost has committed: the journal then ends with its rows.

        Who has the deploy lock again knows that the old session is gone, and with it all that it had not committed.
        """
        if not self._reconnected():
            return Outcome.UNKNOWN
        try:
            last = self.engine.history.last_journal(self.session)
        except self.engine.faults.errors():
            return Outcome.UNKNOWN
        if last == end_of(rows):
            return Outcome.DONE
        return None if last == (self.journal.seq, self.journal.last_hash) else Outcome.UNKNOWN

    def _send_group(self, group: Sequence[Step], attempt: int) -> tuple[list[StepResult], str]:
        results: list[StepResult] = []
        index = 0
        try:
            self._require_alone()
            self.session.begin()
            for index, step in enumerate(group):
                is_said_next = self._recorder.leave_to_next(step, group[index + 1 : index + 2])
                results.append(self._result(step, attempt) if is_said_next else self._send(step, attempt))
            self._write_journal()
            return results, self.session.commit_token()
        except BaseException as error:
            self.session.rollback()
            # A Python migration may raise anything; any other unknown error is a fault of ours and must show.
            is_python = group[index].kind is StepKind.PYTHON
            if isinstance(error, self._expected()) or (is_python and isinstance(error, Exception)):
                raise _StepFailed(index, error) from None
            raise

    def _commit(self, group: Sequence[Step], token: str) -> Outcome | None:
        """Commit; None means that it surely did not happen and may be tried again."""
        rows = self.journal.take()
        try:
            self.session.commit()
        except self.engine.faults.errors() as error:
            if not self.engine.faults.translate(error).is_lost:
                self.session.rollback()
                raise _StepFailed(len(group) - 1, error) from None
            committed = self._ask_after_loss(token)
            if not committed:
                return Outcome.UNKNOWN if committed is None else None
        self.journal.stored(rows)
        return Outcome.DONE

    def _ask_after_loss(self, token: str) -> bool | None:
        return self.session.commit_outcome(token) if self._reconnected() else None

    def _reconnected(self) -> bool:
        """A new session that holds the deploy lock: the old one is surely gone then, with all it had open."""
        self.session.close()
        self._is_back = True
        try:
            self.session = self.hooks.reconnect()
            self._set_timeouts()
            for setting in self._settings:
                self.session.execute(setting)
        except self._expected():
            return False
        return True

    def _require_alone(self) -> None:
        """Refuse to go on when another run had the lock while our connection was lost: the journal has moved on."""
        if not self._is_back:
            return
        if self.engine.history.last_journal(self.session) != (self.journal.seq, self.journal.last_hash):
            raise MigrationError("another run worked on this target while the connection was lost", state="")
        self._is_back = False

    def _group_failed(self, group: Sequence[Step], index: int, fault: Fault, attempt: int) -> Outcome:
        rolled_back = [StepResult(s, Outcome.SKIPPED, start_ms=self._now_ms()) for s in group[:index]]
        self._keep([*rolled_back, StepResult(group[index], Outcome.FAILED, None, 0.0, self._now_ms(), attempt, fault)])
        self._journal_failure(group[index], fault)
        return Outcome.FAILED

    # Steps that must run outside a transaction.

    def _bare(self, step: Step) -> Outcome:
        if step.kind is StepKind.SETTING:
            self._settings.append(step.sql)
        for attempt in range(1, self.attempts + 1):
            started = time.monotonic()
            try:
                self._require_alone()
                send = self._resume if step.is_in_doubt or attempt > 1 else self._send
                result = send(step, attempt)
                if self.engine.effects.has_transactional_ddl:  # elsewhere each statement is done wholly or not at all
                    require_done(self.session, step)
            except self._expected() as error:
                fault = self._fault(error)
                if fault.is_lost and not step.probe and step.kind not in REPEATABLE:
                    return self._bare_ended(step, Outcome.UNKNOWN, fault, attempt, started)
                if self._may_retry(fault, attempt):
                    continue
                self._clear_remains(step)
                self.session.rollback()
                is_refused = isinstance(error, self.engine.faults.errors()) and not fault.is_lost
                is_ended = is_refused and self._has_ended_attempt(step, fault)
                is_in_doubt = step.kind not in REPEATABLE and not step.probe and not is_ended
                fault = replace(self._named(fault, step), is_in_doubt=is_in_doubt)
                return self._bare_ended(step, Outcome.FAILED, fault, attempt, started)
            self._keep([result])
            return Outcome.DONE
        fault = Fault("the connection was lost again and again", is_lost=True)
        return self._bare_ended(step, Outcome.FAILED, fault, attempt, started)

    def _resume(self, step: Step, attempt: int) -> StepResult:
        """Ask the catalog what an interrupted step left, and do what is missing."""
        if step.kind in REPEATABLE and not step.probe:
            return self._send(step, attempt)
        if not step.probe:
            raise CheckFailed("an earlier run died in this statement, and the catalog cannot tell whether it was done")
        if cleared(self.session, step) == DONE:
            return self._result(step, attempt)
        before = self.plan.steps[self.plan.steps.index(step) - 1]
        if attempt > 1 and step.kind is StepKind.STATEMENT and is_held([before], step):
            self._send_stash(before)  # the lock went with the session, and others may have written since
        return self._send(step, attempt)

    def _result(self, step: Step, attempt: int) -> StepResult:
        """Of a step that has nothing to send."""
        return StepResult(step, Outcome.DONE, None, 0.0, self._now_ms(), attempt)

    def _clear_remains(self, step: Step) -> None:
        try:
            if step.probe:
                cleared(self.session, step)
        except self.engine.faults.errors():
            self.journal.note("remains", version=step.version, step=step.id, outcome="kept", detail=step.probe)

    def _has_ended_attempt(self, step: Step, fault: Fault) -> bool:
        """Take back the note of an attempt that the server refused: what others make meanwhile is not its work."""
        try:
            if is_ended := has_left_nothing(self.engine, self.session, step, fault):
                self.session.begin()
                self._recorder.end_attempt(self.session, step)
                self.session.commit()
        except self.engine.faults.errors():  # the note stays, and the next run asks the catalog
            self.session.rollback()
            return False
        return is_ended

    def _bare_ended(self, step: Step, outcome: Outcome, fault: Fault, attempt: int, started: float) -> Outcome:
        elapsed_ms = (time.monotonic() - started) * 1000
        self._keep([StepResult(step, outcome, None, elapsed_ms, self._now_ms(), attempt, fault)])
        self._journal_failure(step, fault)
        return outcome

    def _expected(self) -> tuple[type[BaseException], ...]:
        return (*self.engine.faults.errors(), CheckFailed, KeyboardInterrupt, MigrationError)

    def _send(self, step: Step, attempt: int) -> StepResult:
        started = time.monotonic()
        start_ms = self._now_ms()
        self._recorder.begin(step)
        rows = self._senders.get(step.kind, self._send_statement)(step)
        elapsed_ms = (time.monotonic() - started) * 1000
        if step.kind not in (StepKind.RECORD, StepKind.SETTING):
            self._recorder.note_done(step)
        return StepResult(step, Outcome.DONE, rows, elapsed_ms, start_ms, attempt)

    @cached_property
    def _senders(self) -> dict[StepKind, Callable[[Step], int | None]]:
        return {
            StepKind.PYTHON: self._send_python, StepKind.CHECK: self._send_check, StepKind.RECORD: self._send_record,
            StepKind.STASH: self._send_stash, StepKind.RESTORE: self._send_stash,
        }  # fmt: skip

    def _send_statement(self, step: Step) -> int | None:
        return rows if (rows := self.session.execute(step.sql)) >= 0 else None

    def _send_check(self, step: Step) -> int | None:
        if wrong := self.session.query(step.sql):
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise CheckFailed(f"{wrong[0][0]}{more}")
        return None

    def _send_stash(self, step: Step) -> int | None:
        return self.engine.stash.send(self.session, step, self.journal.run_id)

    def _send_python(self, step: Step) -> int | None:
        if step.transaction is None:  # its own: what it writes commits together, as far as no DDL is among it
            self.session.begin()
        self.hooks.run_python(step, self.session)
        if step.transaction is None:
            self.session.commit()
        return None

    def _send_record(self, step: Step) -> int | None:
        self._recorder.write(self.session, step)
        return None

    def _fault(self, error: BaseException) -> Fault:
        if isinstance(error, KeyboardInterrupt):
            return Fault("interrupted")
        if isinstance(error, self.engine.faults.errors()):
            return self.engine.faults.translate(error)
        if isinstance(error, (CheckFailed, MigrationError)):
            return Fault(str(error))
        return Fault(f"{type(error).__name__}: {' '.join(str(error).split())}")

    def _named(self, fault: Fault, step: Step) -> Fault:
        """The fault with the sessions that stood in the way, when it was a wait for a lock."""
        if not fault.is_lock_wait:
            return fault
        try:
            tables = classify(step.sql, self.engine.dialect).tables
            return replace(fault, blockers=self.engine.lock.blockers(self.session, tables))
        except self.engine.faults.errors():
            return fault

    def _may_retry(self, fault: Fault, attempt: int) -> bool:
        if attempt >= self.attempts or not (fault.is_retryable or fault.is_lost):
            return False
        if fault.is_lost and not self._reconnected():
            return False
        pause_s = min(LONGEST_PAUSE_S, 0.05 * 2**attempt)
        time.sleep(jittered(pause_s))
        return True

    def _write_journal(self) -> None:
        if rows := self.journal.take():
            self.engine.history.append_journal(self.session, rows)

    def _journal_failure(self, step: Step, fault: Fault) -> None:
        self.journal.note("step", version=step.version, step=step.id, outcome="failed", detail=fault.message)
        self.flush_journal()

    def flush_journal(self) -> None:
        """Store what waits in the journal in a transaction of its own; a journal not there yet waits on."""
        rows = self.journal.take()
        try:
            if not rows or not self.engine.history.read(self.session).exists:
                return
            self.session.begin()
            self.engine.history.append_journal(self.session, rows)
            self.session.commit()
        except self.engine.faults.errors():
            self.session.rollback()
            return
        self.journal.stored(rows)

    def _keep(self, results: Sequence[StepResult]) -> None:
        self.results += results
        for result in results:
            self.hooks.on_step(result)

    def _now_ms(self) -> float:
        return (time.monotonic() - self._started) * 1000
