"""A range of migrations as one SQL script; needs no connection."""

from __future__ import annotations

from dataclasses import replace

from neoron.errors import SourceError
from neoron.model.encode import steps_to_json
from neoron.model.history import AppliedMigration, History
from neoron.model.migration import Migration, Version
from neoron.model.plan import BASE, Plan
from neoron.source.order import resolve
from neoron.stages.plan import plan_down, plan_up, planned_for
from neoron.stages.section import following
from neoron.stages.workspace import Workspace


def script(workspace: Workspace, start: str, end: str, *, is_idempotent: bool) -> str:
    """The SQL that goes from one version (exclusive) to another; down when start is newer than end.

    Raises: UsageError for an unknown version; PlanRefused when a step cannot be written as SQL.
    """
    # What a table is like when it runs is not known here: only Neoron itself stashes.
    plan = script_plan(replace(workspace, no_stash="a script is run by other hands"), start, end)
    if plan.is_empty:
        raise SourceError(f"nothing lies between {plan.from_version} and {plan.to_version}", state="")
    return workspace.engine.script.render(plan, is_idempotent=is_idempotent)


def script_plan(workspace: Workspace, start: str, end: str) -> Plan:
    """The plan of a script: it assumes a target that is exactly at start.

    Raises: as `script`.
    """
    migrations = workspace.migrations
    versions = [BASE, *(m.version for m in migrations)]
    first, last = resolve(start, migrations), resolve(end, migrations)
    at, to = versions.index(first), versions.index(last)
    before = migrations[:at]
    if to >= at:
        inputs = workspace.plan_inputs(_assumed(workspace, before))
        return plan_up(inputs, migrations[at:to], first)
    return _down(workspace, before, migrations[to:at], last)


def _assumed(workspace: Workspace, applied: tuple[Migration, ...]) -> History:
    """What the target is taken to hold; `exists` stays False, so that the script makes the history where it lacks."""
    rows = tuple(
        AppliedMigration(m.version, m.name, "", m.file_digest, m.parents, position)
        for position, m in enumerate(applied, 1)
    )
    history = History(False, rows, () if workspace.settings.alembic else None)
    inputs = workspace.plan_inputs(history)
    for migration in applied:
        if "engine" in migration.text.lower():
            inputs = following(inputs, workspace.compiler.compile(migration.version).up)
    return replace(history, unheld=inputs.history.unheld)


def _down(workspace: Workspace, before: tuple[Migration, ...], back: tuple[Migration, ...], end: Version) -> Plan:
    history = _assumed(workspace, before)
    inputs = workspace.plan_inputs(replace(history, exists=True))
    reverted = tuple(a for a in reversed(history.applied) if a.version in {m.version for m in back})

    def read_down(version: Version) -> tuple[str, str]:
        planned = planned_for(inputs, workspace.compiler.compile(version))
        return steps_to_json(planned.down), planned.down_missing

    return plan_down(inputs, reverted, end, read_down)
