"""The review finds what a careful reader of the corpus finds, and is silent where that reader is."""

from __future__ import annotations

import pytest

from review_corpus.corpus_cases import FOLDER, Case, Outcome, Score, cases, outcomes, scores

ENGINES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and any(path.glob("*.sql")))
NEEDED = 0.97


def _all(engine: str) -> list[Outcome]:
    return [outcome for case in cases(engine) for outcome in outcomes(case)]


def _complaints(outcome: Outcome) -> list[str]:
    place = f"{outcome.case}: `{' '.join(outcome.statement.split())[:90]}`"
    if outcome.found and not outcome.expected:
        return [f"{place} alarms {sorted({f'{f.rule} {f.category.value}' for f in outcome.found})}"]
    return [f"{place} misses {sorted(outcome.missing())}"] if outcome.missing() else []


@pytest.mark.parametrize("engine", ENGINES)
def test_recall_and_precision(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of what the corpus expects at least 97 % is found, and at least 97 % of what is found is expected."""
    found = _all(engine)
    told = scores(found)
    with capsys.disabled():
        safe = sum(case.is_safe for case in cases(engine))
        print(f"\n{engine}: {len(list(cases(engine)))} cases, {safe} of them safe")
        for name, score in told.items():
            expected = score.hits + score.misses
            print(f"  {name:14} recall {score.recall:.3f}  precision {score.precision:.3f}  of {expected}")
    wrong = [line for outcome in found for line in _complaints(outcome)]
    bad = [name for name, score in told.items() if min(score.recall, score.precision) < NEEDED]
    assert not bad, "\n".join([f"below {NEEDED}: {bad}", *wrong])


@pytest.mark.parametrize("engine", ENGINES)
def test_names_of_cases_are_used_once(engine: str) -> None:
    """A case is found by its name."""
    names = [case.id for case in cases(engine)]
    assert len(names) == len(set(names))


def test_the_score_can_be_bad() -> None:
    """What is not found lowers recall, what is found in a safe statement lowers precision."""
    case = Case("x", "postgresql", "-- expect: locking\nSELECT 1;\nDROP TABLE t;", "", {})
    told = scores(outcomes(case))
    assert told["locking"].recall == 0
    assert told["data-loss"].precision == 0
    assert Score(hits=3, misses=1, alarms=1).recall == 0.75
