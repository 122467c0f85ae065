"""How old the newest good backup is and how long it takes to bring back, against what the environment wants."""

from __future__ import annotations

from datetime import UTC, datetime

from neoron.errors import PlanRefused
from neoron.model.backup import BackupRecord
from neoron.model.check import Check, Status
from neoron.records.backup_store import store_of
from neoron.stages.workspace import Workspace

USUAL_RPO_S = 3600


def newest_good(workspace: Workspace) -> BackupRecord | None:
    """The target's newest backup that was restored aside and found equal."""
    found = store_of(workspace.settings).listed()
    good = [record for record in found if record.is_good and record.target == str(workspace.url)]
    return max(good, key=lambda record: record.created_at, default=None)


def age_s(record: BackupRecord) -> int:
    """Seconds since the moment that a backup holds."""
    return max(0, round((datetime.now(UTC) - datetime.fromisoformat(record.created_at)).total_seconds()))


def require_recent_backup(workspace: Workspace) -> None:
    """Refuse what takes no backup itself when the newest good one is older than `rpo_s`, or an hour.

    Raises: PlanRefused.
    """
    environment, newest = workspace.settings.environment, newest_good(workspace)
    limit_s = environment.rpo_s or USUAL_RPO_S
    if newest is None or age_s(newest) > limit_s:
        told = "there is none" if newest is None else f"the newest, {newest.id}, is {age_s(newest)} s old"
        raise PlanRefused(
            f"environment `{environment.name}` is protected and needs a good backup of the last {limit_s} s; {told}",
            where=str(workspace.url),
            next=f"neoron deploy --env {environment.name} takes one; or neoron backup create --env {environment.name}",
        )  # fmt: skip


def recovery_checks(workspace: Workspace, *, takes_backup: bool = False) -> list[Check]:
    """The age of the newest good backup against `rpo_s`, its measured restore time against `rto_s`.

    Shape: nothing with takes_backup, for a backup comes next, and that one is judged.
    """
    if takes_backup:
        return []
    environment, newest = workspace.settings.environment, newest_good(workspace)
    rpo_s, rto_s = environment.rpo_s or None, environment.rto_s or None
    if newest is None:
        status = Status.FAIL if rpo_s else Status.UNKNOWN
        return [Check("newest good backup", status, None, "s", rpo_s, "there is none; next: neoron backup create")]
    since_s, restore_s = age_s(newest), newest.restore_ms / 1000
    is_old = bool(rpo_s) and since_s > (rpo_s or 0)
    return [
        Check("newest good backup", Status.FAIL if is_old else Status.OK, since_s, "s", rpo_s, f"{newest.id}, its age"),
        restore_check(restore_s, rto_s, newest.id),
    ]


def restore_check(restore_s: float, rto_s: int | None, backup: str) -> Check:
    """A measured restore time against what the environment allows."""
    status = Status.FAIL if rto_s and restore_s > rto_s else Status.OK
    return Check("restore time", status, restore_s, "s", rto_s, f"{backup}, as it was restored aside")


def require_restore_time(workspace: Workspace, taken: BackupRecord) -> None:
    """Refuse to go on when the backup that was just taken would come back too slowly. Raises: PlanRefused."""
    rto_s = workspace.settings.environment.rto_s or None
    if restore_check(taken.restore_ms / 1000, rto_s, taken.id).status is Status.FAIL:
        raise PlanRefused(
            f"backup {taken.id} took {taken.restore_ms / 1000:.1f} s to restore, and `rto_s` is {rto_s}",
            where=str(workspace.url), next="raise `rto_s`, or make restores faster",
        )  # fmt: skip
