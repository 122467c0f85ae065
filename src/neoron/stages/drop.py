"""Drop a whole database."""

from __future__ import annotations

from neoron.errors import PlanRefused
from neoron.stages.workspace import Workspace


def drop(workspace: Workspace) -> str:
    """Drop the target's database; nothing in it can be brought back but by a backup.

    Changes: the database is gone.
    Raises: PlanRefused for a protected environment; TargetUnavailable; TargetBusy naming who is connected.
    """
    environment = workspace.settings.environment
    if environment.protected:
        raise PlanRefused(
            f"environment `{environment.name}` is protected; its database cannot be dropped from here",
            where=str(workspace.url), next="use the engine's own client, if it must be",
        )  # fmt: skip
    workspace.engine.session.drop(workspace.url)
    return workspace.url.database
