"""Values of SQLite's PRAGMA statements."""

from __future__ import annotations


def is_on(value: str) -> bool:
    """Whether a value switches on. Source: SQLite, PRAGMA: a boolean is 1, yes, true, on, or 0, no, false, off."""
    return value in ("on", "yes", "true") or (value.lstrip("-").isdigit() and int(value) != 0)


def is_off(value: str) -> bool:
    """Whether a value switches off; an unknown word does."""
    return not is_on(value)
