"""docs/commands.md: the command tree as click knows it, and the JSON that each command really gave."""

from __future__ import annotations

from collections.abc import Iterator

import click

from neoron.cli import cli
from neoron.errors import EXIT_CODES
from reference import markdown
from reference.answers import FAILED, answers, merged, shown

# What any command may end with; 130 is Ctrl-C.
ALWAYS = (64, 70, 130)
ENDS: dict[str, tuple[int, ...]] = {
    "init": (0,),
    "demo": (0, 10, 20, 21, 22, 23, 24, 65, 69, 75),
    "migrations add": (0, 65, 69),
    "migrations list": (0, 65, 69),
    "migrations remove": (0, 10, 65, 69),
    "migrations script": (0, 10, 65),
    "migrations check": (0, 1, 65, 69),
    "migrations merge": (0, 65),
    "migrations accept": (0, 10, 20, 22, 65, 69, 75),
    "database update": (0, 10, 20, 21, 22, 65, 69, 75),
    "database status": (0, 1, 65, 69),
    "database drop": (0, 10, 69, 75),
    "database resolve": (0, 10, 65, 69, 75),
    "review": (0, 1, 65, 69),
    "preflight": (0, 1, 65, 69),
    "backup create": (0, 23, 65, 69),
    "backup list": (0,),
    "backup verify": (0, 23, 65, 69),
    "backup prune": (0, 10, 23, 65, 69),
    "deploy": (0, 1, 10, 20, 21, 22, 23, 24, 65, 69, 75),
    "verify": (0, 24, 65, 69),
    "rollback": (0, 1, 10, 20, 21, 22, 24, 65, 69, 75),
    "restore": (0, 10, 23, 65, 69, 75),
    "stash list": (0, 65, 69),
    "stash purge": (0, 10, 65, 69, 75),
    "data export": (0, 20, 65, 69),
    "completion": (0,),
}
"""Command -> the exit codes that belong to it."""
REPORTS = ("database update", "migrations accept", "deploy", "rollback")
RUN = "A run"


def page() -> str:
    """The page."""
    results = answers()
    return markdown.page(
        "Commands",
        "Every flag of this table but `--version` may stand before or after the command.",
        _options(cli.params),
        "With `--json` a command prints exactly one object on standard output, also when it fails:",
        '```json\n{"schema": "neoron/1", "command": "deploy", "ok": true, "exit_code": 0, "result": {}, '
        '"error": null}\n```',
        "`error` is `null` or `{code, message, where, state, next}`. Below, `name[]` is a list, `name {…}` an object "
        "and `name{}` a table with keys of its own. What the result holds was read from real runs.",
        f"Any command may also end with {_codes(ALWAYS)}. The codes are explained in [exit-codes.md](exit-codes.md).",
        *(_section(words, command, results) for words, command in leaves(cli)),
        "## A run",
        "What `database update`, `deploy`, `rollback` and `migrations accept` give. `page` is the HTML report of a "
        "deploy or a rollback. `backup` is `null` where none was taken, and `fault` where a step did not fail.",
        shown(merged([results[name] for name in (*REPORTS, FAILED)])),
    )


def leaves(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group by its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*before, name))
        elif command is not None and not command.hidden:
            yield " ".join((*before, name)), command


def _section(words: str, command: click.Command, results: dict[str, object]) -> str:
    usage = " ".join(command.collect_usage_pieces(click.Context(command)))
    own = [p for p in command.params if p.name not in {g.name for g in cli.params}]
    result = f"What [{RUN.lower()}](#a-run) gives." if words in REPORTS else shown(results[words])
    parts = (
        f"## neoron {words}",
        f"```text\nneoron {words} {usage}\n```",
        _help(command),
        _arguments(own),
        _options([p for p in own if isinstance(p, click.Option)]),
        f"Exit codes: {_codes(ENDS[words])}.",
        f"JSON result: {result}" if words in REPORTS else f"JSON result:\n\n{result}",
        _plan(results) if words == "database update" else "",
    )
    return "\n\n".join(part for part in parts if part)


def _plan(results: dict[str, object]) -> str:
    return f"With `--dry-run`:\n\n{shown(results['database update --dry-run'])}"


def _help(command: click.Command) -> str:
    paragraphs = (command.help or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _arguments(params: list[click.Parameter]) -> str:
    found = [p for p in params if isinstance(p, click.Argument)]
    rows = [(f"`{p.make_metavar(click.Context(cli)).strip('[]')}`", _default(p)) for p in found]
    return markdown.table(("Argument", "Default"), rows) if rows else ""


def _options(params: list[click.Parameter]) -> str:
    rows = [
        (", ".join(f"`{word}`" for word in (*p.opts, *p.secondary_opts)), _value(p), p.help or "")
        for p in params
        if isinstance(p, click.Option)
    ]
    return markdown.table(("Option", "Value", "Does"), rows) if rows else ""


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    default = _default(option)
    return f"`{option.metavar or option.type.name.upper()}`" + (f", default {default}" if default != "none" else "")


def _default(param: click.Parameter) -> str:
    if param.required:
        return "required"
    value = param.default
    return f"`{value}`" if isinstance(value, (str, int)) and value != "" else "none"


def _codes(codes: tuple[int, ...]) -> str:
    return ", ".join(f"`{code}` {EXIT_CODES[code]}" for code in codes)
