"""neoron stash list"""

from __future__ import annotations

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="list")
def command(invocation: Invocation) -> int:
    """List what destructive steps would have lost: where it is kept, and why it is still there."""
    from neoron.render.text import render_table

    found = invocation.project().stash_list()
    headers = ("id", "kept in", "of", "rows", "by", "kept at", "note")
    rows = [
        (
            str(e.id), e.name, f"{e.table} ({', '.join(e.columns)})" if e.columns else e.table, f"{e.row_count:,}",
            f"{e.version} {e.direction}", e.kept_at, e.detail,
        )
        for e in found
    ]  # fmt: skip
    text = render_table(headers, rows, invocation.style()) if rows else "nothing is stashed"
    return invocation.emit({"entries": found}, text)
