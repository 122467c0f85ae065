"""neoron migrations merge"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="merge")
@click.argument("name", default="merge")
def command(invocation: Invocation, name: str) -> int:
    """Write a migration that follows all heads and does nothing else."""
    added = invocation.project().migrations_merge(name)
    return invocation.emit(added, f"wrote {added.path}\nNext: neoron database update")
