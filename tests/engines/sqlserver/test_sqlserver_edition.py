"""A review of a live SQL Server knows its edition, on which costs and refusals depend."""

from __future__ import annotations

import pytest

from neoron import review_sql
from neoron.engines.sqlserver.session import edition
from neoron.stages.figures import Live

INDEX = (
    "CREATE INDEX i ON dbo.Orders (Id) WITH (ONLINE = ON "
    "(WAIT_AT_LOW_PRIORITY (MAX_DURATION = 1 MINUTES, ABORT_AFTER_WAIT = SELF)))"
)


class Answer:
    """A session that knows what SERVERPROPERTY said; no SQL Server can run here."""

    def __init__(self, code: int) -> None:
        self.code = code

    def query(self, sql: str) -> list[tuple[str, int, None]]:
        """The one row of the query for version and edition."""
        assert "EngineEdition" in sql
        return [("16.0.4085.2", self.code, None)]


@pytest.mark.parametrize(
    ("code", "expected"), [(2, "standard"), (3, "enterprise"), (4, "standard"), (5, "azure"), (8, "azure")]
)
def test_the_edition_is_told_from_its_number(code: int, expected: str) -> None:
    """Developer and Evaluation count as Enterprise, and the services of Azure as one of their own."""
    assert edition(Answer(code)) == expected


@pytest.mark.parametrize(
    ("name", "version", "rules"),
    [
        ("standard", "2022", {"online-needs-enterprise"}), ("Enterprise", "2022", set()), ("azure", "12", set()),
        ("enterprise", "2019", {"online-needs-enterprise"}), ("developer", "16", set()),
    ],
)  # fmt: skip
def test_what_an_edition_refuses_is_found(name: str, version: str, rules: set[str]) -> None:
    """An index that is built online, waiting politely, is safe exactly where edition and version know that."""
    found = review_sql(INDEX, engine="sqlserver", edition=name, version=version)
    assert {finding.rule for finding in found} == rules


def test_figures_are_found_whatever_the_case() -> None:
    """The review speaks of `orders` where the target says `Orders`."""
    live = Live("sqlserver", (16,), {"Orders": 5, "Sales.Lines": 7})
    names = [live.named(name) for name in ("orders", "sales.lines", "Orders", "others")]
    assert names == ["Orders", "Sales.Lines", "Orders", ""]
