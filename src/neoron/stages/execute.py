"""One run under the deploy lock: plan again, send, journal, and say how it ended."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from neoron.engines.roles import Engine, Session
from neoron.errors import PlanRefused
from neoron.model.backup import BackupRecord
from neoron.model.check import Check, Status
from neoron.model.finding import Finding
from neoron.model.history import History
from neoron.model.migration import Direction, Version
from neoron.model.plan import Plan, RecordKind, Step, StepKind
from neoron.model.report import Outcome, Phase, Report, StepResult, Verdict
from neoron.model.schema import TableSize
from neoron.stages.journal import Journal, now, user_name
from neoron.stages.locking import acquire
from neoron.stages.runner import Runner, RunnerHooks
from neoron.stages.stash import conflicts
from neoron.stages.status import current_version
from neoron.stages.workspace import Workspace

MakePlan = Callable[[Session, History], Plan]
OnStep = Callable[[StepResult, int], None]
Connect = Callable[[], Session]


def new_run_id() -> str:
    """An id that sorts by time: `20260102T030405-1a2b3c`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.urandom(3).hex()}"


@dataclass
class Run:
    """What one run gathers on its way to a report."""

    workspace: Workspace
    command: str
    on_step: OnStep = field(default=lambda result, count: None)
    run_id: str = field(default_factory=new_run_id)
    started_at: str = field(default_factory=now)
    results: list[StepResult] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    backup: BackupRecord | None = None
    sizes_before: tuple[TableSize, ...] = ()
    sizes_after: tuple[TableSize, ...] = ()
    _began: float = field(default_factory=time.monotonic)

    def elapsed_ms(self) -> float:
        """Milliseconds since the run began."""
        return (time.monotonic() - self._began) * 1000

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time one stage of the run; it is kept also when the stage fails."""
        start_ms = self.elapsed_ms()
        try:
            yield
        finally:
            self.phases.append(Phase(name, start_ms, self.elapsed_ms() - start_ms))

    @contextmanager
    def locked(self, session: Session) -> Iterator[None]:
        """Hold the deploy lock. Raises: TargetBusy."""
        environment = self.workspace.settings.environment
        with self.phase("lock"):
            acquire(
                self.workspace.engine, session, wait_ms=environment.deploy_lock_wait_ms,
                on_wait=lambda holder: self.workspace.notice(f"waiting for the deploy lock, held by {holder}"),
            )  # fmt: skip
        try:
            yield
        finally:
            self.workspace.engine.lock.release(session)

    def send(self, plan: Plan, session: Session) -> Session:
        """Send a plan; the results are kept, and the session to go on with is returned.

        Changes: the target, as the plan says.
        """
        workspace, environment = self.workspace, self.workspace.settings.environment
        journal = self._journal(session)
        journal.note("run", outcome="started", detail=f"{self.command} {plan.digest}{self._no_stash()}")
        with self.phase("steps"):
            offset_ms = self.elapsed_ms()
            runner = Runner(
                workspace.engine, session, plan, journal,
                RunnerHooks(self._reconnect, self._run_python, lambda r: self.on_step(r, len(plan.steps))),
                attempts=environment.lock_attempts, lock_timeout_ms=environment.lock_timeout_ms,
                statement_timeout_ms=environment.statement_timeout_ms,
            )  # fmt: skip
            results = runner.run()
            self.results += [replace(r, start_ms=r.start_ms + offset_ms) for r in results]
        if self.can_ask():
            # A connection lost only now takes the journal's last word along, and nothing of what was done.
            with suppress(*workspace.engine.faults.errors()):
                print_of = fingerprint(workspace.engine, runner.session)
                ending = f"{self.command} {plan.digest} {print_of}"
                journal.note("run", outcome=self.verdict().name.lower(), detail=ending)
                runner.flush_journal()
        return runner.session

    def _no_stash(self) -> str:
        return f"; no stash because {self.workspace.no_stash}" if self.workspace.no_stash else ""

    def _journal(self, session: Session) -> Journal:
        seq, last = self.workspace.engine.history.last_journal(session)
        return Journal(self.run_id, seq, last)

    def _reconnect(self) -> Session:
        session = self.workspace.connect()
        wait_ms = self.workspace.settings.environment.deploy_lock_wait_ms
        acquire(self.workspace.engine, session, wait_ms=wait_ms)
        return session

    def _run_python(self, step: Step, session: Session) -> None:
        direction = Direction.DOWN if "/down/" in step.id else Direction.UP
        self.workspace.compiler.run_python(step.version, direction, session.alembic_connection())

    def verdict(self) -> Verdict:
        """How the steps and checks so far have ended."""
        outcomes = {r.outcome for r in self.results}
        if Outcome.UNKNOWN in outcomes:
            return Verdict.UNKNOWN
        failed = next((r for r in self.results if r.outcome is Outcome.FAILED), None)
        if failed and self.has_changed():
            return Verdict.FAILED_CHANGED
        if failed:
            is_busy = failed.fault is not None and failed.fault.is_lock_wait
            return Verdict.BUSY if is_busy else Verdict.FAILED_UNCHANGED
        if any(c.status is Status.FAIL for c in self.checks):
            return Verdict.VERIFY_FAILED
        return Verdict.DONE_WITH_FINDINGS if any(c.status is Status.WARN for c in self.checks) else Verdict.DONE

    def can_ask(self) -> bool:
        """Whether the target still answers: no step ended with a lost connection."""
        return not any(r.fault and r.fault.is_lost for r in self.results) and self.verdict() is not Verdict.UNKNOWN

    def has_changed(self) -> bool:
        """Whether any step that alters the target was committed, or may have done a part outside a transaction."""
        return any(_may_have_altered(r) for r in self.results)

    def report(self, plan: Plan, *, to_version: Version = "", message: str = "", next: str = "") -> Report:
        """The report of what happened so far."""
        error = _error(self.results, plan) if not message else (message, "", next)
        state = _state(self, plan) if error[0] else ""
        return Report(
            self.command, self.run_id, plan.engine, plan.target, plan.digest, plan.from_version,
            to_version or plan.to_version, self.verdict(), self.started_at, self.elapsed_ms(),
            by=user_name(), host=_host(), versions=tuple((m.version, m.name) for m in plan.migrations),
            results=tuple(self.results), phases=tuple(self.phases), checks=tuple(self.checks),
            findings=tuple(self.findings), backup=self.backup, sizes_before=self.sizes_before,
            sizes_after=self.sizes_after, message=error[0], where=error[1], state=state, next=error[2],
        )  # fmt: skip


def fingerprint(engine: Engine, session: Session) -> str:
    """A short hash of the live schema, so that a later change by other hands shows as drift.

    Raises: the driver's own error.
    """
    return hashlib.sha256(repr(engine.catalog.schema(session)).encode()).hexdigest()[:16]


def _host() -> str:
    import socket

    return socket.gethostname()


def _alters(step: Step) -> bool:
    return step.kind is not StepKind.SETTING and step.record not in (RecordKind.TABLES, RecordKind.ATTEMPTED)


def _may_have_altered(result: StepResult) -> bool:
    if result.fault and result.fault.is_in_doubt and not result.step.is_in_doubt:
        return True
    return result.outcome is Outcome.DONE and _alters(result.step)


def _error(results: list[StepResult], plan: Plan) -> tuple[str, str, str]:
    bad = next((r for r in results if r.outcome in (Outcome.FAILED, Outcome.UNKNOWN)), None)
    if bad is None:
        return "", "", ""
    number = plan.steps.index(bad.step) + 1
    where = f"{bad.step.at or bad.step.id}, step {number}/{len(plan.steps)}"
    if bad.outcome is Outcome.UNKNOWN:
        return "the connection was lost while committing", where, "run the same command again: it asks the server first"
    fault = bad.fault
    blockers = f"; held by {', '.join(fault.blockers)}" if fault and fault.blockers else ""
    message = f"{fault.message if fault else 'failed'}{blockers}"
    if fault and fault.is_lock_wait:
        return message, where, "end those sessions or wait, then run the same command again"
    if fault and fault.is_in_doubt and bad.step.transaction is None:
        return message, where, "look at the target, then: neoron database resolve --done, or --again"
    edit = f"mend {bad.step.at.path}" if bad.step.at else "mend the cause"
    first = "look at those rows, " if fault and fault.is_in_doubt else ""
    return message, where, f"{first}{edit}, then run the same command again"


def _state(run: Run, plan: Plan) -> str:
    if run.verdict() is Verdict.UNKNOWN:
        return "It is unknown whether the last transactions were committed."
    if not run.has_changed():
        return "Nothing changed."
    ends = [r.step.version for r in run.results if r.outcome is Outcome.DONE and _is_end(r.step)]
    failed = next((r.step.version for r in run.results if r.outcome is Outcome.FAILED), "")
    half = any(r.step.version == failed and _may_have_altered(r) for r in run.results)
    verb = "Applied" if plan.direction is Direction.UP else "Taken back"
    whole = f"{verb}: {', '.join(ends)}." if ends else f"{verb}: none."
    left = next((r.fault for r in run.results if r.outcome is Outcome.FAILED and r.step.transaction is not None), None)
    if left and left.is_in_doubt:
        return f"{whole} Rows that {failed} wrote to tables without transactions were not rolled back."
    return f"{whole} {failed} is half-way." if half and failed not in ends else whole


def _is_end(step: Step) -> bool:
    return step.record in (RecordKind.APPLIED, RecordKind.REVERTED)


def run_plan(
    workspace: Workspace, command: str, make_plan: MakePlan, *, connect: Connect | None = None, digest: str = "",
    approve: Callable[[Plan, Session], None] = lambda plan, session: None, on_step: OnStep | None = None,
) -> Report:  # fmt: skip
    """Plan, take the lock, plan again, ask, send. A run with nothing to do takes no lock.

    Shape: connect opens the session where a plain one is not enough; digest, when given, is the one that was
    approved; approve refuses a plan by raising.
    Changes: the target, as the plan says.
    Raises: MigrationError for anything found before the first step.
    """
    engine = workspace.engine
    run = Run(workspace, command, on_step or (lambda result, count: None))
    session = (connect or workspace.connect)()
    try:
        seen = engine.history.read(session)
        plan = make_plan(session, seen)
        if plan.is_empty:
            return run.report(plan)
        with run.locked(session):
            history = engine.history.read(session)
            plan = plan if history == seen else make_plan(session, history)
            require_digest(plan, digest)
            if plan.is_empty:
                return run.report(plan)
            engine.session.preflight(session)
            approve(plan, session)
            session = run.send(plan, session)
            reached = plan.to_version if run.verdict() is Verdict.DONE else plan.from_version
            if run.verdict() is not Verdict.DONE and run.can_ask():
                reached = current_version(engine.history.read(session))
            elif plan.direction is Direction.DOWN:
                run.checks += conflicts(workspace, session, plan)
            return run.report(plan, to_version=reached)
    finally:
        session.close()


def require_digest(plan: Plan, digest: str) -> None:
    """Refuse a plan that is not the approved one.

    Raises: PlanRefused.
    """
    if digest and not plan.digest.startswith(digest):
        raise PlanRefused(
            f"the plan is now {plan.digest[:12]}, and {digest[:12]} was approved",
            next="look at the plan again: neoron database update --dry-run",
        )


