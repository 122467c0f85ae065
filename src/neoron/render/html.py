"""A report as one HTML page that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from neoron.model.check import Check, Status
from neoron.model.finding import Severity
from neoron.model.plural import plural
from neoron.model.report import Outcome, Report, StepResult
from neoron.render import charts, units
from neoron.render.clean import clean, cut, one_line, shorten
from neoron.render.plan_text import step_text
from neoron.render.summary import LOUD, count_outcomes, count_statuses, size_changes, version_note
from neoron.render.words import word

MOST_BYTES = 150_000
"""A page is mailed and kept: what does not fit is left out by name, never silently."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a report one page shows."""

    steps: int
    rows: int
    statement_chars: int
    message_chars: int


_LIMITS = (
    Limits(120, 60, 3_000, 6_000),
    Limits(90, 40, 300, 3_000),
    Limits(50, 25, 200, 1_000),
    Limits(20, 12, 120, 300),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the summary at the top."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepGroup:
    """The shown steps of one migration."""

    version: str
    name: str
    results: tuple[StepResult, ...]


def render_report(report: Report) -> str:
    """The whole page; a report too long for MOST_BYTES is shown in part and says so."""
    page = ""
    for limits in _LIMITS:
        page = _render(report, limits)
        if len(page.encode()) <= MOST_BYTES:
            break
    return page


def _render(report: Report, limits: Limits) -> str:
    changes = size_changes(report)
    shown = _shown(report.results, limits.steps)
    return str(
        _template().render(
            report=report,
            limits=limits,
            verdict=word(report.verdict),
            version_note=version_note(report),
            names=dict(report.versions),
            figures=list(_figures(report)),
            loud=[result for result in report.results if result.outcome in LOUD],
            drawn=charts.outcomes_drawn(report),
            groups=list(_groups(report, shown)),
            hidden=_hidden(report.results, shown),
            longest_ms=max((result.elapsed_ms for result in report.results), default=0),
            check_counts=count_statuses(report.checks),
            checks=_worst_first(report.checks)[: limits.rows],
            findings=sorted(report.findings, key=lambda finding: list(Severity).index(finding.severity))[: limits.rows],
            changes=changes,
            timeline=_drawn(charts.timeline(report)),
            size_bars=_drawn(charts.size_bars(changes)),
        )
    )


def _drawn(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - ElementTree wrote it and escaped every text


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("neoron.render"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    return environment.get_template("report.html.j2")


def _finalize(value: Any) -> Any:
    # Every printed value passes here once, so that no place in the template can forget it.
    return value if isinstance(value, Markup) else clean(str(value))


_FILTERS = {
    "bytes": lambda value: units.NONE if value is None else units.format_bytes(value),
    "change": units.format_change,
    "count": lambda value: units.NONE if value is None else units.format_count(value),
    "cut": lambda text, chars: cut(one_line(text), chars),
    "ms": units.format_ms,
    "outcomes": count_outcomes,
    "plural": plural,
    "shorten": shorten,
    "step_text": step_text,
    "time": units.format_time,
    "value": units.format_value,
    "word": word,
}
"""What the template may call: the same words and units as the terminal."""


def _figures(report: Report) -> Iterator[Figure]:
    yield Figure("Elapsed", units.format_ms(report.elapsed_ms))
    if report.versions:
        yield Figure("Migrations", units.format_count(len(report.versions)))
    if report.results:
        done = sum(result.outcome is Outcome.DONE for result in report.results)
        yield Figure("Steps done", *_part(done, len(report.results)))
    if report.checks:
        passed = sum(check.status is Status.OK for check in report.checks)
        yield Figure("Checks passed", *_part(passed, len(report.checks)))
    if report.backup:
        state = "verified" if report.backup.verified_at else "not verified"
        yield Figure("Backup", units.format_bytes(report.backup.size_bytes), state)
    if report.sizes_before and report.sizes_after:
        changes = size_changes(report)
        rows, size = sum(c.row_change for c in changes), sum(c.byte_change for c in changes)
        yield Figure("Size change", units.format_change(size, "bytes"), units.format_change(rows, "rows"))


def _part(count: int, whole: int) -> tuple[str, str]:
    return units.format_count(count), f"of {units.format_count(whole)}"


def _shown(results: Sequence[StepResult], most: int) -> Sequence[StepResult]:
    if len(results) <= most:
        return results
    by_weight = sorted(range(len(results)), key=lambda i: (results[i].outcome not in LOUD, -results[i].elapsed_ms))
    return [results[index] for index in sorted(by_weight[:most])]


def _hidden(results: Sequence[StepResult], shown: Sequence[StepResult]) -> list[StepResult]:
    seen = set(map(id, shown))
    return [result for result in results if id(result) not in seen]


def _worst_first(checks: Sequence[Check]) -> list[Check]:
    weight = {Status.FAIL: 0, Status.UNKNOWN: 1, Status.WARN: 2, Status.OK: 3}
    return sorted(checks, key=lambda check: weight[check.status])


def _groups(report: Report, shown: Sequence[StepResult]) -> Iterator[StepGroup]:
    names = dict(report.versions)
    for version, results in groupby(shown, key=lambda result: result.step.version):
        yield StepGroup(version, names.get(version, ""), tuple(results))
