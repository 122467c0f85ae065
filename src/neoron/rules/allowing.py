"""Suppressions: `-- neoron: allow RULE because …` in front of a statement, or behind it on its last line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from neoron.model.finding import Category, Finding, Severity
from neoron.model.migration import Location
from neoron.sql.actions import Reading


def judged(found: Sequence[Finding], reading: Reading, path: str, engine: str) -> list[Finding]:
    """The findings of one statement with the reasons that allow them, and those of its suppressions."""
    if not reading.allowed:
        return list(found)
    reasons = {rule: reason for rule, reason, _line in reading.allowed if reason}
    hit = {finding.rule for finding in found}
    told = [replace(f, allowed=reasons.get(f.rule, "")) for f in found]
    for rule, reason, line in reading.allowed:
        if not reason:
            message = f"`allow {rule}` gives no reason, so it allows nothing"
            told.append(_about("allow-without-reason", message, reading, line, path, engine))
        elif rule not in hit:
            message = f"`allow {rule}` hides nothing here"
            told.append(_about("unneeded-allow", message, reading, line, path, engine))
    return told


def _about(rule: str, message: str, reading: Reading, line: int, path: str, engine: str) -> Finding:
    at = Location(path, line) if path else None
    advice = "take the comment away" if rule == "unneeded-allow" else "write `because` and the reason behind it"
    return Finding(
        rule, Category.COMPATIBILITY, Severity.WARNING, message, reading.text, at, "", engine, reading.line,
        advice=advice, part_line=line,
    )  # fmt: skip
