"""neoron completion"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(invocation: Invocation, shell: str) -> int:
    """Print the completion script of a shell, for example: neoron completion bash > ~/.neoron-complete.bash"""
    from click.shell_completion import get_completion_class

    from neoron.cli import cli

    found = get_completion_class(shell)
    assert found is not None
    source = found(cli, {}, "neoron", "_NEORON_COMPLETE").source()
    return invocation.emit({"shell": shell, "script": source}, source)
