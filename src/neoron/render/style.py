"""Colour for the terminal, or none."""

from __future__ import annotations

from enum import Enum


class Style(Enum):
    """Whether text carries ANSI colour."""

    PLAIN = "plain"
    COLOR = "color"


class Tone(Enum):
    """What a colour means; never the only sign of it."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    DOUBT = "doubt"
    QUIET = "quiet"
    STRONG = "strong"
    NORMAL = "normal"


_SGR = {
    Tone.GOOD: "32",
    Tone.WARN: "33",
    Tone.BAD: "31",
    Tone.DOUBT: "35",
    Tone.QUIET: "2",
    Tone.STRONG: "1",
}


def paint(text: str, tone: Tone, style: Style) -> str:
    """The text in the colour of its tone, unchanged in plain style."""
    code = _SGR.get(tone)
    if style is Style.PLAIN or not code or not text:
        return text
    return f"\x1b[{code}m{text}\x1b[0m"
