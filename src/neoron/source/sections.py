"""The text of a `.sql` migration in its parts, to be put together again."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"^--[ \t]*migrate:(up|down)([^\r\n]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SqlParts:
    """Where the sections of a file are: the text before, and of each its mark's options and its body.

    Shape: down is None where there is no such section; is_down_first says which comes first.
    """

    head: str
    up_options: str
    up: str
    down_options: str
    down: str | None
    is_down_first: bool = False

    def text(self) -> str:
        """The whole file."""
        up = f"-- migrate:up{self.up_options}{self.up}"
        down = "" if self.down is None else f"-- migrate:down{self.down_options}{self.down}"
        return self.head + (down + up if self.is_down_first else up + down)


def sql_parts(text: str) -> SqlParts:
    """A file that was read without a fault, in its parts."""
    marks = list(_MARK.finditer(text))
    found = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        found[mark[1]] = mark[2].rstrip(), text[mark.end() : following.start() if following else None]
    up_options, up = found["up"]
    down_options, down = found.get("down", ("", None))
    return SqlParts(text[: marks[0].start()], up_options, up, down_options, down, marks[0][1] == "down")
