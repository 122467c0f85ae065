"""Ages as they are typed: 30d, 12h, 4w."""

from __future__ import annotations

import re

from neoron.errors import UsageError

_DAYS = {"d": 1.0, "w": 7.0, "h": 1 / 24}


def days(text: str) -> float:
    """An age in days. Raises: UsageError for what is none."""
    match = re.fullmatch(r"(\d+)([dwh])", text)
    if not match:
        raise UsageError(f"`{text}` is no age", next="write it like 30d, 12h or 4w")
    return int(match[1]) * _DAYS[match[2]]
