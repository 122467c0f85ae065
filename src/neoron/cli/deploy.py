"""neoron deploy"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.options import no_stash_option
from neoron.cli.progress import ShownProgress


@make_command(name="deploy")
@click.argument("target", default="head")
@click.option("--digest", default="", metavar="HEX", help="Run only if the plan still has this digest.")
@click.option("--no-backup", is_flag=True, help="Do not take a backup first; protected environments refuse this.")
@no_stash_option
def command(invocation: Invocation, target: str, digest: str, no_backup: bool, no_stash: str) -> int:
    """Take the target to TARGET (default head): preflight, backup, lock, steps, validations, verify, report."""
    project = invocation.project()
    invocation.require_protected_name(project)
    with ShownProgress(invocation) as progress:
        report = project.deploy(
            target, consent=invocation.consent, digest=digest, takes_backup=not no_backup,
            on_step=progress.step, progress=progress.work, no_stash=no_stash,
        )  # fmt: skip
    page = project.keep_report(report)
    return invocation.emit_report(report, page=str(page))
