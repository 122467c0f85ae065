"""neoron preflight"""

from __future__ import annotations

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.model.check import Status


@make_command(name="preflight")
def command(invocation: Invocation) -> int:
    """Measure the target's size and the room for data and backups; exit 1 when a check fails."""
    from neoron.render.text import render_checks

    checks = invocation.project().preflight()
    failed = any(c.status is Status.FAIL for c in checks)
    return invocation.emit({"checks": checks}, render_checks(checks, invocation.style()), exit_code=int(failed))
