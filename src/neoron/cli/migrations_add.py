"""neoron migrations add"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.errors import UsageError


@make_command(name="add")
@click.argument("name")
@click.option("--empty", "is_empty", is_flag=True, help="A file to write by hand; models are not compared.")
@click.option("--sql", "as_sql", is_flag=True, help="A .sql file for this project's engine instead of a .py file.")
@click.option("--rename", "renames", multiple=True, metavar="OLD:NEW", help="A column or table that was renamed.")
def command(
    invocation: Invocation, name: str, is_empty: bool, as_sql: bool, renames: tuple[str, ...]
) -> int:
    """Write a new migration: what it takes to bring the schema to the models.

    What it would destroy is named object by object. A possible rename is asked, never guessed.
    """
    pairs = [_pair(text) for text in renames]
    possible: list[str] = []

    def ask(table: str, old: str, new: str) -> bool:
        if not invocation.can_ask():
            possible.append(f"--rename {table}.{old}:{new}")
            return False
        return click.confirm(f"Was {table}.{old} renamed to {new}?", default=False, err=True)

    added = invocation.project().migrations_add(name, is_empty=is_empty, as_sql=as_sql, renames=pairs, ask=ask)
    for change in added.destructive:
        invocation.note(f"warning: {change} with what it holds; see what that costs: neoron review")
    if added.lacks_way_down:
        invocation.note(f"note: {added.path} has no way down yet; without one only a restore can undo it")
    for option in possible:
        invocation.note(f"note: if that was a rename, remove this migration and add it again with {option}")
    lines = [f"wrote {added.path}", *(f"  {change}" for change in added.changes)]
    following = f"write its statements into {added.path}" if is_empty else "neoron database update"
    return invocation.emit(added, "\n".join([*lines, f"Next: {following}"]))


def _pair(text: str) -> tuple[str, str]:
    old, colon, new = text.partition(":")
    if not (old and colon and new):
        raise UsageError(f"--rename takes OLD:NEW, not `{text}`")
    return old, new
