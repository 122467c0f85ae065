"""The review's findings for people, code scanning and pull requests."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from neoron.render.findings_markdown import render_github, render_markdown
from neoron.render.findings_sarif import render_sarif
from neoron.render.findings_text import render_findings
from neoron.render.style import Style
from neoron.rules.reviewer import Circumstances, review_script
from neoron.stages.explain import summaries, summary_of

SCRIPT = (
    "-- neoron: allow truncate because it is a cache\nTRUNCATE cache;\n"
    "ALTER TABLE orders ADD COLUMN kind text NOT NULL,\n  DROP COLUMN note;\nCREATE INDEX o ON orders (id);\n"
)
FOUND = review_script(SCRIPT, Circumstances("postgresql"), path="migrations/a b.sql")


def test_sarif_fits_its_schema() -> None:
    """What we write is SARIF 2.1.0 by the models made from its JSON Schema, which refuse unknown keys."""
    whole = json.loads(render_sarif(FOUND, summaries(), "1"))
    run = Sarif.model_validate(whole).runs[0]
    assert run.results is not None
    assert len(run.results) == len(FOUND)
    rules = whole["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in whole["runs"][0]["results"])
    assert whole["runs"][0]["results"][0]["suppressions"][0]["justification"] == "it is a cache"
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in whole["runs"][0]["results"]}
    assert uris == {"migrations/a%20b.sql"}


def test_the_sarif_check_can_fail() -> None:
    """A key that SARIF does not know is refused."""
    whole = json.loads(render_sarif(FOUND, summaries(), "1"))
    whole["runs"][0]["results"][0]["colour"] = "red"
    with pytest.raises(ValidationError):
        Sarif.model_validate(whole)


def test_github_gets_one_annotation_per_finding() -> None:
    """Each points to its line; what is allowed is none; line breaks and colons are escaped."""
    lines = render_github(FOUND).splitlines()
    assert lines[0].startswith("::error file=migrations/a b.sql,line=3,col=")
    assert not any("truncate" in line for line in lines)
    assert "add-column-not-null (compatibility)" in lines[0]


def test_markdown_names_the_statement_and_its_risks() -> None:
    """A pull request shows the statement once, then each risk, then what to do."""
    text = render_markdown(FOUND)
    assert text.count("DROP COLUMN note") == 1
    assert "**drop-column** (data-loss, compatibility, irreversible)" in text
    assert "*Allowed: it is a cache*" in text


def test_text_points_at_the_part() -> None:
    """The caret stands under the column that goes, on its own line."""
    text = render_findings(FOUND, Style.PLAIN)
    assert "4 |   DROP COLUMN note\n  |               ^^^^" in text
    assert text.endswith("3 errors, 1 allowed")


def test_text_steers_no_terminal() -> None:
    """An escape sequence in a script is shown, not obeyed."""
    found = review_script('DROP TABLE "a\x1b[31m";', Circumstances("postgresql"))
    assert "\x1b" not in render_findings(found, Style.PLAIN)


def test_a_rule_is_found_by_another_tools_id() -> None:
    """Who comes from squawk finds the same risk here."""
    rule = summary_of("squawk:ban-drop-table")
    assert rule is not None
    assert rule.id == "drop-table"
    assert summary_of("nothing-like-it") is None
