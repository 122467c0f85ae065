"""The same PostgreSQL files through squawk, the best known reviewer, scored by the same measure."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from neoron.model.finding import Category, Finding, Severity
from review_corpus.corpus_cases import Case, Outcome, Score, cases, outcomes, scores

SQUAWK = Path(sys.executable).with_name("squawk")
NOT_RISKS = {
    "prefer-robust-stmts", "require-lock-timeout", "require-statement-timeout", "require-timeout-settings",
    "prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity", "prefer-text-field",
    "prefer-timestamp-tz", "ban-char-field", "identifier-too-long", "require-table-schema", "unused-ignore",
}  # fmt: skip
"""Its rules of style: not counted, neither for it nor against it."""
CATEGORIES = (
    ("ban-drop-(table|column|database|schema|type|domain|extension)$|ban-truncate", {"data-loss", "irreversible"}),
    ("changing-column-type", {"locking", "data-loss", "compatibility"}),
    ("ban-|renaming|adding-required-field|transaction-nesting|syntax-error", {"compatibility"}),
    (".", {"locking"}),
)
"""Which categories a rule of squawk may count for: the first pattern that its name matches, read kindly."""


def _categories(rule: str) -> set[str]:
    found = next(names for pattern, names in CATEGORIES if re.match(pattern, rule))
    return found | {"compatibility"} if rule == "ban-drop-column" else found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[int, str]]]:
    """Case -> the lines, from 1, and rules that squawk named."""
    folder = tmp_path_factory.mktemp("squawk")
    by_case: dict[str, list[tuple[int, str]]] = {}
    for case in cases("postgresql"):
        file = folder / f"{case.id}.sql"
        file.write_text(case.text, encoding="utf-8")
        version = case.options.get("version", "16").partition(".")[0]
        words = [str(SQUAWK), "--reporter", "json", f"--pg-version={version}.0", str(file)]
        words += ["--assume-in-transaction"] if "transaction" in case.options else []
        run = subprocess.run(words, capture_output=True, text=True, check=False)
        found = json.loads(run.stdout or "[]")
        by_case[case.id] = [(f["line"] + 1, f["rule_name"]) for f in found if f["rule_name"] not in NOT_RISKS]
    return by_case


def _by_squawk(case: Case, found: list[tuple[int, str]]) -> list[Outcome]:
    text = case.text
    result, start = [], 0
    for outcome in outcomes(case):
        at = text.index(outcome.statement, start)
        start = at + len(outcome.statement)
        lines = range(text.count("\n", 0, at) + 1, text.count("\n", 0, start) + 2)
        names = {rule for line, rule in found if line in lines}
        made = tuple(
            Finding(rule, Category(name), Severity.WARNING, "") for rule in names for name in _categories(rule)
        )
        result.append(replace(outcome, found=made))
    return result


def _caught(all_outcomes: list[Outcome]) -> Score:
    """Statements, whatever the category: risky ones that were named, and safe ones that were not."""
    risky = [o for o in all_outcomes if o.expected]
    hits = sum(bool(o.found) for o in risky)
    return Score(hits, len(risky) - hits, sum(bool(o.found) for o in all_outcomes if not o.expected))


@pytest.mark.skipif(not SQUAWK.exists(), reason="squawk-cli is not installed")
def test_neoron_finds_more_and_cries_less(
    told: dict[str, list[tuple[int, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """On the corpus recall and precision are above squawk's, statement by statement."""
    ours = [outcome for case in cases("postgresql") for outcome in outcomes(case)]
    theirs = [outcome for case in cases("postgresql") for outcome in _by_squawk(case, told[case.id])]
    mine, other = _caught(ours), _caught(theirs)
    with capsys.disabled():
        print("\nPostgreSQL                neoron              squawk")
        print(f"  {'any risk':14} recall {mine.recall:.3f} {other.recall:10.3f}  ", end="")
        print(f"precision {mine.precision:.3f} {other.precision:.3f}")
        for (name, score), theirs_of in zip(scores(ours).items(), scores(theirs).values(), strict=True):
            print(f"  {name:14} recall {score.recall:.3f} {theirs_of.recall:10.3f}  ", end="")
            print(f"precision {score.precision:.3f} {theirs_of.precision:.3f}")
    assert other.hits > 50, "squawk was not read rightly"
    assert mine.recall > other.recall
    assert mine.precision > other.precision
