"""Reports, plans, checks and tables for the terminal; the last lines say what matters at 2 a.m."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from neoron.model.check import Check
from neoron.model.plural import plural
from neoron.model.report import Outcome, Report, StepResult
from neoron.render.clean import cut, excerpt, one_line, pad
from neoron.render.plan_text import render_plan, step_text
from neoron.render.style import Style, Tone, paint
from neoron.render.summary import LOUD, count_outcomes, count_statuses, version_note, what_changed
from neoron.render.table import render_table
from neoron.render.units import format_bytes, format_ms, format_time, format_value
from neoron.render.words import word

__all__ = ["Style", "render_checks", "render_plan", "render_report", "render_table"]

_EDGE = 20
"""How many steps are shown at each end of a long run."""
_NAMED = 10
_FOUND = 40
_EXCERPT_LINES = 3


def render_report(report: Report, style: Style, *, width: int = 100) -> str:
    """What ran, what was found, what failed, and last the outcome with the next command.

    Units: width counts terminal cells; only steps and excerpts are cut to it.
    """
    blocks = (
        _heading(report, style, width),
        _phases(report, style, width),
        _steps(report, style, width),
        _findings(report, style),
        _checks(report, style),
        _backup(report, style),
        _failures(report, style, width),
        _ending(report, style),
    )
    texts = ("\n".join(block) for block in blocks)
    return "\n\n".join(text for text in texts if text)


def render_checks(checks: Sequence[Check], style: Style) -> str:
    """One line per check with value and limit, then how many passed."""
    if not checks:
        return "no checks"
    names = [one_line(check.name) for check in checks]
    values = [one_line(format_value(check.value, check.unit)) for check in checks]
    name_width, value_width = max(map(cell_len, names)), max(map(cell_len, values))
    lines = [
        _check_line(check, pad(name, name_width), " " * (value_width - cell_len(value)) + value, style)
        for check, name, value in zip(checks, names, values, strict=True)
    ]
    return "\n".join([*lines, f"{plural(len(checks), 'check')}: {count_statuses(checks)}"])


def _check_line(check: Check, name: str, value: str, style: Style) -> str:
    status = word(check.status)
    limit = f"limit {one_line(format_value(check.limit, check.unit))}" if check.limit is not None else ""
    notes = "; ".join(filter(None, (limit, one_line(check.detail))))
    return f"{paint(status.mark, status.tone, style)} {name}  {value}  {paint(notes, Tone.QUIET, style)}".rstrip()


def _heading(report: Report, style: Style, width: int) -> Iterator[str]:
    command = paint(one_line(report.command), Tone.STRONG, style)
    yield f"{command}  {one_line(report.target)} ({one_line(report.engine)})"
    place = " on ".join(filter(None, (report.by, report.host)))
    facts = (
        f"run {report.run_id}" if report.run_id else "",
        f"digest {report.digest[:12]}" if report.digest else "",
        f"by {place}" if place else "",
        format_time(report.started_at),
    )
    yield paint("  ".join(one_line(fact) for fact in facts if fact), Tone.QUIET, style)
    for version, name in report.versions[:_NAMED]:
        yield cut(f"  {one_line(version)}  {one_line(name)}", width)
    yield from _and_more(len(report.versions) - _NAMED, "migration")


def _phases(report: Report, style: Style, width: int) -> Iterator[str]:
    name_width = max((len(one_line(phase.name)) for phase in report.phases), default=0)
    for phase in report.phases:
        start = f"  {pad(one_line(phase.name), name_width)}  {format_ms(phase.elapsed_ms):>9}"
        detail = cut(one_line(phase.detail), max(width - len(start) - 2, 20))
        yield f"{start}  {paint(detail, Tone.QUIET, style)}".rstrip()


def _steps(report: Report, style: Style, width: int) -> Iterator[str]:
    results = report.results
    id_width = max((len(one_line(result.step.id)) for result in results), default=0)
    lock_width = max((len(word(result.step.lock).text) for result in results), default=0)
    hidden: list[StepResult] = []
    for index, result in enumerate(results):
        if _EDGE <= index < len(results) - _EDGE and result.outcome not in LOUD:
            hidden.append(result)
            continue
        yield from _hidden(hidden, style)
        hidden = []
        yield _step_line(result, id_width, lock_width, style, width)


def _hidden(results: Sequence[StepResult], style: Style) -> Iterator[str]:
    if results:
        elapsed = format_ms(sum(result.elapsed_ms for result in results))
        yield paint(f"  … {len(results):,} more: {count_outcomes(results)}, {elapsed}", Tone.QUIET, style)


def _step_line(result: StepResult, id_width: int, lock_width: int, style: Style, width: int) -> str:
    outcome, lock = word(result.outcome), word(result.step.lock)
    elapsed = "" if result.outcome is Outcome.SKIPPED else format_ms(result.elapsed_ms)
    middle = f" {pad(one_line(result.step.id), id_width)}  {elapsed:>9}  "
    attempts = f"×{result.attempts} " if result.attempts > 1 else ""
    room = width - 1 - len(middle) - lock_width - 2 - len(attempts)
    text = attempts + cut(step_text(result.step), max(room, 10))
    mark = paint(outcome.mark, outcome.tone, style)
    return f"{mark}{middle}{paint(pad(lock.text, lock_width), lock.tone, style)}  {text}".rstrip()


def _findings(report: Report, style: Style) -> Iterator[str]:
    if report.findings:
        yield paint("findings", Tone.STRONG, style)
    for finding in report.findings[:_FOUND]:
        severity = word(finding.severity)
        place = f"{one_line(str(finding.at))}: " if finding.at else ""
        mark = paint(f"{severity.mark} {severity.text}", severity.tone, style)
        yield f"{mark}  {place}{one_line(finding.message)} [{one_line(finding.rule)}]"
        if finding.fix:
            yield f"    fix: {one_line(finding.fix)}"
    yield from _and_more(len(report.findings) - _FOUND, "finding")


def _checks(report: Report, style: Style) -> Iterator[str]:
    if report.checks:
        yield paint("checks", Tone.STRONG, style)
        yield render_checks(report.checks, style)


def _backup(report: Report, style: Style) -> Iterator[str]:
    backup = report.backup
    if not backup:
        return
    proof = f"verified {one_line(format_time(backup.verified_at))}, restores in {format_ms(backup.restore_ms)}"
    shown = paint(proof, Tone.GOOD, style) if backup.verified_at else paint("NOT VERIFIED", Tone.BAD, style)
    yield f"backup {one_line(backup.id)}  {format_bytes(backup.size_bytes)}  {shown}"


def _failures(report: Report, style: Style, width: int) -> Iterator[str]:
    loud = [result for result in report.results if result.outcome in LOUD]
    for result in loud[:_NAMED]:
        yield from _failure(result, style, width)
    yield from _and_more(len(loud) - _NAMED, "failed step")
    if report.message:
        place = f"{one_line(report.where)}: " if report.where else ""
        yield f"{paint('error', Tone.BAD, style)} {place}{one_line(report.message)}"


def _failure(result: StepResult, style: Style, width: int) -> Iterator[str]:
    outcome, step, fault = word(result.outcome), result.step, result.fault
    title = f"{outcome.mark} step {one_line(step.id)} {outcome.text}"
    place = f"  {one_line(str(step.at))}" if step.at else ""
    yield paint(title, outcome.tone, style) + place
    for line in excerpt(step.text, lines=_EXCERPT_LINES, width=width - 4):
        yield f"  │ {line}"
    if not fault:
        return
    code = f" ({one_line(fault.code)})" if fault.code else ""
    yield f"  server: {one_line(fault.message)}{code}"
    for blocker in fault.blockers:
        yield f"  blocked by: {one_line(blocker)}"
    if fault.is_retryable:
        yield "  may be tried again"


def _ending(report: Report, style: Style) -> Iterator[str]:
    verdict = word(report.verdict)
    note = version_note(report)
    outcome = paint(f"{verdict.mark} {verdict.text}", verdict.tone, style)
    yield f"outcome   {outcome} (exit {report.exit_code})"
    versions = f"{one_line(report.from_version)} → {one_line(report.to_version)}"
    yield f"versions  {versions}{f' ({note})' if note else ''}"
    yield f"elapsed   {format_ms(report.elapsed_ms)}"
    yield f"changed   {one_line(what_changed(report))}"
    if report.next:
        yield f"next      {paint(one_line(report.next), Tone.STRONG, style)}"


def _and_more(count: int, noun: str) -> Iterator[str]:
    if count > 0:
        yield f"  and {plural(count, noun).replace(' ', ' more ', 1)}"
