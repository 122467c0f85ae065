"""Findings for the terminal: the source line, a caret, what happens, what to do; those of one statement together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from neoron.model.finding import Finding, Severity
from neoron.render.style import Style, Tone, paint

_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN, Severity.INFO: Tone.QUIET}
_WORDS = {"rewrites": "rewrites the table", "scans": "reads the whole table"}
_MAX_LINE = 110


def render_findings(found: Sequence[Finding], style: Style) -> str:
    """All findings as a compiler shows them, and how many there are."""
    shown = [_statement(list(group), style) for _key, group in groupby(found, key=_place)]
    return "\n\n".join([*shown, summary(found)])


def summary(found: Sequence[Finding]) -> str:
    """How many errors, warnings and allowed findings."""
    once = {(_place(f), f.part_line, f.column, f.rule, f.message): f for f in found}.values()
    counts = {severity: sum(f.severity is severity and not f.allowed for f in once) for severity in Severity}
    allowed = sum(bool(f.allowed) for f in once)
    told = [f"{n} {s.value}{'s' * (n != 1 and s is not Severity.INFO)}" for s, n in counts.items() if n]
    told += [f"{allowed} allowed"] if allowed else []
    return ", ".join(told) or "nothing found"


def _place(finding: Finding) -> tuple[str, int, str]:
    return (finding.at.path if finding.at else "", finding.line, finding.statement)


def _statement(found: Sequence[Finding], style: Style) -> str:
    lines: list[str] = []
    offered: set[str] = set()
    for _part, group in groupby(found, key=lambda f: (f.part_line, f.column, f.rule, f.message)):
        members = list(group)
        lines += _part_lines([replace(m, fix="") if m.fix in offered else m for m in members], style)
        offered |= {m.fix for m in members}
    return "\n".join(lines)


def _part_lines(found: Sequence[Finding], style: Style) -> list[str]:
    first = found[0]
    names = ", ".join(dict.fromkeys(f.category.value for f in found))
    tone = Tone.QUIET if first.allowed else _TONES[first.severity]
    head = paint(f"{first.severity.value}[{first.rule}]", tone, style)
    file = first.at.path if first.at else "<sql>"
    source = list(_source(first, style))
    told = [f"   = {line}" for line in _told(first)]
    return [f"{head} {paint(printable(first.message), Tone.STRONG, style)} ({names})",
            f"  --> {file}:{first.part_line or first.line}:{first.column}", *source, *told]  # fmt: skip


def _source(finding: Finding, style: Style) -> Iterable[str]:
    lines = finding.statement.split("\n")
    row = max(finding.part_line - finding.line, 0)
    if row >= len(lines):
        return
    number = str(finding.part_line or finding.line)
    text, column = _window(lines[row].replace("\t", " ").rstrip("\r"), finding.column - 1)
    yield f"{' ' * len(number)} |"
    yield f"{number} | {printable(text)}"
    caret = paint("^" * max(_word_length(text, column), 1), _TONES[finding.severity], style)
    yield f"{' ' * len(number)} | {' ' * column}{caret}"


def _window(text: str, column: int) -> tuple[str, int]:
    start = max(0, column - _MAX_LINE // 2) if len(text) > _MAX_LINE else 0
    return text[start : start + _MAX_LINE], column - start


def _word_length(text: str, column: int) -> int:
    rest = text[column:]
    length = next((n for n, c in enumerate(rest) if not (c.isalnum() or c in "_.\"`[]$@#")), len(rest))
    return length


def _told(finding: Finding) -> Iterable[str]:
    if finding.allowed:
        yield f"allowed: {printable(finding.allowed)}"
        return
    effects = [finding.lock if finding.lock not in ("none", "unknown", "") else "", _WORDS.get(finding.rewrite, "")]
    effect = ", ".join(e for e in effects if e)
    if effect:
        yield f"effect: {effect}"
    if finding.advice:
        yield f"help: {finding.advice}"
    if finding.fix:
        yield from (f"safe: {printable(line)}" for line in finding.fix.splitlines())


def printable(text: str) -> str:
    """The text without characters that would steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
