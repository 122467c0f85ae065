"""Click groups that import a command's module only when it is called, and name the nearest on a typo."""

from __future__ import annotations

import difflib
import re
from importlib import import_module
from typing import Any

import click

Table = dict[str, tuple[Any, str]]
_STEPS_BACK = re.compile(r"-\d+")


class LazyGroup(click.Group):
    """A group whose commands are a table of names, modules and help lines."""

    def __init__(self, *args: Any, commands_table: Table, **options: Any) -> None:
        super().__init__(*args, **{"invoke_without_command": True, **options})
        self._table = commands_table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the table's order."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command. Raises: ImportError."""
        if cmd_name not in self._table:
            return None
        place, help_line = self._table[cmd_name]
        if isinstance(place, dict):
            return LazyGroup(cmd_name, commands_table=place, help=help_line, callback=_require_command)
        command: click.Command = import_module(place).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Find a command, or name the nearest. Raises: click.UsageError."""
        if args[0] not in self._table and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self._table, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else f" There are: {', '.join(self._table)}."
            raise click.UsageError(f"No command `{args[0]}`.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_place, line) in self._table.items()])


def _require_command() -> None:
    context = click.get_current_context()
    if context.invoked_subcommand is None and isinstance(context.command, click.Group):
        listed = ", ".join(context.command.list_commands(context))
        raise click.UsageError(f"`{context.command_path}` needs a command: {listed}", context)


class Command(click.Command):
    """A command whose last argument may be `-1`: so many steps back."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `-1` as a value, not as a flag."""
        back = [word for word in args if _STEPS_BACK.fullmatch(word)]
        if back:
            args = [*(word for word in args if word not in (*back, "--")), "--", *back]
        return super().parse_args(ctx, args)
