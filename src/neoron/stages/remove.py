"""Delete the newest migration file, never one that a target has applied."""

from __future__ import annotations

from neoron.errors import PlanRefused, UsageError
from neoron.model.migration import Migration
from neoron.source.order import heads
from neoron.stages.status import applied_versions
from neoron.stages.workspace import Workspace


def remove(workspace: Workspace, *, asks_target: bool) -> Migration:
    """Delete the newest migration file.

    Shape: asks_target is False for --force, which trusts the user that no target has it.
    Changes: the migrations folder.
    Raises: UsageError when there is none; PlanRefused when it is applied; TargetUnavailable.
    """
    if not workspace.migrations:
        raise UsageError("there is no migration to remove", next="neoron migrations list")
    newest = max(heads(workspace.migrations), key=workspace.migrations.index)
    if asks_target and workspace.engine.session.exists(workspace.url):
        session = workspace.connect()
        try:
            done = applied_versions(workspace.engine.history.read(session), workspace.migrations)
        finally:
            session.close()
        if newest.version in done:
            raise PlanRefused(
                f"{newest.version} {newest.name} is applied; removing its file would not undo it",
                where=str(workspace.url), next="take it back first: neoron rollback",
            )  # fmt: skip
    (workspace.settings.folder / newest.path).unlink()
    return newest
