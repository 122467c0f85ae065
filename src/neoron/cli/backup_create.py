"""neoron backup create"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.progress import ShownProgress


@make_command(name="create")
@click.option(
    "--kind", type=click.Choice(["logical", "physical"]),
    help="A dump, or the server's files and log (PostgreSQL, MariaDB); without it as [backup] kind says.",
)  # fmt: skip
def command(invocation: Invocation, kind: str | None) -> int:
    """Back up the whole target with the engine's own tool, restore it aside, and compare every table."""
    from neoron.render.units import format_bytes, format_ms

    with ShownProgress(invocation) as progress:
        record = invocation.project().backup_create(kind=kind or "", progress=progress.work)
    text = (
        f"{record.id}: {format_bytes(record.size_bytes)} by {record.tool} in {format_ms(record.elapsed_ms)}; "
        f"restored aside and equal in {format_ms(record.restore_ms)}"
    )
    return invocation.emit(record_json(record), text)


def record_json(record: object) -> dict[str, object]:
    """A backup as every `backup` command shows it in JSON."""
    from neoron.model.backup import BackupRecord
    from neoron.model.encode import plain

    assert isinstance(record, BackupRecord)
    return {**plain(record), "restore_s": record.restore_ms / 1000, "sha256": record.files, "is_good": record.is_good}
