"""neoron data export"""

from __future__ import annotations

from pathlib import Path

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.progress import ShownProgress


@make_command(name="export")
@click.argument("tables", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="PATH", help="The file of one table; the folder of several.")
@click.option(
    "--format", "form", type=click.Choice(["json", "jsonl"]), default="json", show_default=True,
    help="One array of objects, or one object a line.",
)  # fmt: skip
@click.option("--root", default="", metavar="NAME", help="Put the array into an object, under this name (json).")
def command(invocation: Invocation, tables: tuple[str, ...], output: str, form: str, root: str) -> int:
    """Write TABLES to PATH, as SQL Server's FOR JSON PATH, INCLUDE_NULL_VALUES writes them.

    All tables are read as of one moment, ordered by their primary keys. A manifest holds rows, bytes and checksums.
    What is there already is not overwritten; an export that is killed leaves nothing under that name.
    """
    from neoron.render.text import render_table

    with ShownProgress(invocation) as progress:
        done = invocation.project().data_export(
            tables, Path(output), form=form, root=root, progress=progress.work
        )
    found = done.export.tables
    result = {
        "rows": sum(table.row_count for table in found), "rejected_rows": 0,
        "bytes": sum(table.size_bytes for table in found), "elapsed_ms": done.export.elapsed_ms,
        "checksum": done.checksum, "manifest": str(done.manifest), "is_one_moment": done.export.is_one_moment,
        "tables": found,
    }  # fmt: skip
    rows = [(table.table, table.file, f"{table.row_count:,}", f"{table.size_bytes:,}") for table in found]
    text = render_table(("table", "file", "rows", "bytes"), rows, invocation.style())
    return invocation.emit(result, f"{text}\nmanifest {done.manifest}")
