"""Markdown in small pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- Made by scripts/make_reference.py; edit the code it reads, not this page. -->"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a `|` inside a cell is escaped."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def page(title: str, *parts: str) -> str:
    """A whole page with its title and the note that it is made."""
    return "\n\n".join([f"# {title}", MADE, *(part for part in parts if part)]) + "\n"
