"""Script -> batches, cut at lines `GO [n]` as sqlcmd and Management Studio cut it.

A `GO` inside a string, a comment or a quoted name cuts nothing; `GO 5` sends its batch five times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from neoron.model.migration import Statement
from neoron.sql.dialects import dialect_named
from neoron.sql.lexer import Kind, nested_comment_end, tokens
from neoron.sql.split import SplitError

MAX_REPEATS = 100_000
"""The largest n of `GO n`; a larger one is taken for a slip of the pen."""
_BLANKS = " \t\r\n\f\v"
_MARK = re.compile(
    r"--[^\r\n]*+|/\*|'[^']*+'|\"[^\"]*+\"|\[(?:[^\]]++|\]\])*+\]|['\"\[]"
    r"|^[ \t]*+go(?:[ \t]++(?P<times>[0-9]{1,9}))?[ \t]*+;?[ \t]*+(?:--[^\r\n]*+)?\r?$"
    r"|^[ \t]*+(?:[:!])[^\r\n]*+",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES = {"'": "string", '"': 'quoted identifier "', "[": "quoted identifier ["}


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes to the server in one piece; times is the n of the `GO n` behind it.

    Shape: start is the offset of its first character in the script, is_command says that it is a line for the client.
    """

    text: str
    line: int
    start: int
    times: int = 1
    is_command: bool = False


def split_batches(text: str, dialect: str, first_line: int) -> list[Statement]:
    """The batches of a script in the order in which they are sent, one with `GO n` behind it n times.

    Raises: SplitError for what is opened and never closed, and for a `GO n` beyond `MAX_REPEATS`.
    """
    found: list[Statement] = []
    for batch in batches(text, dialect, first_line):
        if batch.times > MAX_REPEATS:
            line = batch.line + batch.text.count("\n")
            raise SplitError(f"GO {batch.times} repeats the batch more than {MAX_REPEATS} times", line)
        found += [Statement(batch.text, batch.line)] * batch.times
    return found


def batches(text: str, dialect: str, first_line: int = 1) -> Iterator[Batch]:
    """The batches of a script; those of comments alone, and those before `GO 0`, are left out.

    Raises: SplitError for what is opened and never closed.
    """
    text = " " + text[1:] if text.startswith("\ufeff") else text
    line, counted = first_line, 0
    for low, high, times, is_command in _cuts(text, dialect, first_line):
        piece = text[low:high].strip(_BLANKS)
        if times and piece and (is_command or _has_code(piece, dialect)):
            begin = low + len(text[low:high]) - len(text[low:high].lstrip(_BLANKS))
            line += text.count("\n", counted, begin)
            counted = begin
            yield Batch(piece, line, begin, times, is_command)


def _cuts(text: str, dialect: str, first_line: int) -> Iterator[tuple[int, int, int, bool]]:
    """Start and end of each piece, how often it runs, and whether it is the client's."""
    at = low = 0
    while True:
        mark = _MARK.search(text, at)
        if mark is None:
            break
        at, first = mark.end(), mark.group()
        if first == "/*":
            at = nested_comment_end(text, mark.start(), len(text))
            if not at:
                raise _unterminated("comment /*", text, mark.start(), first_line)
        elif first in _NAMES:
            raise _unterminated(_NAMES[first], text, mark.start(), first_line)
        elif first[0] in "'\"[" or first.startswith("--"):
            continue
        elif first.lstrip(" \t")[0] in ":!":
            if _commands(dialect).match(first):
                yield low, mark.start(), 1, False
                yield mark.start(), mark.end(), 1, True
                low = at
            else:
                at = mark.start() + len(first) - len(first.lstrip(" \t")) + 1
        else:
            yield low, mark.start(), int(mark["times"] or 1), False
            low = at
    yield low, len(text), 1, False


@cache
def _commands(dialect: str) -> re.Pattern[str]:
    return dialect_named(dialect).command


def _has_code(piece: str, dialect: str) -> bool:
    return any(token.kind is not Kind.COMMENT and token.text != ";" for token in tokens(piece, dialect))


def _unterminated(what: str, text: str, at: int, first_line: int) -> SplitError:
    return SplitError(f"unterminated {what} opened here", first_line + text.count("\n", 0, at))


__all__ = ["Batch", "batches", "split_batches"]
