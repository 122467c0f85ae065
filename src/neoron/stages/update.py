"""Bring a target to a version, up or down: `database update`, and the plans behind deploy and rollback."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from neoron.config import Environment
from neoron.engines.roles import Session
from neoron.errors import PlanRefused, UsageError
from neoron.model.history import AppliedMigration, History, Progress
from neoron.model.migration import Direction, Version
from neoron.model.plan import BASE, Plan
from neoron.model.report import Report
from neoron.source.order import HEAD, require_one_head, resolve
from neoron.stages.execute import OnStep, run_plan
from neoron.stages.loss import is_stashed, losses, worded
from neoron.stages.plan import adopted_versions, plan_down, plan_up, taken_back_versions
from neoron.stages.status import applied_versions, current_version, pending_until, require_fitting, states
from neoron.stages.workspace import Workspace

Consent = Callable[[str], bool]


def plan_to(workspace: Workspace, session: Session, history: History, target: str) -> Plan:
    """The plan that brings the target to a version: up, or down when that version is older.

    Raises: SourceError, PlanRefused, UsageError.
    """
    found = states(workspace.migrations, history, workspace.compiler)
    for state in found:
        if state.detail == "only its layout changed":
            workspace.notice(f"note: {state.path}: {state.detail} since it was applied; accepted")
    require_fitting(found, str(workspace.url))
    _require_agreement(workspace, history)
    current = current_version(history, workspace.migrations)
    end = resolve(target, workspace.migrations, current=current)
    if target == HEAD:
        require_one_head(workspace.migrations)
    partial = history.partial
    if partial and partial.progress is Progress.REVERTING:
        raise PlanRefused(
            f"{partial.version} is half-way back: an earlier rollback did not end",
            where=str(workspace.url), state=f"{partial.version} is half-way.", next="neoron rollback",
        )  # fmt: skip
    if _is_down(workspace, history, end, target):
        return plan_back(workspace, session, history, end)
    out_of_order = workspace.settings.out_of_order
    pending = pending_until(workspace.migrations, history, end, out_of_order=out_of_order)
    return plan_up(workspace.plan_inputs(history), pending, current)


def _is_down(workspace: Workspace, history: History, end: Version, target: str) -> bool:
    if target == HEAD:
        return False
    done = applied_versions(history, workspace.migrations)
    order = [BASE, *(m.version for m in workspace.migrations)]
    newer = [v for v in done if v in order and order.index(v) > order.index(end)]
    return bool(newer) and (end in done or end == BASE)


def plan_back(workspace: Workspace, session: Session, history: History, end: Version) -> Plan:
    """The plan that takes back everything applied after a version, by the steps stored in the target.

    Raises: PlanRefused when a migration has no way down or is half-way up.
    """
    history = _adopted_first(workspace, history)
    _require_agreement(workspace, history)
    reverted = to_revert(history, end)
    half = next((a for a in reverted if a.progress is Progress.APPLYING), None)
    if half:
        raise PlanRefused(
            f"{half.version} {half.name} is half-way up ({half.steps_done} steps done)", where=str(workspace.url),
            state=f"{half.version} is half-way.", next=f"finish it first: neoron database update {half.version}",
        )  # fmt: skip
    inputs = workspace.plan_inputs(history)
    return plan_down(inputs, reverted, end, lambda v: workspace.engine.history.read_down(session, v))


def _adopted_first(workspace: Workspace, history: History) -> History:
    adopted = adopted_versions(history, workspace.migrations)
    if not adopted:
        return history
    raise PlanRefused(
        f"Alembic applied {', '.join(adopted[-3:])}, and Neoron has not recorded the way down yet",
        where=str(workspace.url), next=f"record it first: neoron database update {adopted[-1]}",
    )  # fmt: skip


def _require_agreement(workspace: Workspace, history: History) -> None:
    gone = taken_back_versions(history, workspace.migrations)
    if gone:
        raise PlanRefused(
            f"Alembic has taken back {', '.join(gone[-3:])}, which the history still has", where=str(workspace.url),
            next=f"alembic upgrade {gone[-1]}, then run again; what Neoron applied, take back with neoron rollback",
        )  # fmt: skip


def to_revert(history: History, end: Version) -> tuple[AppliedMigration, ...]:
    """Applied rows after a version, newest first.

    Raises: UsageError naming the candidates when the version is not applied.
    """
    if end == BASE:
        return tuple(reversed(history.applied))
    at = next((a.position for a in history.applied if a.version == end), None)
    if at is None:
        candidates = ", ".join(f"{a.version} {a.name}" for a in reversed(history.applied[-6:])) or "nothing is applied"
        raise UsageError(f"{end} is not applied; rollback can go to: {candidates}, or 0")
    return tuple(a for a in reversed(history.applied) if a.position > at)


def update(
    workspace: Workspace, target: str, *, consent: Consent, digest: str = "", on_step: OnStep | None = None
) -> Report:
    """Apply or take back migrations until the target is at a version, creating the database when missing.

    Changes: the target.
    Raises: MigrationError for anything found before the first step.
    """
    environment = workspace.settings.environment

    def approve(plan: Plan, session: Session) -> None:
        if needs_review(environment):
            from neoron.stages.review import require_reviewed

            require_reviewed(workspace, session, plan)
        if environment.protected and workspace.engine.catalog.schema(session).tables:
            from neoron.stages.recovery_points import require_recent_backup

            require_recent_backup(workspace)
        require_consent(workspace, session, plan, consent)

    @cache
    def from_nothing() -> Plan:
        return plan_from_nothing(workspace, target)

    def make(session: Session, history: History) -> Plan:
        return from_nothing() if history == History() else plan_to(workspace, session, history, target)

    def connect() -> Session:
        return workspace.connect_or_create(from_nothing)

    return run_plan(
        workspace, "database update", make, connect=connect, digest=digest, approve=approve, on_step=on_step
    )


def needs_review(environment: Environment) -> bool:
    """Whether plans for an environment are reviewed before they run; the rules are only loaded where they are."""
    return environment.protected or "review" in environment.require


def require_consent(workspace: Workspace, session: Session, plan: Plan, consent: Consent) -> None:
    """Ask before a way back drops rows or values, with their number.

    Raises: PlanRefused naming what would be lost.
    """
    if plan.direction is not Direction.DOWN:
        return
    lost = losses(workspace.engine, session, plan)
    what = f"this drops {worded(lost)}"
    way = "take a backup first (neoron backup create), then run again with --yes"
    if is_stashed(lost, plan):
        what, way = f"{what}, kept in the stash", "run again with --yes; neoron stash list then shows what is kept"
    if lost and not consent(what[0].upper() + what[1:]):
        raise PlanRefused(what, where=plan.target, next=way)


def plan_from_nothing(workspace: Workspace, target: str) -> Plan:
    """The plan for a database that is not there yet.

    Raises: SourceError, UsageError.
    """
    end = resolve(target, workspace.migrations)
    pending = pending_until(workspace.migrations, History(), end, out_of_order="refuse")
    return plan_up(workspace.plan_inputs(History()), pending, BASE)


def dry_run(workspace: Workspace, target: str) -> Plan:
    """The plan that `update` would send; a missing database counts as empty.

    Raises: MigrationError.
    """
    if not workspace.engine.session.exists(workspace.url):
        return plan_from_nothing(workspace, target)
    session = workspace.connect()
    try:
        return plan_to(workspace, session, workspace.engine.history.read(session), target)
    finally:
        session.close()


