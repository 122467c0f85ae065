"""neoron migrations script"""

from __future__ import annotations

from pathlib import Path

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.errors import UsageError


@make_command(name="script")
@click.argument("start", metavar="[FROM]", default="0")
@click.argument("end", metavar="[TO]", default="head")
@click.option("--idempotent", "-i", "is_idempotent", is_flag=True, help="Skip what is applied already.")
@click.option("--engine", default="", metavar="NAME", help="An engine's name (default: the environment's).")
@click.option("--output", "-o", default="", metavar="FILE", help="Write to a file instead of standard output.")
def command(invocation: Invocation, start: str, end: str, is_idempotent: bool, engine: str, output: str) -> int:
    """SQL from version FROM (exclusive, default 0) to TO (default head); a newer FROM gives the way down.

    The script has its own transactions, stops at the first error, takes the runner's lock and writes the history.
    """
    sql = invocation.project().migrations_script(start, end, is_idempotent=is_idempotent, engine=engine)
    if not output:
        return invocation.emit({"sql": sql, "file": ""}, sql.rstrip("\n"))
    try:
        Path(output).write_text(sql, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None
    return invocation.emit({"sql": sql, "file": output}, f"wrote {output}")
