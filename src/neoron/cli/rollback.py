"""neoron rollback"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.progress import ShownProgress


@make_command(name="rollback")
@click.argument("target", default="-1")
def command(invocation: Invocation, target: str) -> int:
    """Take back what was applied after TARGET: an applied id or name, 0, or -N (default -1, the newest).

    The steps are those stored in the target when it was applied, so no file is needed. What would be dropped is
    counted first, and asked about.
    """
    project = invocation.project()
    invocation.require_protected_name(project)
    with ShownProgress(invocation) as progress:
        report = project.rollback(target, consent=invocation.consent, on_step=progress.step)
    page = project.keep_report(report)
    return invocation.emit_report(report, page=str(page))
