"""Measured rows -> tables, goals and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from timing import Row


@dataclass(frozen=True)
class Goal:
    """A limit for one row: a multiple of another row's median, or, without one, an amount.

    Shape: with at_least the amount is what must be reached, else what must not be passed.
    """

    words: str
    label: str
    limit: float
    against: str = ""
    at_least: bool = False


@dataclass(frozen=True)
class Table:
    """Rows that were measured together.

    Shape: reference is the label of the row that counts as 1; unit is `s` or `rows/s`.
    """

    title: str
    rows: Sequence[Row]
    goals: Sequence[Goal] = ()
    reference: str = ""
    unit: str = "s"

    def row(self, label: str) -> Row | None:
        """The row of a label."""
        return next((row for row in self.rows if row.label == label), None)

    def median(self, label: str) -> float | None:
        """The median of a label's row, if it has one."""
        row = self.row(label)
        return row.median if row else None


def as_text(table: Table) -> str:
    """The table in Markdown, padded so that it reads well as it is."""
    head = ["what", f"median {table.unit}", "min", "max"]
    if table.reference:
        head.append(f"× {table.reference}")
    lines = [head, *(_cells(table, row) for row in table.rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    texts = [_line(line, widths) for line in lines]
    rule = "|" + "|".join("-" * (width + 1) + (":" if i else "-") for i, width in enumerate(widths)) + "|"
    failures = [f"- {row.label}: {row.failure}" for row in table.rows if row.failure]
    return "\n".join([f"### {table.title}", "", texts[0], rule, *texts[1:], *([""] if failures else []), *failures])


def _cells(table: Table, row: Row) -> list[str]:
    if row.median is None:
        return [row.label, "FAILED", *[""] * (3 if table.reference else 2)]
    cells = [row.label, *(_amount(s) for s in (row.median, min(row.seconds), max(row.seconds)))]
    reference = table.median(table.reference) if table.reference else None
    return [*cells, *([f"{row.median / reference:.2f}" if reference else ""] if table.reference else [])]


def _amount(value: float) -> str:
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    amounts = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return f"| {' | '.join([cells[0].ljust(widths[0]), *amounts])} |"


def goal_text(table: Table, goal: Goal) -> str:
    """One goal in one line: `reached` or `NOT reached`, and by how much."""
    measured = table.median(goal.label)
    base = table.median(goal.against) if goal.against else 1.0
    if measured is None or base is None:
        return f"{goal.words}: not measured"
    value = measured / base
    over = value / goal.limit - 1
    is_reached = over >= 0 if goal.at_least else over <= 0
    side = "above" if over > 0 else "below"
    figure = f"{value:.2f} ×" if goal.against else f"{_amount(value)} {table.unit}"
    return f"{goal.words}: {'reached' if is_reached else 'NOT reached'} ({figure}, {abs(over):.0%} {side} the limit)"


def as_json(tables: Sequence[Table], machine: str, rounds: int) -> dict[str, Any]:
    """Everything that was measured, every single time included."""
    return {
        "machine": machine,
        "rounds": rounds,
        "tables": [
            {
                "title": table.title, "unit": table.unit, "reference": table.reference,
                "rows": [{**asdict(row), "median": row.median} for row in table.rows],
                "goals": [goal_text(table, goal) for goal in table.goals],
            }
            for table in tables
        ],
    }  # fmt: skip
