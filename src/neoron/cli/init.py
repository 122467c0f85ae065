"""neoron init"""

from __future__ import annotations

from pathlib import Path

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="init")
@click.argument("folder", metavar="[DIR]", default="", required=False)
@click.option("--sql", "is_sql", is_flag=True, help="Migrations in SQL files only: no models.py.")
def command(invocation: Invocation, folder: str, is_sql: bool) -> int:
    """Make a project: neoron.toml, migrations/, and models.py unless --sql.

    In a folder with alembic.ini the settings point at its versions folder; its history goes on from alembic_version.
    """
    from neoron.stages.init import init

    place = Path(folder or invocation.project_folder)
    written = init(place, with_models=not is_sql)
    lines = [f"wrote {path}" for path in written]
    is_adopted = (place / "alembic.ini").is_file()
    if is_adopted:
        invocation.note(
            "note: `alembic check` and autogenerate would drop neoron_history and neoron_journal as unknown tables; in"
            " env.py give context.configure(include_name=lambda name, *_: not str(name).startswith(\"neoron_\"))"
        )
    follow = "neoron migrations list" if is_adopted else "neoron migrations add initial" + (" --sql --empty" * is_sql)
    return invocation.emit({"files": [str(p) for p in written]}, "\n".join([*lines, f"Next: {follow}"]))
