"""neoron backup list"""

from __future__ import annotations

from neoron.cli.backup_create import record_json
from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="list")
def command(invocation: Invocation) -> int:
    """List this project's backups, oldest first: good or not, how old, how long a restore takes, and why one failed."""
    from neoron.render.backups import render_backups

    found = invocation.project().backup_list()
    return invocation.emit({"backups": [record_json(b) for b in found]}, render_backups(found, invocation.style()))
