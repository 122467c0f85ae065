"""Charts as SVG elements: figures in, markup out.

Positions across are percentages and sizes down are pixels, so that a chart takes the width of its place
while its letters keep their size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree as ET  # writes only; nothing is parsed

from neoron.model.plural import plural
from neoron.model.report import Outcome, Phase, Report, StepResult
from neoron.render.clean import cut, headline, one_line
from neoron.render.summary import LOUD, SizeChange
from neoron.render.units import NONE, format_bytes, format_change, format_ms
from neoron.render.words import word

_LABEL_CHARS = 26
_LEAST_PERCENT = 0.35
"""A bar narrower than this could not be seen; it is drawn this wide."""
_TRACK_PX = 18
_ROW_PX = 46
_NOTE_PX = 18
_AXIS_PX = 26


def timeline(report: Report, *, most_phases: int = 14, most_steps: int = 200) -> str:
    """Phases as rows on one time axis, the steps of each drawn inside it; empty when there is nothing to draw."""
    sent = _sent(report)
    rows = _rows(report, sent)
    if not rows:
        return ""
    shown = _weightiest(rows, most_phases)
    end_ms = max(report.elapsed_ms, *(phase.start_ms + phase.elapsed_ms for phase, _ in rows))
    drawn = _steps_drawn([step for _, steps in shown for step in steps], most_steps)
    svg, plot = _svg("timeline", "Timeline of the run", _describe_rows(rows))
    y = 0
    for phase, steps in shown:
        y += _phase_row(plot, y, phase, [step for step in steps if id(step) in drawn], end_ms)
    _axis(svg, y, end_ms)
    svg.append(plot)
    left_out = (len(rows) - len(shown), "phase"), (len(sent) - len(drawn), "step")
    return _finish(svg, y + _AXIS_PX, left_out)


def outcomes_drawn(report: Report) -> tuple[Outcome, ...]:
    """The outcomes that the timeline shows, in a fixed order, for its legend."""
    drawn = {result.outcome for result in _sent(report)}
    return tuple(outcome for outcome in Outcome if outcome in drawn)


def size_bars(changes: Sequence[SizeChange], *, most_tables: int = 12) -> str:
    """Two bars per table, before and after, all on one scale; empty when there is nothing to draw."""
    if not changes:
        return ""
    shown = changes[:most_tables]
    largest = max(change.largest_bytes for change in shown)
    svg, plot = _svg("sizes", "Table sizes before and after", _describe_sizes(shown))
    for index, change in enumerate(shown):
        _size_row(plot, index * _ROW_PX, change, largest)
    svg.append(plot)
    return _finish(svg, len(shown) * _ROW_PX, ((len(changes) - len(shown), "table"),))


_Row = tuple[Phase, list[StepResult]]


def _sent(report: Report) -> list[StepResult]:
    return [result for result in report.results if result.outcome is not Outcome.SKIPPED]


def _rows(report: Report, sent: Sequence[StepResult]) -> list[_Row]:
    phases = sorted(report.phases, key=lambda phase: phase.start_ms)
    rows: list[_Row] = [(phase, []) for phase in phases]
    strays: list[StepResult] = []
    for result in sent:
        home = next((steps for phase, steps in reversed(rows) if _holds(phase, result)), strays)
        home.append(result)
    if strays:
        start = min(result.start_ms for result in strays)
        end = max(result.start_ms + result.elapsed_ms for result in strays)
        rows.append((Phase("steps", start, end - start), strays))
    return rows


def _holds(phase: Phase, result: StepResult) -> bool:
    return phase.start_ms <= result.start_ms <= phase.start_ms + phase.elapsed_ms


def _weightiest(rows: list[_Row], most: int) -> list[_Row]:
    kept = sorted(rows, key=lambda row: (not _is_loud(row[1]), -row[0].elapsed_ms))[:most]
    return sorted(kept, key=lambda row: row[0].start_ms)


def _is_loud(results: Sequence[StepResult]) -> bool:
    return any(result.outcome in LOUD for result in results)


def _steps_drawn(results: Sequence[StepResult], most: int) -> set[int]:
    by_weight = sorted(results, key=lambda result: (result.outcome not in LOUD, -result.elapsed_ms))
    return {id(result) for result in by_weight[:most]}


def _phase_row(plot: ET.Element, y: int, phase: Phase, steps: Sequence[StepResult], end_ms: float) -> int:
    _text(plot, y + 13, cut(one_line(phase.name), _LABEL_CHARS), "label")
    _text(plot, y + 13, format_ms(phase.elapsed_ms), "value", x=100)
    _bar(plot, y + 20, _TRACK_PX, 0, 1, 1, "track")
    bar = _bar(plot, y + 20, _TRACK_PX, phase.start_ms, phase.elapsed_ms, end_ms, "phase")
    detail = f": {one_line(phase.detail)}" if phase.detail else ""
    _title(bar, f"{one_line(phase.name)}, {format_ms(phase.elapsed_ms)}{detail}")
    for result in steps:
        step = _bar(plot, y + 23, _TRACK_PX - 6, result.start_ms, result.elapsed_ms, end_ms, result.outcome.value)
        _title(step, _step_title(result))
    loud = [result for result in steps if result.outcome in LOUD]
    if loud:
        _flag(plot, y + 20 + _TRACK_PX + 13, loud, end_ms)
    return _ROW_PX + (_NOTE_PX if loud else 0)


def _step_title(result: StepResult) -> str:
    what = cut(headline(result.step.text), 80)
    return f"{one_line(result.step.id)}, {word(result.outcome).text}, {format_ms(result.elapsed_ms)}: {what}"


def _flag(plot: ET.Element, y: int, loud: Sequence[StepResult], end_ms: float) -> None:
    # The words stand beside the bar, for a colour alone says nothing to some readers and on grey paper.
    first = loud[0]
    outcome = word(first.outcome)
    at = _percent(first.start_ms, end_ms)
    more = f" and {len(loud) - 1:,} more" if len(loud) > 1 else ""
    words = f"{outcome.mark} {outcome.text}: {cut(one_line(first.step.id), _LABEL_CHARS)}{more}"
    _text(plot, y, words, f"flag {first.outcome.value}", x=at, is_before=at > 50)


def _axis(svg: ET.Element, y: int, end_ms: float) -> None:
    for tick_ms in _ticks(end_ms):
        x = _percent(tick_ms, end_ms)
        at = f"{x:.2f}%"
        ET.SubElement(svg, "line", {"class": "grid", "x1": at, "x2": at, "y1": "18", "y2": str(y)})
        _text(svg, y + 16, format_ms(tick_ms), "tick", x=x, is_before=x > 90)


def _ticks(end_ms: float) -> Iterator[float]:
    if end_ms <= 0:
        return
    rough = end_ms / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next((factor * power for factor in (1, 2, 5) if factor * power >= rough), 10 * power)
    yield from (step * index for index in range(int(end_ms / step) + 1))


def _size_row(plot: ET.Element, y: int, change: SizeChange, largest: int) -> None:
    group = ET.SubElement(plot, "g")
    before, after = _size(change.bytes_before), _size(change.bytes_after)
    _title(group, f"{one_line(change.table)}: {before} before, {after} after")
    _text(group, y + 13, cut(one_line(change.table), _LABEL_CHARS), "label")
    _text(group, y + 13, f"{after} ({format_change(change.byte_change, 'bytes')})", "value", x=100)
    for top, size_bytes, kind in ((20, change.bytes_before, "before"), (30, change.bytes_after, "after")):
        if size_bytes:
            _bar(group, y + top, 7, 0, size_bytes, largest, kind)


def _size(size_bytes: int | None) -> str:
    return NONE if size_bytes is None else format_bytes(size_bytes)


def _describe_rows(rows: Sequence[_Row]) -> str:
    return "; ".join(f"{one_line(phase.name)} took {format_ms(phase.elapsed_ms)}" for phase, _ in rows[:20])


def _describe_sizes(changes: Sequence[SizeChange]) -> str:
    return "; ".join(
        f"{cut(one_line(change.table), _LABEL_CHARS)} from {_size(change.bytes_before)} to {_size(change.bytes_after)}"
        for change in changes
    )


def _svg(name: str, title: str, description: str) -> tuple[ET.Element, ET.Element]:
    facts = {"class": f"chart {name}", "role": "img", "width": "100%"}
    svg = ET.Element("svg", {**facts, "aria-labelledby": f"{name}-title {name}-desc"})
    ET.SubElement(svg, "title", {"id": f"{name}-title"}).text = title
    ET.SubElement(svg, "desc", {"id": f"{name}-desc"}).text = description
    return svg, ET.Element("g")


def _finish(svg: ET.Element, height: int, left_out: Iterable[tuple[int, str]]) -> str:
    notes = [f"{plural(count, noun).replace(' ', ' more ', 1)}" for count, noun in left_out if count > 0]
    if notes:
        height += _NOTE_PX + 4
        _text(svg, height - 4, f"and {' and '.join(notes)} not drawn", "tick")
    svg.set("height", str(height))
    return ET.tostring(svg, encoding="unicode")


def _bar(parent: ET.Element, y: int, height: int, start: float, length: float, whole: float, kind: str) -> ET.Element:
    width = max(_percent(length, whole), _LEAST_PERCENT if whole else 0)
    x = min(_percent(start, whole), 100 - width)
    place = {"x": f"{x:.2f}%", "width": f"{width:.2f}%", "y": str(y), "height": str(height)}
    return ET.SubElement(parent, "rect", {"class": f"bar {kind}", **place})


def _text(parent: ET.Element, y: int, text: str, kind: str, *, x: float = 0, is_before: bool = False) -> None:
    ends = is_before or x == 100
    place = {"x": f"{x:.2f}%", "y": str(y), "text-anchor": "end" if ends else "start"}
    ET.SubElement(parent, "text", {"class": kind, **place}).text = text


def _title(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "title").text = text


def _percent(value: float, whole: float) -> float:
    return min(max(100 * value / whole, 0), 100) if whole > 0 else 0
