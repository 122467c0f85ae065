"""neoron backup list"""

from __future__ import annotations

from neoron.cli.backup_create import _json
from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="list")
def command(invocation: Invocation) -> int:
    """List this project's backups, oldest first."""
    from neoron.render.text import render_table
    from neoron.render.units import format_bytes

    found = invocation.project().backup_list()
    headers = ("id", "target", "version", "size", "verified at")
    rows = [(b.id, b.target, b.version, format_bytes(b.size_bytes), b.verified_at[:19] or "never") for b in found]
    text = render_table(headers, rows, invocation.style()) if rows else "no backups; next: neoron backup create"
    return invocation.emit({"backups": [_json(b) for b in found]}, text)
