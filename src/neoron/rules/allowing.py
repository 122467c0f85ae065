"""Suppressions: `-- neoron: allow RULE because …` in front of a statement, or behind it on its last line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from neoron.model.finding import Category, Finding, Severity
from neoron.model.migration import Location
from neoron.rules.about_allowing import ALLOWING_RULES
from neoron.sql.actions import Reading


def judged(found: Sequence[Finding], reading: Reading, path: str, engine: str) -> list[Finding]:
    """The findings of one statement with the reasons that allow them, and those of its suppressions."""
    if not reading.allowed:
        return list(found)
    reasons = {rule: reason for rule, reason, _line in reading.allowed if reason}
    hit = {finding.rule for finding in found}
    told = [replace(f, allowed=reasons.get(f.rule, "")) for f in found]
    for rule, reason, line in reading.allowed:
        if not reason or rule not in hit:
            told.append(about_allowing(rule, reason, reading, line, path, engine))
    return told


def about_allowing(rule: str, reason: str, reading: Reading, line: int, path: str, engine: str) -> Finding:
    """The finding about a suppression that has no reason, or that hides nothing."""
    at = Location(path, line) if path else None
    known = {one.id: one for one in ALLOWING_RULES}["unneeded-allow" if reason else "allow-without-reason"]
    message = f"`allow {rule}` " + ("hides nothing here" if reason else "gives no reason, so it allows nothing")
    return Finding(
        known.id, Category.COMPATIBILITY, Severity.WARNING, message, reading.text, at, "", engine, reading.line,
        advice=known.instead, part_line=line,
    )  # fmt: skip
