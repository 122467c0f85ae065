"""neoron migrations remove"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="remove")
@click.option("--force", is_flag=True, help="Do not ask the target whether it is applied there.")
def command(invocation: Invocation, force: bool) -> int:
    """Delete the newest migration file, unless it is applied: undoing is `neoron rollback`."""
    removed = invocation.project().migrations_remove(asks_target=not force)
    return invocation.emit(
        {"id": removed.version, "name": removed.name, "path": removed.path}, f"removed {removed.path}"
    )
