"""What a report amounts to: totals that the terminal and the page both show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from neoron.model.check import Check, Status
from neoron.model.plural import plural
from neoron.model.report import Outcome, Report, StepResult, Verdict
from neoron.model.schema import TableSize
from neoron.render.units import format_change
from neoron.render.words import word

_NOT_REACHED = {
    Verdict.FAILED_UNCHANGED: "not reached",
    Verdict.FAILED_CHANGED: "not reached",
    Verdict.BUSY: "not reached",
    Verdict.UNKNOWN: "not certain",
}
LOUD = (Outcome.FAILED, Outcome.UNKNOWN)
"""The outcomes that a reader must never miss."""


@dataclass(frozen=True, slots=True)
class SizeChange:
    """One table before and after a run; None where it did not exist.

    Units: bytes of the table and its indexes together.
    """

    table: str
    rows_before: int | None
    rows_after: int | None
    bytes_before: int | None
    bytes_after: int | None

    @property
    def row_change(self) -> int:
        """Rows gained, negative when lost."""
        return (self.rows_after or 0) - (self.rows_before or 0)

    @property
    def byte_change(self) -> int:
        """Bytes gained, negative when lost."""
        return (self.bytes_after or 0) - (self.bytes_before or 0)

    @property
    def largest_bytes(self) -> int:
        """The larger of both sizes."""
        return max(self.bytes_before or 0, self.bytes_after or 0)


def size_changes(report: Report) -> tuple[SizeChange, ...]:
    """Every measured table, the largest change first, then the largest table."""
    before = {size.table: size for size in report.sizes_before}
    after = {size.table: size for size in report.sizes_after}
    changes = (_size_change(table, before.get(table), after.get(table)) for table in {**before, **after})
    return tuple(sorted(changes, key=lambda c: (-abs(c.byte_change), -c.largest_bytes, c.table)))


def count_outcomes(results: Iterable[StepResult]) -> str:
    """Such as `10 done, 1 failed, 3 skipped`; outcomes that did not occur are left out."""
    return _tally(result.outcome for result in results)


def count_statuses(checks: Iterable[Check]) -> str:
    """Such as `5 ok, 1 warn`; statuses that did not occur are left out."""
    return _tally(check.status for check in checks)


def version_note(report: Report) -> str:
    """What to say behind the version a run was heading for; empty when the run took the target there."""
    if report.is_ok and report.from_version == report.to_version:
        return "already there"
    return _NOT_REACHED.get(report.verdict, "")


def what_changed(report: Report) -> str:
    """One line: the state of the target where the report gives it, else the totals of the run."""
    if report.state:
        return report.state
    if not any(result.outcome is Outcome.DONE for result in report.results):
        return "nothing"
    return "; ".join(_totals(report))


def _totals(report: Report) -> Iterable[str]:
    if report.versions:
        yield plural(len(report.versions), "migration")
    yield f"{plural(len(report.results), 'step')} ({count_outcomes(report.results)})"
    changes = size_changes(report)
    if report.sizes_before and report.sizes_after:
        rows, size = sum(c.row_change for c in changes), sum(c.byte_change for c in changes)
        yield f"{format_change(rows, 'rows')}, {format_change(size, 'bytes')}"


def _tally(members: Iterable[Outcome] | Iterable[Status]) -> str:
    counts = Counter(members)
    kinds = (*Outcome, *Status)
    return ", ".join(f"{counts[kind]:,} {word(kind).text}" for kind in kinds if counts[kind])


def _size_change(table: str, before: TableSize | None, after: TableSize | None) -> SizeChange:
    return SizeChange(
        table,
        before.row_count if before else None,
        after.row_count if after else None,
        before.size_bytes + before.index_bytes if before else None,
        after.size_bytes + after.index_bytes if after else None,
    )
