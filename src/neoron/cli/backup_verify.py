"""neoron backup verify"""

from __future__ import annotations

import click

from neoron.cli.backup_create import record_json
from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.progress import ShownProgress


@make_command(name="verify")
@click.argument("backup", default="latest")
def command(invocation: Invocation, backup: str) -> int:
    """Restore BACKUP (an id, a folder, or latest) aside and compare every table with its manifest."""
    from neoron.render.units import format_ms

    with ShownProgress(invocation) as progress:
        record = invocation.project().backup_verify(backup, progress=progress.work)
    text = f"{record.id}: restored aside and equal in {format_ms(record.restore_ms)}"
    return invocation.emit(record_json(record), text)
