"""neoron migrations accept"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="accept")
@click.argument("version")
def command(invocation: Invocation, version: str) -> int:
    """Keep an applied migration's file as it is now: its checksum and way down are recorded, nothing is run."""
    return invocation.emit_report(invocation.project().migrations_accept(version))
