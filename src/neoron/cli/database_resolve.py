"""neoron database resolve"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.errors import UsageError


@make_command(name="resolve")
@click.option("--done", "is_done", is_flag=True, help="The statement was done; go on with the next one.")
@click.option("--again", "is_again", is_flag=True, help="The statement was not done; run it again.")
def command(invocation: Invocation, is_done: bool, is_again: bool) -> int:
    """Say whether a statement in doubt was done, when a run died in it and the catalog cannot tell."""
    if is_done == is_again:
        raise UsageError("give either --done or --again", next="neoron database status")
    step = invocation.project().database_resolve(is_done=is_done)
    verdict = "done" if is_done else "to be run again"
    onward = "neoron rollback" if "/down/" in step else "neoron database update"
    return invocation.emit({"step": step, "resolved": verdict}, f"{step} is {verdict}\nNext: {onward}")
