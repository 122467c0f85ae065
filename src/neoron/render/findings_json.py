"""Findings as the JSON of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neoron.model.finding import Finding


def findings_json(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """One object per finding."""
    return [
        {
            "rule": f.rule, "category": f.category.value, "severity": f.severity.value, "engine": f.engine,
            "file": f.at.path if f.at else "", "line": f.line, "column": f.column, "part_line": f.part_line,
            "statement": f.statement, "message": f.message, "lock": f.lock, "rewrite": f.rewrite, "fix": f.fix,
            "advice": f.advice, "allowed": f.allowed,
        }
        for f in found
    ]  # fmt: skip
