"""neoron restore"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.progress import ShownProgress

if TYPE_CHECKING:
    from neoron.stages.restore import Restored


@make_command(name="restore")
@click.argument("backup")
@click.option("--to-time", default="", metavar="TIME", help="Go back to a time, in UTC, with the server's log.")
@click.option("--end-sessions", is_flag=True, help="End the sessions that hold the database.")
@click.option("--discard-safety-copy", is_flag=True, help="Throw away what the last restore of BACKUP replaced.")
@click.option("--dry-run", is_flag=True, help="Say what would be lost, and change nothing.")
def command(
    invocation: Invocation, backup: str, to_time: str, end_sessions: bool, discard_safety_copy: bool, dry_run: bool
) -> int:
    """Put BACKUP (an id, a folder, or latest) in the target's place, in an emergency.

    What was written since is lost, and counted first. The backup is loaded beside the target and compared table by
    table; then the two change names in one step. What was there is kept as a safety copy until --discard-safety-copy.
    Killed at any point, the target is wholly the old or wholly the new one, and the same command goes on.
    """
    project = invocation.project()
    if discard_safety_copy:
        record = project.restore_discard(backup, consent=invocation.consent)
        return invocation.emit(record, f"threw away {record.safety}")
    if dry_run:
        with ShownProgress(invocation) as progress:
            found = project.restore_preview(backup, to_time=to_time, progress=progress.work)
        return _emit(invocation, found, is_done=False)
    invocation.require_protected_name(project)
    with ShownProgress(invocation) as progress:
        done = project.restore(
            backup, consent=invocation.consent, to_time=to_time, ends_sessions=end_sessions, progress=progress.work
        )
    return _emit(invocation, done, is_done=True)


def _emit(invocation: Invocation, restored: Restored, *, is_done: bool) -> int:
    from neoron.render.restored import render_restored

    result: dict[str, Any] = {
        "backup": restored.backup.id, "target": restored.record.target, "is_done": is_done,
        "safety_copy": restored.safety_copy if is_done else "", "restore_s": restored.record.restore_ms / 1000,
        "loss": restored.loss, "holders": restored.holders,
    }  # fmt: skip
    text = render_restored(
        restored.record, restored.loss, restored.backup, restored.holders, invocation.style(), is_done=is_done
    )
    return invocation.emit(result, text)
