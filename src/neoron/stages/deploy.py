"""The whole way for a target that matters: preflight, backup, lock, steps, validations, verify, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neoron.engines.roles import Progress, Session
from neoron.errors import PlanRefused, TargetBusy
from neoron.model.check import Check, Status
from neoron.model.history import History
from neoron.model.migration import Direction
from neoron.model.plan import BASE, Plan
from neoron.model.report import Report, Verdict
from neoron.stages import backup as backup_stage
from neoron.stages.execute import OnStep, Run, require_digest
from neoron.stages.preflight import preflight, refuse_failed
from neoron.stages.recovery_points import require_restore_time
from neoron.stages.rollback_target import note_missing, note_one_way, rollback_target
from neoron.stages.stash import conflicts
from neoron.stages.status import current_version
from neoron.stages.update import Consent, needs_review, plan_back, plan_from_nothing, plan_to, require_consent
from neoron.stages.validate import Validation, read_validations, smoke, validate
from neoron.stages.verify import Snapshot, compare, integrity, snapshot
from neoron.stages.workspace import Workspace

AVAILABLE = ("backup", "review")
MakePlan = Callable[[Session, History], Plan]
NO_STEP: OnStep = lambda result, count: None  # noqa: E731 - a listener that does nothing


def deploy(
    workspace: Workspace, target: str, *, consent: Consent, digest: str = "", takes_backup: bool = True,
    on_step: OnStep = NO_STEP, progress: Progress = backup_stage.silent,
) -> Report:  # fmt: skip
    """Bring the target to a version through the whole pipeline.

    Changes: the target, and the project's backup store.
    Raises: MigrationError for anything found before the first step.
    """
    require_gates(workspace, takes_backup=takes_backup)
    run = Run(workspace, "deploy", on_step)
    session = (
        workspace.connect_or_create(lambda: plan_from_nothing(workspace, target))
        if workspace.engine.is_embedded else workspace.connect()
    )  # fmt: skip

    def make(session: Session, history: History) -> Plan:
        return plan_to(workspace, session, history, target)

    try:
        seen = workspace.engine.history.read(session)
        plan = make(session, seen)
        require_digest(plan, digest)
        if plan.is_empty:
            return _nothing_to_do(run, session, plan)
        note_one_way(workspace, plan)
        _ask_first(workspace, session, plan, consent, seen)
        _review(run, session, plan)
        with run.phase("preflight"):
            run.checks += preflight(workspace, session, plan, takes_backup=takes_backup)
        refuse_failed(run.checks, str(workspace.url))
        if takes_backup:
            with run.phase("backup"):
                run.backup = backup_stage.create(workspace, session, progress=progress)
            require_restore_time(workspace, run.backup)
        return _under_lock(run, session, make, plan.digest)
    finally:
        session.close()


def _review(run: Run, session: Session, plan: Plan) -> None:
    """Review the plan where the environment asks for it. Raises: PlanRefused."""
    if needs_review(run.workspace.settings.environment):
        from neoron.stages.review import require_reviewed

        with run.phase("review"):
            run.findings += require_reviewed(run.workspace, session, plan)


def rollback(
    workspace: Workspace, target: str, *, consent: Consent, on_step: OnStep = NO_STEP
) -> Report:
    """Take back what was applied after a version, by the steps stored in the target, and verify.

    Changes: the target.
    Raises: MigrationError for anything found before the first step.
    """
    run = Run(workspace, "rollback", on_step)
    session = workspace.connect()

    def make(session: Session, history: History) -> Plan:
        return plan_back(workspace, session, history, rollback_target(workspace, history, target))

    try:
        seen = workspace.engine.history.read(session)
        plan = make(session, seen)
        if plan.is_empty:
            return run.report(plan)
        note_missing(workspace, plan)
        _ask_first(workspace, session, plan, consent, seen)
        return _under_lock(run, session, make, plan.digest)
    finally:
        session.close()


def rollback_plan(workspace: Workspace, target: str) -> Plan:
    """The plan that `rollback` would send. Raises: MigrationError."""
    session = workspace.connect()
    try:
        history = workspace.engine.history.read(session)
        return plan_back(workspace, session, history, rollback_target(workspace, history, target))
    finally:
        session.close()


def _ask_first(
    workspace: Workspace, session: Session, plan: Plan, consent: Consent, seen: History
) -> None:
    """Ask before the lock is taken, so that nobody waits for an answer.

    Raises: PlanRefused without consent; TargetBusy when another run changed the target meanwhile.
    """
    try:
        require_consent(workspace, session, plan, consent)
    except workspace.engine.faults.errors():
        if workspace.engine.history.read(session) == seen:
            raise
        raise TargetBusy(
            "another run changed the target while it was looked at", where=str(workspace.url),
            next="run the same command again",
        ) from None  # fmt: skip


def require_gates(workspace: Workspace, *, takes_backup: bool) -> None:
    """Refuse when the environment requires a gate that would not be passed.

    Raises: PlanRefused.
    """
    environment = workspace.settings.environment
    missing = [gate for gate in environment.require if gate not in AVAILABLE]
    if missing:
        raise PlanRefused(
            f"environment `{environment.name}` requires {', '.join(missing)}, which this version cannot do yet",
            where=workspace.settings.file, next=f"remove it from `require` under [environments.{environment.name}]",
        )  # fmt: skip
    if not takes_backup and ("backup" in environment.require or environment.protected):
        raise PlanRefused(
            f"environment `{environment.name}` requires a backup", where=workspace.settings.file,
            next="deploy without --no-backup",
        )  # fmt: skip


def _nothing_to_do(run: Run, session: Session, plan: Plan) -> Report:
    with run.phase("verify"):
        run.checks += integrity(run.workspace.engine, session)
    return run.report(plan)


def _under_lock(run: Run, session: Session, make: MakePlan, digest: str) -> Report:
    engine = run.workspace.engine
    validations = read_validations(run.workspace)
    with run.locked(session):
        plan = make(session, engine.history.read(session))
        require_digest(plan, digest)
        engine.session.preflight(session)
        with run.phase("snapshot"):
            before = snapshot(engine, session, plan)
            run.sizes_before = engine.catalog.sizes(session)
        session = run.send(plan, session)
        verdict = run.verdict()
        if not run.can_ask():
            return run.report(plan, to_version=plan.from_version)
        try:
            _verify(run, session, before)
            if plan.direction is Direction.DOWN:
                run.checks += conflicts(run.workspace, session, plan)
            reached = current_version(engine.history.read(session))
            if verdict in (Verdict.DONE, Verdict.DONE_WITH_FINDINGS) and reached != BASE:
                _validate(run, session, validations)
        except engine.faults.errors() as error:
            # The steps are done: what cannot be verified is a failed check in their report, not an error instead of it.
            reached = plan.to_version if verdict is Verdict.DONE else plan.from_version
            run.checks.append(Check("verify", Status.FAIL, detail=engine.faults.translate(error).message))
    return _ended(run, plan, reached)


def _verify(run: Run, session: Session, before: Snapshot) -> None:
    engine = run.workspace.engine
    with run.phase("verify"):
        run.checks += compare(engine, session, before) + integrity(engine, session)
        run.sizes_after = engine.catalog.sizes(session)


def _validate(run: Run, session: Session, validations: Sequence[Validation]) -> None:
    with run.phase("validations"):
        run.checks += validate(run.workspace, session, validations)
    if run.workspace.settings.smoke:
        with run.phase("smoke"):
            run.checks += smoke(run.workspace)


def _ended(run: Run, plan: Plan, reached: str) -> Report:
    failed: list[Check] = [c for c in run.checks if c.status is Status.FAIL]
    if run.verdict() is Verdict.VERIFY_FAILED:
        named = "; ".join(f"{c.name}: {c.detail}" for c in failed)
        undo = f"neoron rollback {plan.from_version}" if plan.direction is Direction.UP else "neoron deploy"
        return run.report(plan, to_version=reached, message=f"verify failed: {named}", next=undo)
    return run.report(plan, to_version=reached)
