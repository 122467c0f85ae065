"""Findings as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from neoron.model.finding import Finding, Severity
from neoron.model.rule_summary import RuleSummary

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Mapping[Severity, str] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render_sarif(found: Sequence[Finding], rules: Sequence[RuleSummary], version: str) -> str:
    """One run of Neoron with the rules that it knows and a result per finding."""
    places = {rule.id: number for number, rule in enumerate(rules)}
    driver = {"name": "Neoron", "version": version, "rules": [_rule(rule) for rule in rules]}
    results = [_result(finding, places) for finding in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1)


def _rule(rule: RuleSummary) -> dict[str, Any]:
    return {
        "id": rule.id, "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title}, "fullDescription": {"text": rule.why},
        "help": {"text": rule.instead}, "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"category": rule.category.value, "tags": [rule.category.value, *rule.engines]},
    }  # fmt: skip


def _result(finding: Finding, places: Mapping[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule, "level": _LEVELS[finding.severity], "message": {"text": _text(finding)},
        "locations": [_location(finding)], "properties": {"category": finding.category.value, "engine": finding.engine},
    }  # fmt: skip
    if finding.rule in places:
        result["ruleIndex"] = places[finding.rule]
    if finding.allowed:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.allowed}]
    return result


def _text(finding: Finding) -> str:
    return f"{finding.message}. Instead: {finding.advice}" if finding.advice else finding.message


def _location(finding: Finding) -> dict[str, Any]:
    path = finding.at.path if finding.at else "script.sql"
    region: dict[str, Any] = {"startLine": max(finding.part_line or finding.line, 1), "startColumn": finding.column}
    region["snippet"] = {"text": finding.statement}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.replace("\\", "/"))
