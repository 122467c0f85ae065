"""neoron migrations list"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="list")
@click.option("--offline", is_flag=True, help="Only the files: no target is asked.")
@click.option("--engine", default="", metavar="NAME", help="With --offline: read .sql files as this engine does.")
def command(invocation: Invocation, offline: bool, engine: str) -> int:
    """List every migration with its state: pending, applied, altered, missing, ahead, partial."""
    from neoron.render.text import render_table

    project = invocation.project()
    found = project.migrations_offline(engine) if offline else project.migrations_list()
    headers = ("id", "name", "state", "applied at", "note")
    rows = [(s.id, s.name, s.state.value, s.applied_at[:19], s.detail) for s in found]
    text = render_table(headers, rows, invocation.style()) if rows else "no migrations; next: neoron migrations add"
    return invocation.emit({"migrations": found}, text)
