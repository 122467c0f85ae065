"""neoron rollback"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.options import no_stash_option
from neoron.cli.progress import ShownProgress


@make_command(name="rollback")
@click.argument("target", default="-1")
@click.option("--to-time", default="", metavar="TIME", help="Take back what was applied after a time, in UTC.")
@click.option("--last-run", is_flag=True, help="Take back all that the last run applied.")
@click.option("--dry-run", is_flag=True, help="Show the plan and send nothing.")
@no_stash_option
def command(
    invocation: Invocation, target: str, to_time: str, last_run: bool, dry_run: bool, no_stash: str
) -> int:
    """Take back what was applied after TARGET: an applied id or name, 0, or -N (default -1, the newest).

    The steps are those stored in the target when it was applied, so no file is needed. What the migration took away
    comes back where nobody has written since. What would be dropped is counted first, and asked about.
    """
    if bool(to_time) + last_run + (target != "-1") > 1:
        raise click.UsageError("TARGET, --to-time and --last-run exclude each other")
    target = f"time:{to_time}" if to_time else "last-run" if last_run else target
    project = invocation.project()
    if dry_run:
        from neoron.cli.database_update import plan_json
        from neoron.render.text import render_plan

        plan = project.rollback_plan(target, no_stash=no_stash)
        return invocation.emit(plan_json(plan), render_plan(plan, invocation.style()))
    invocation.require_protected_name(project)
    with ShownProgress(invocation) as progress:
        report = project.rollback(target, consent=invocation.consent, on_step=progress.step, no_stash=no_stash)
    page = project.keep_report(report)
    return invocation.emit_report(report, page=str(page))
