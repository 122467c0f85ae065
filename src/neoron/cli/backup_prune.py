"""neoron backup prune"""

from __future__ import annotations

import click

from neoron.cli.ages import days
from neoron.cli.backup_create import record_json
from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.errors import PlanRefused
from neoron.model.plural import plural


@make_command(name="prune")
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Keep the newest N good ones of each target.")
@click.option("--older-than", default="", metavar="AGE", help="Only what is older, such as 30d, 12h or 4w.")
@click.option("--dry-run", is_flag=True, help="Name what would go, and remove nothing.")
def command(invocation: Invocation, keep: int | None, older_than: str, dry_run: bool) -> int:
    """Remove old backups from the project's store.

    The newest good backup of a target always stays, whatever its age; one that failed or was never proven does not
    count, and goes once a younger good one is there.
    """
    older_than_days = days(older_than) if older_than else None
    project = invocation.project()
    old = project.backup_prune(keep=keep, older_than_days=older_than_days, is_dry=True)
    text = "\n".join(f"{record.id}  {'good' if record.is_good else 'not good'}" for record in old)
    if dry_run or not old:
        return invocation.emit({"removed": [], "old": [record_json(b) for b in old]}, text or "nothing to remove")
    count = plural(len(old), "backup")
    if not invocation.consent(f"This removes {count}:\n{text}\n"):
        raise PlanRefused(f"this removes {count}", next="run again with --yes; --dry-run names them")
    gone = project.backup_prune(keep=keep, older_than_days=older_than_days)
    return invocation.emit({"removed": [record_json(b) for b in gone], "old": []}, f"removed\n{text}")
