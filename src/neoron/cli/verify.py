"""neoron verify"""

from __future__ import annotations

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.model.check import Status

VERIFY_FAILED = 24


@make_command(name="verify")
def command(invocation: Invocation) -> int:
    """Check foreign keys and indexes, run the validations and the application checks; exit 24 when one fails."""
    from neoron.render.text import render_checks

    checks = invocation.project().verify()
    failed = any(c.status is Status.FAIL for c in checks)
    code = VERIFY_FAILED if failed else 0
    return invocation.emit({"checks": checks}, render_checks(checks, invocation.style()), exit_code=code)
