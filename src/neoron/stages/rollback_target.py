"""Where a rollback goes: a version, a name, so many steps, a time, or before the last run; and what to say of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from neoron.errors import UsageError
from neoron.model.history import AppliedMigration, History
from neoron.model.plan import Plan
from neoron.stages.status import current_version
from neoron.stages.workspace import Workspace

LAST_RUN, TO_TIME = "last-run", "time:"


def rollback_target(workspace: Workspace, history: History, target: str) -> str:
    """The applied version that a rollback goes to.

    Shape: target is an id or name of the history, `0`, `-N`, `last-run` for all that the last run applied, or
    `time:` and a time.

    Raises: UsageError naming the candidates.
    """
    if history.alembic and not history.exists:
        return current_version(history, workspace.migrations)
    rows = history.applied
    versions = ["0", *(a.version for a in rows)]
    if target == LAST_RUN:
        return versions[_before_last_run(rows)]
    if target.startswith(TO_TIME):
        return versions[_applied_by(rows, target.removeprefix(TO_TIME))]
    if target.startswith("-") and target[1:].isdigit():
        if int(target[1:]) >= len(versions):
            raise UsageError(
                f"{target} goes back further than the {len(rows)} that are applied", next="neoron migrations list"
            )
        return versions[-1 - int(target[1:])]
    found = [v for v in versions if v == target]
    found = found or [a.version for a in rows if a.name.casefold() == target.casefold().replace(" ", "_")]
    found = found or [v for v in versions if len(target) >= 4 and v.startswith(target)]
    if len(found) == 1:
        return found[0]
    candidates = ", ".join(f"{a.version} {a.name}" for a in reversed(rows[-6:])) or "nothing is applied"
    fits = f"fits {len(found)} applied migrations" if found else "is not applied"
    raise UsageError(f"`{target}` {fits}; rollback can go to: {candidates}, or 0", next="neoron migrations list")


def _before_last_run(rows: Sequence[AppliedMigration]) -> int:
    """How many rows were there before the last run. Raises: UsageError when nothing is applied."""
    if not rows:
        raise UsageError("nothing is applied, so there is no last run to take back", next="neoron migrations list")
    count = len(rows)
    while count and rows[count - 1].run_id == rows[-1].run_id:
        count -= 1
    return count


def _applied_by(rows: Sequence[AppliedMigration], text: str) -> int:
    """How many rows were applied by a time. Raises: UsageError for what is no time, or one that lies ahead."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"`{text}` is no time", next="write it like 2026-01-31T14:00, in UTC") from None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time > datetime.now(UTC):
        raise UsageError(f"{time:%Y-%m-%d %H:%M:%S} UTC lies ahead", next="write a time that has passed, in UTC")
    count = len(rows)
    while count and datetime.fromisoformat(rows[count - 1].applied_at) > time:
        count -= 1
    return count


def note_missing(workspace: Workspace, plan: Plan) -> None:
    """Say which migrations are taken back without their files."""
    known = {m.version for m in workspace.migrations}
    gone = [f"{m.version} {m.name}" for m in plan.migrations if m.version not in known]
    if gone:
        workspace.notice(f"note: no file here has {', '.join(gone)}; the steps stored in the target are used")


def note_one_way(workspace: Workspace, plan: Plan) -> None:
    """Say which migrations of a plan only a restore can undo."""
    for migration in plan.migrations:
        if migration.down_missing:
            workspace.notice(f"note: {migration.version} {migration.name}: {migration.down_missing}")
