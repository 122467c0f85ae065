"""A plain table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from neoron.render.clean import one_line
from neoron.render.style import Style, Tone, paint
from neoron.render.units import NONE, format_value
from neoron.render.words import tone_of_cell

Cell = str | int | float | None
_GAP = "  "


def render_table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], style: Style) -> str:
    """A header line and one line per row, columns aligned, numbers to the right.

    Shape: every row has as many cells as there are headers; None prints as an en dash.
    Raises: ValueError when a row has another length.
    """
    texts = [[_text(cell) for _, cell in zip(headers, row, strict=True)] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(headers, *texts, strict=True)]
    is_number = [_is_numeric(column) for column in zip(*rows, strict=True)] or [False] * len(headers)
    layout = list(zip(widths, is_number, strict=True))
    head = [_cell(text, *at, Tone.QUIET, style) for text, at in zip(headers, layout, strict=True)]
    body = [[_cell(text, *at, _tone(text), style) for text, at in zip(row, layout, strict=True)] for row in texts]
    lines = [_GAP.join(cells).rstrip() for cells in (head, *body)]
    return "\n".join(lines if rows else (*lines, paint("(none)", Tone.QUIET, style)))


def _text(cell: Cell) -> str:
    return one_line(cell) if isinstance(cell, str) else format_value(cell)


def _is_numeric(column: Sequence[Cell]) -> bool:
    return all(cell is None or isinstance(cell, int | float) for cell in column) and any(c is not None for c in column)


def _tone(text: str) -> Tone:
    return Tone.QUIET if text == NONE else tone_of_cell(text)


def _cell(text: str, width: int, to_right: bool, tone: Tone, style: Style) -> str:
    # Padding stays outside the colour, so that a line's end can be trimmed.
    padding = " " * (width - cell_len(text))
    painted = paint(text, tone, style)
    return padding + painted if to_right else painted + padding
