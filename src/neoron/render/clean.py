"""Text from a database made safe to show, and cut to fit."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours and cursor moves
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # titles and links
    r"|\x1b[ -/]*[0-Z\\^-~]"
)
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Direction marks and zero-width characters make a name look like another one.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
# Half of a surrogate pair cannot be encoded, and so could not be printed.
_HALF = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_COMMENT_LINE = re.compile(r"\s*(--.*|/\*.*\*/\s*)?$")
_HEADLINE_CHARS = 4_000
"""No line is this long; the rest of a statement of megabytes need not be cleaned."""
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def clean(text: str) -> str:
    """The text without control characters, terminal escapes and direction marks; lines and tabs stay."""
    text = _ESCAPE_SEQUENCE.sub("", _HALF.sub("\N{REPLACEMENT CHARACTER}", text))
    return _INVISIBLE.sub("", _LINE_END.sub("\n", text)).expandtabs(4)


def one_line(text: str) -> str:
    """The cleaned text with every run of white space as one space."""
    return " ".join(clean(text).split())


def headline(sql: str) -> str:
    """A statement on one line, without the lines that are only comment; to be cut where it stands."""
    lines = clean(sql[:_HEADLINE_CHARS]).splitlines()
    told = [line for line in lines if not _COMMENT_LINE.match(line)]
    return one_line(" ".join(told or lines))


def cut(text: str, width: int) -> str:
    """The text in at most that many terminal cells, with an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + ELLIPSIS


def pad(text: str, width: int) -> str:
    """The text followed by spaces up to that many terminal cells."""
    return text + " " * (width - cell_len(text))


def excerpt(text: str, *, lines: int, width: int) -> list[str]:
    """The first lines of a statement, each cut; the last one says when more follow."""
    found = [line.rstrip() for line in clean(text).strip("\n").splitlines() if line.strip()]
    shown = [cut(line, width) for line in found[:lines]]
    if len(found) > lines:
        shown[-1] = cut(shown[-1], width - 2).rstrip(ELLIPSIS) + " " + ELLIPSIS
    return shown


def shorten(text: str, chars: int) -> str:
    """At most that many characters, then a note of how many were left out."""
    shown, left_out = clean(text[:chars]).strip("\n"), len(text) - chars
    return shown if left_out <= 0 else f"{shown.rstrip()}\n{ELLIPSIS} {left_out:,} more characters"
