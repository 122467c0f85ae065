"""neoron database drop"""

from __future__ import annotations

from neoron.cli.invocation import Invocation, database_name
from neoron.cli.invocation import command as make_command


@make_command(name="drop")
def command(invocation: Invocation) -> int:
    """Drop the whole database. Asks for its name; without a terminal only with --yes. Protected ones never."""
    project = invocation.project()
    name = database_name(project)
    invocation.require_name(name, f"Dropping the database `{name}` loses everything in it")
    project.database_drop()
    return invocation.emit({"database": name}, f"dropped {name}")
