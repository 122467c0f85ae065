"""What every action has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a statement does.

    Shape: offset is where it begins in the statement's text, in characters; inside says what it was found in
    (`do`, `exec`, `procedure`, `versioned comment`, …), empty for plain text; options are upper-case words and
    `KEY=VALUE` pairs of the statement that a rule may ask for, such as `ALGORITHM=INPLACE`, `LOCK=NONE`, `ONLINE`.
    """

    offset: int = 0
    inside: str = ""
    options: frozenset[str] = frozenset()
