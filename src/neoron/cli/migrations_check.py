"""neoron migrations check"""

from __future__ import annotations

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="check")
def command(invocation: Invocation) -> int:
    """Compare the models with what the migrations make; exit 1 when they differ."""
    changes = invocation.project().migrations_check()
    if not changes:
        return invocation.emit({"changes": changes}, "models and migrations are equal")
    listed = "\n".join(f"  {change}" for change in changes)
    text = f"models and migrations differ:\n{listed}\nNext: neoron migrations add NAME"
    return invocation.emit({"changes": changes}, text, exit_code=1)
