"""What a finding means on a live target."""

from __future__ import annotations

from neoron.model.finding import Category, Finding, Severity
from neoron.stages.figures import Live, with_figures

LIVE = Live("postgresql", (16,), {"Messages": 41_000_000, "tags": 12}, {"Messages": 12_000_000_000, "tags": 8_192})


def _finding(**values: str) -> Finding:
    made = {"rule": "rewrite-type", "lock": "blocks reads and writes", "rewrite": "rewrites", "table": "Messages"}
    return Finding(category=Category.LOCKING, severity=Severity.ERROR, message="it", **{**made, **values})


def test_a_rewrite_says_rows_size_time_and_who_waits() -> None:
    """The sentence that a person on call needs."""
    told = "here it rewrites 41 M rows (12 GB): about 3 to 5 min during which reads and writes of Messages wait"
    assert with_figures(_finding(), LIVE).message == f"it; {told}"


def test_an_index_build_takes_less_and_lets_readers_through() -> None:
    """Only writers wait for CREATE INDEX."""
    finding = _finding(rule="create-index", lock="blocks writes", rewrite="scans")
    assert with_figures(finding, LIVE).message.endswith("about 1 to 2 min during which writes of Messages wait")


def test_what_is_not_known_is_not_said() -> None:
    """A table without figures keeps its finding as it is."""
    assert with_figures(_finding(table="other"), LIVE).message == "it"
