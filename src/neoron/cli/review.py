"""neoron review"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.errors import UsageError
from neoron.stages.review_text import FileReview, is_over, review_files

if TYPE_CHECKING:
    from neoron.model.finding import Finding

_FORMATS = ("text", "json", "sarif", "github", "markdown")
_WEIGHTS = ("error", "warning", "info")


@make_command(name="review")
@click.argument("words", metavar="[FROM] [TO]", nargs=-1)
@click.option("--file", "files", multiple=True, metavar="F.sql", help="Any SQL file instead of migrations; repeatable.")
@click.option("--engine", default="", metavar="NAME", help="postgresql, mysql, mariadb, sqlserver or sqlite.")
@click.option("--engine-version", default="", metavar="V", help="The server's version, such as 14 or 8.0.36.")
@click.option("--edition", default="", metavar="NAME", help="SQL Server: standard or enterprise.")
@click.option("--schema", default="", metavar="F.sql", help="What is there already: its tables are large and busy.")
@click.option("--rows", multiple=True, metavar="TABLE=N", help="How many rows a table has; repeatable.")
@click.option("--transaction", default="", metavar="HOW", help="none, one for all files, or one per file.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Ask an opt-in rule too; repeatable.")
@click.option("--format", "form", default="text", metavar="NAME", help="text, json, sarif, github or markdown.")
@click.option("--fail-on", default="error", metavar="WEIGHT", help="Exit 1 from here on: error, warning or info.")
@click.option("--fix", is_flag=True, help="Write the safe sequence in place of what is risky, and show what is left.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the changes, and write nothing.")
@click.option("--explain", default="", metavar="ID", help="Say what a rule means, and stop; other tools' ids work too.")
def command(
    invocation: Invocation, words: tuple[str, ...], files: tuple[str, ...], engine: str, engine_version: str,
    edition: str, schema: str, rows: tuple[str, ...], transaction: str, rules: tuple[str, ...], form: str, fail_on: str,
    explain: str, fix: bool, dry_run: bool,
) -> int:  # fmt: skip
    """What migrations or any SQL would destroy, block, slow down, break, or make impossible to undo.

    Without a file: migrations after FROM up to TO; without FROM the newest one. With --env or --url: what is pending
    there, with the live server's version, rows and sizes.

    With --fix statements that have a safe sequence are replaced by it, in the file itself; a migration that takes
    several transactions gets follow-ups. Applied migrations and .py files are left alone.

    Exit 1 when something weighs as much as `--fail-on` and no `-- neoron: allow RULE because …` allows it.
    """
    if explain:
        return _explain(invocation, explain)
    _require(form, _FORMATS, "format")
    _require(fail_on, _WEIGHTS, "weight")
    if files and not engine:
        raise UsageError("a file needs the engine that it is for", next="neoron review --file F.sql --engine NAME")
    given = FileReview(engine, engine_version, edition, _read(schema), _counted(rows), transaction, rules)
    if dry_run and not fix:
        raise UsageError("--dry-run says what --fix would write; a review writes nothing")
    if fix:
        return _fix(invocation, words, files, given, fail_on, is_dry=dry_run)
    if files:
        found = review_files([Path(name) for name in (*files, *words)], given)
    else:
        start, end = (*words, "", "")[:2]
        is_live = bool(invocation.environment or invocation.url)
        found = invocation.project().review(start, end or "head", engine=engine, is_live=is_live, rules=rules)
    return _emit(invocation, found, form, int(any(is_over(finding, fail_on) for finding in found)))


def _emit(invocation: Invocation, found: list[Finding], form: str, code: int) -> int:
    if invocation.as_json or form == "json":
        from neoron.render.findings_json import findings_json

        return replace(invocation, as_json=True).emit({"findings": findings_json(found)}, "", exit_code=code)
    return invocation.emit({}, _rendered(invocation, found, form), exit_code=code)


def _fix(
    invocation: Invocation, words: tuple[str, ...], files: tuple[str, ...], given: FileReview, fail_on: str, *,
    is_dry: bool,
) -> int:  # fmt: skip
    from neoron.render.fix_text import fix_json, render_fix

    if files:
        from neoron.stages.fix_text import fix_files

        report = fix_files([Path(name) for name in (*files, *words)], given, is_dry=is_dry)
    else:
        start, end = (*words, "", "")[:2]
        is_live = bool(invocation.environment or invocation.url)
        report = invocation.project().review_fix(
            start, end or "head", is_live=is_live, is_dry=is_dry, rules=given.rules
        )
    code = int(any(is_over(finding, fail_on) for finding in report.left))
    return invocation.emit(fix_json(report), render_fix(report, invocation.style(), is_dry=is_dry), exit_code=code)


def _rendered(invocation: Invocation, found: list[Finding], form: str) -> str:
    if form == "sarif":
        from neoron import __version__
        from neoron.render.findings_sarif import render_sarif
        from neoron.stages.explain import summaries

        return render_sarif(found, summaries(), __version__)
    if form in ("github", "markdown"):
        from neoron.render import findings_markdown

        return (findings_markdown.render_github if form == "github" else findings_markdown.render_markdown)(found)
    from neoron.render.findings_text import render_findings

    return render_findings(found, invocation.style())


def _explain(invocation: Invocation, rule_id: str) -> int:
    from neoron.render.findings_markdown import render_rule
    from neoron.stages.explain import nearest, summary_of

    rule = summary_of(rule_id)
    if rule is None:
        near = nearest(rule_id)
        raise UsageError(f"no rule `{rule_id}`" + (f"; did you mean {near}?" if near else ""))
    return invocation.emit(rule, f"{rule.id}: {render_rule(rule)}")


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
