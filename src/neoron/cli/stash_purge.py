"""neoron stash purge"""

from __future__ import annotations

import click

from neoron.cli.ages import days
from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.errors import PlanRefused
from neoron.model.plural import plural


@make_command(name="purge")
@click.option("--older-than", required=True, metavar="AGE", help="Such as 30d, 12h or 4w; 0d is everything.")
def command(invocation: Invocation, older_than: str) -> int:
    """Throw away what was kept longer ago than AGE; it cannot be put back any more."""
    older_than_days = days(older_than)
    what = f"his throws away what was stashed longer than {older_than} ago"
    if not invocation.consent(f"T{what}"):
        raise PlanRefused(f"t{what}", next="run again with --yes")
    gone = invocation.project().stash_purge(older_than_days=older_than_days)
    lines = [f"dropped {e.name} ({e.table}, {plural(e.row_count, 'row')})" for e in gone]
    text = "\n".join(lines) or "nothing is that old"
    return invocation.emit({"entries": gone}, text)
