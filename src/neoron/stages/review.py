"""Review of a project's migrations, offline or for a live target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypedDict

from neoron.engines.roles import Session
from neoron.errors import PlanRefused
from neoron.model.finding import Finding, Severity
from neoron.model.migration import Direction, Form, Location, Migration
from neoron.model.plan import BASE, Plan, Step, StepKind
from neoron.rules.about_allowing import NO_WAY_DOWN
from neoron.rules.reviewer import Circumstances, review_readings
from neoron.source.order import resolve
from neoron.sql.actions import Reading, Unread
from neoron.sql.reading import Read, reader_of
from neoron.sql.reading.allowed import with_allowed
from neoron.stages.figures import Live, live_figures, with_figures
from neoron.stages.review_text import is_over
from neoron.stages.script import script_plan
from neoron.stages.update import needs_review, plan_to
from neoron.stages.workspace import Workspace

_DOWN = re.compile(r"^--[ \t]*migrate:down", re.MULTILINE)
_HAPPENING = (StepKind.STATEMENT, StepKind.PYTHON, StepKind.SETTING)


def review_range(workspace: Workspace, start: str, end: str, *, rules: Sequence[str] = ()) -> list[Finding]:
    """What the migrations after start up to end risk; without start the one that end names, or the newest.

    Raises: UsageError for an unknown version; SourceError for a fault of a file.
    """
    return review_plan(workspace, range_plan(workspace, start, end), rules=rules)


def range_plan(workspace: Workspace, start: str, end: str) -> Plan:
    """The plan of the migrations after start up to end; without start of the one that end names.

    Raises: UsageError for an unknown version; SourceError for a fault of a file.
    """
    if not start:
        versions = [BASE, *(m.version for m in workspace.migrations)]
        start = versions[max(versions.index(resolve(end, workspace.migrations)) - 1, 0)]
    return script_plan(workspace, start, end)


def review_live(workspace: Workspace, end: str, *, rules: Sequence[str] = ()) -> list[Finding]:
    """What the pending migrations risk on the target as it is now: its version, its rows, its sizes.

    Raises: MigrationError when the target cannot be reached or planned for.
    """
    session = workspace.connect()
    try:
        plan = plan_to(workspace, session, workspace.engine.history.read(session), end)
        return review_plan(workspace, plan, live=live_figures(workspace.engine, session), rules=rules)
    finally:
        session.close()


def require_reviewed(workspace: Workspace, session: Session, plan: Plan) -> list[Finding]:
    """Review a plan where the environment asks for it, before anything is sent; its findings.

    Raises: PlanRefused naming the first errors that no reason allows.
    """
    environment = workspace.settings.environment
    if plan.direction is not Direction.UP or not needs_review(environment):
        return []
    found = review_plan(workspace, plan, live=live_figures(workspace.engine, session))
    over = [finding for finding in found if is_over(finding, Severity.ERROR.value)]
    if over:
        first = over[0]
        more = len({(f.rule, f.message, f.at) for f in over}) - 1
        raise PlanRefused(
            f"review: {first.message} ({first.rule})" + (f", and {more} more" if more else ""),
            where=str(first.at or plan.target),
            next=f"neoron review --env {environment.name}; mend it, or allow it with a reason: "
            f"-- neoron: allow {first.rule} because …",
        )  # fmt: skip
    return found


def review_plan(
    workspace: Workspace, plan: Plan, *, live: Live | None = None, rules: Sequence[str] = ()
) -> list[Finding]:
    """What a plan risks, in the order of its statements.

    Raises: SourceError for a fault of a file.
    """
    found = review_readings(**script_of(workspace, plan, live=live, rules=rules))
    found = [*_allowed_in_python(workspace, plan, found), *_without_way_down(workspace, plan)]
    return [with_figures(finding, live) for finding in found] if live else found


class Script(TypedDict):
    """What `review_readings` is told of a plan."""

    statements: Sequence[Reading]
    given: Circumstances
    paths: Sequence[str]
    transactions: Sequence[int | None]
    before: Sequence[Reading]


def script_of(
    workspace: Workspace, plan: Plan, *, live: Live | None = None, rules: Sequence[str] = ()
) -> Script:
    """The statements of a plan, read, and all that a review of them is told.

    Raises: SourceError for a fault of a file.
    """
    steps = [step for step in plan.steps if step.kind in _HAPPENING and step.at]
    given = Circumstances(
        live.product if live else plan.engine, live.version if live else (), live.edition if live else "",
        rows=live.rows if live else {}, sizes_bytes=live.sizes_bytes if live else {}, opt_in=frozenset(rules),
    )  # fmt: skip
    return Script(
        statements=_readings(workspace, steps), given=given,
        paths=[step.at.path if step.at else "" for step in steps],
        transactions=[step.transaction for step in steps], before=_before(workspace, plan),
    )  # fmt: skip


def _readings(workspace: Workspace, steps: Sequence[Step]) -> list[Reading]:
    read = reader_of(workspace.engine.dialect)
    files = {m.path: m for m in workspace.migrations}
    found: list[Reading] = []
    for path, group in groupby(steps, key=lambda step: step.at.path if step.at else ""):
        run = list(group)
        members = [_reading(step, read(step.sql) if step.kind is not StepKind.PYTHON else ()) for step in run
                   if not _is_ours(step)]  # fmt: skip
        text = _up_text(files.get(path))
        told = iter(with_allowed(text, workspace.engine.dialect, members) if text else members)
        found += [_setting(step, read) if _is_ours(step) else next(told) for step in run]
    return found


def _is_ours(step: Step) -> bool:
    """Whether Neoron put the step there; a setting of the migration itself is kept for its session alone."""
    return step.kind is StepKind.SETTING and not step.is_session


def _setting(step: Step, read: Read) -> Reading:
    """What Neoron itself sets around a transaction, such as foreign keys off around the rebuild of a SQLite table."""
    return Reading(step.sql, step.at.line if step.at else 1, read(step.sql), is_ours=True)


def _reading(step: Step, actions: tuple[object, ...]) -> Reading:
    line = step.at.line if step.at else 1
    if step.kind is StepKind.PYTHON:
        reason = f"{step.note or 'it runs as Python'}, so what it sends is known only then"
        return Reading(step.sql, line, (Unread(reason=reason),))
    return Reading(step.sql, line, actions)  # type: ignore[arg-type]


def _up_text(migration: Migration | None) -> str:
    """The text in which comments may allow something: of a .sql file what stands before its way down."""
    if migration is None or migration.form is not Form.SQL:
        return ""
    down = _DOWN.search(migration.text)
    return migration.text[: down.start()] if down else migration.text


def _before(workspace: Workspace, plan: Plan) -> list[Reading]:
    """What the migrations before the plan made: it is there, large and busy."""
    planned = {step.version for step in plan.steps}
    read = reader_of(workspace.engine.dialect)
    made: list[Reading] = []
    for migration in workspace.migrations:
        if migration.version in planned:
            break
        for statement in workspace.compiler.compile(migration.version).up.statements:
            made.append(Reading(statement.text, statement.line, read(statement.text)))
    return made


def _allowed_in_python(workspace: Workspace, plan: Plan, found: list[Finding]) -> list[Finding]:
    planned = {step.version for step in plan.steps}
    for migration in workspace.migrations:
        if migration.form is Form.PYTHON and migration.version in planned and "neoron:" in migration.text:
            from neoron.stages.allow_python import allowed_in_python

            found = allowed_in_python(found, migration, plan.engine)
    return found


def _without_way_down(workspace: Workspace, plan: Plan) -> Iterator[Finding]:
    """A finding for each migration of a way up that only a restore can undo."""
    files = {m.version: m for m in workspace.migrations}
    for planned in plan.migrations if plan.direction is Direction.UP else ():
        if planned.down_missing and planned.version in files:
            path = files[planned.version].path
            rule = NO_WAY_DOWN
            yield Finding(
                rule.id, rule.category, rule.severity, f"{path} has no way down: only a restore can undo it",
                at=Location(path, 1), engine=plan.engine, line=1, advice=rule.instead,
            )  # fmt: skip
