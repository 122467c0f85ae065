"""neoron review"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.errors import UsageError

if TYPE_CHECKING:
    from neoron.model.finding import Finding

_FORMATS = ("text", "json")
_WEIGHTS = ("error", "warning", "info")


@make_command(name="review")
@click.argument("words", metavar="[FROM] [TO]", nargs=-1)
@click.option("--file", "files", multiple=True, metavar="F.sql", help="Any SQL file instead of migrations; repeatable.")
@click.option("--engine", default="", metavar="NAME", help="postgresql, mysql, mariadb, sqlserver or sqlite.")
@click.option("--engine-version", default="", metavar="V", help="The server's version, such as 14 or 8.0.36.")
@click.option("--edition", default="", metavar="NAME", help="SQL Server: standard (default) or enterprise.")
@click.option("--schema", default="", metavar="F.sql", help="What is there already: its tables are large and busy.")
@click.option("--rows", multiple=True, metavar="TABLE=N", help="How many rows a table has; repeatable.")
@click.option("--transaction", default="", metavar="HOW", help="none, one for all files, or one per file.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Ask an opt-in rule too; repeatable.")
@click.option("--format", "form", default="text", metavar="NAME", help="text or json.")
@click.option("--fail-on", default="error", metavar="WEIGHT", help="Exit 1 from here on: error, warning or info.")
def command(
    invocation: Invocation, words: tuple[str, ...], files: tuple[str, ...], engine: str, engine_version: str,
    edition: str, schema: str, rows: tuple[str, ...], transaction: str, rules: tuple[str, ...], form: str, fail_on: str,
) -> int:  # fmt: skip
    """What migrations or any SQL would destroy, block, slow down, break, or make impossible to undo.

    Exit 1 when something weighs as much as `--fail-on` and no `-- neoron: allow RULE because …` allows it.
    """
    from neoron.stages.review_text import circumstances, is_over, review_files

    _require(form, _FORMATS, "format")
    _require(fail_on, _WEIGHTS, "weight")
    if not files:
        raise UsageError("name a file", next="neoron review --file F.sql --engine NAME")
    if not engine:
        raise UsageError("a file needs the engine that it is for", next="neoron review --file F.sql --engine NAME")
    given = circumstances(
        engine, engine_version, edition, _read(schema), _counted(rows), transaction, rules
    )
    paths = [Path(name) for name in (*files, *words)]
    found = review_files(paths, given, is_one=transaction == "one")
    code = int(any(is_over(finding, fail_on) for finding in found))
    return _emit(invocation, found, form, code)


def _emit(invocation: Invocation, found: list[Finding], form: str, code: int) -> int:
    from neoron.render.findings_json import findings_json
    from neoron.render.findings_text import render_findings

    as_json = invocation.as_json or form == "json"
    if as_json:
        return replace(invocation, as_json=True).emit({"findings": findings_json(found)}, "", exit_code=code)
    return invocation.emit({}, render_findings(found, invocation.style()), exit_code=code)


def _require(value: str, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        raise UsageError(f"no {what} `{value}`", next=f"there are {', '.join(known)}")


def _read(name: str) -> str:
    if not name:
        return ""
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read --schema {name}: {error}") from None


def _counted(words: tuple[str, ...]) -> dict[str, int]:
    counts = {}
    for word in words:
        table, _equals, number = word.rpartition("=")
        if not table or not number.replace("_", "").isdigit():
            raise UsageError(f"--rows takes TABLE=N, not `{word}`")
        counts[table] = int(number)
    return counts
