"""neoron demo"""

from __future__ import annotations

from pathlib import Path

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.progress import ShownProgress
from neoron.render.units import format_ms


@make_command(name="demo")
@click.argument("folder", metavar="[DIR]", default="neoron-demo")
@click.option("--rows", default=100_000, show_default=True, type=click.IntRange(1), help="Messages to generate.")
def command(invocation: Invocation, folder: str, rows: int) -> int:
    """Take the message store through the whole pipeline, on SQLite or on the database of --url.

    Lays the project out in DIR, fills version 1.0 with messages, deploys 1.1 and 1.2, rolls 1.2 back, deploys it
    again, and names the report. The database of --url must be empty.
    """
    from neoron.demo.tour import take_tour

    with ShownProgress(invocation) as progress:

        def told(title: str) -> None:
            invocation.note(title)

        tour = take_tour(
            Path(folder), rows=rows, url=invocation.url, told=told, progress=progress.work, on_step=progress.step
        )
    lines = [f"  {stop.title:<44} {format_ms(stop.elapsed_ms):>9}" for stop in tour.stops]
    text = "\n".join([
        *lines, f"project  {tour.folder}", f"report   {tour.page}",
        f"Next: cd {tour.folder} && neoron database status",
    ])  # fmt: skip
    return invocation.emit(tour, text, exit_code=tour.exit_code)
