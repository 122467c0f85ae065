"""Findings as Markdown for a pull request, and as GitHub's annotations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from neoron.model.finding import Finding, Severity
from neoron.model.rule_summary import RuleSummary
from neoron.render.findings_text import printable, summary

_MARKS = {Severity.ERROR: "🛑", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️"}
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_MAX_LINES = 12


def render_markdown(found: Sequence[Finding]) -> str:
    """A heading with the count, then each statement with what was found about it."""
    parts = [f"### Neoron review: {summary(found)}"]
    for _place, group in groupby(found, key=lambda f: (f.at.path if f.at else "", f.line, f.statement)):
        parts.append(_statement(list(group)))
    return "\n\n".join(parts)


def _statement(found: Sequence[Finding]) -> str:
    first = found[0]
    lines = first.statement.splitlines()
    shown = lines[:_MAX_LINES] + (["…"] if len(lines) > _MAX_LINES else [])
    fence = "````" if "```" in first.statement else "```"
    told = dict.fromkeys(_line(f, found) for f in found)
    return "\n".join([f"**`{_code(_place(first))}`**", "", f"{fence}sql", *map(printable, shown), fence, "", *told])


def _line(finding: Finding, found: Sequence[Finding]) -> str:
    names = dict.fromkeys(f.category.value for f in found if (f.rule, f.message) == (finding.rule, finding.message))
    text = f"- {_MARKS[finding.severity]} **{finding.rule}** ({', '.join(names)}): {_plain(finding.message)}"
    if finding.allowed:
        return f"{text} *Allowed: {_plain(finding.allowed)}*"
    return f"{text} *{_plain(finding.advice)}*" if finding.advice else text


def _place(finding: Finding) -> str:
    return f"{finding.at.path if finding.at else 'script.sql'}:{finding.line}"


def _plain(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>|" else c for c in printable(text))


def _code(text: str) -> str:
    return text.replace("`", "'")


def render_github(found: Sequence[Finding]) -> str:
    """One workflow command per finding; allowed ones are no annotation."""
    once = {(f.rule, f.message, f.line, f.at): f for f in found if not f.allowed}
    return "\n".join([*map(_annotation, once.values()), *_note(found)])


def _note(found: Sequence[Finding]) -> Iterable[str]:
    yield f"Neoron review: {summary(found)}"


def _annotation(finding: Finding) -> str:
    properties = {
        "file": finding.at.path if finding.at else "", "line": str(finding.part_line or finding.line),
        "col": str(finding.column), "title": f"{finding.rule} ({finding.category.value})",
    }  # fmt: skip
    told = ",".join(f"{key}={_escaped(value, in_property=True)}" for key, value in properties.items() if value)
    text = f"{finding.message}. Instead: {finding.advice}" if finding.advice else finding.message
    return f"::{_COMMANDS[finding.severity]} {told}::{_escaped(text)}"


def _escaped(text: str, *, in_property: bool = False) -> str:
    more = {":": "%3A", ",": "%2C"} if in_property else {}
    return "".join({**_ESCAPES, **more}.get(c, c) for c in text)


def render_rule(rule: RuleSummary) -> str:
    """A rule in full, for `--explain` and its page."""
    weight = f"{rule.severity.value}, {rule.category.value}" + (", asked for by name only" if rule.is_opt_in else "")
    parts = [f"{rule.title}. ({weight})", rule.why, f"Instead: {rule.instead}."]
    for one in rule.on:
        parts += [f"## {one.engine}", f"Effect: {one.effect}. Source: {one.source}."]
        parts += [f"Instead: {one.instead}."] if one.instead else []
        parts += [f"```sql\n{text}\n```" for text in _examples(one.schema, one.bad, one.good)]
    if rule.aliases:
        parts.append(f"Elsewhere: {', '.join(f'`{alias}`' for alias in rule.aliases)}.")
    return "\n\n".join(parts)


def _examples(schema: str, bad: str, good: str) -> Iterable[str]:
    if schema:
        yield f"-- what is there\n{_broken(schema)}"
    yield f"-- found\n{_broken(bad)}"
    yield f"-- not found\n{_broken(good)}"


def _broken(sql: str) -> str:
    return sql.replace("; ", ";\n")
