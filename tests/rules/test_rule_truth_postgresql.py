"""What the PostgreSQL rules claim is what PostgreSQL does: every example is run and watched from other sessions."""

from __future__ import annotations

import os

import psycopg
import pytest

from neoron.model.finding import Category
from neoron.rules import RULES
from rules.truth_postgresql import fresh, measure, prepare

NOT_HERE = {
    "drop-database": "it would drop the test's own server's databases",
    "set-tablespace": "there is no second tablespace to move to",
    "change-access-method": "there is no second access method",
    "unparsed": "it runs whatever the table holds",
    "index-corruption-version": "it needs PostgreSQL 14.0 to 14.3",
    "concurrently-on-partitioned": "PostgreSQL refuses it, which is the finding",
    "add-column-not-null": "PostgreSQL refuses it on rows, which is the finding",
    "open-transaction": "the end that is missing cannot be measured",
    "nested-transaction": "its BEGIN is only warned of",
    "commit-inside": "it ends the measurement's own transaction",
}
LOST_LATER = {
    "fk-cascade": "rows go when a parent is deleted", "disable-checks": "rows that break foreign keys are let in",
    "set-unlogged": "rows go at the next crash",
}  # fmt: skip
QUICK = {
    "drop-column", "create-index", "set-not-null", "add-foreign-key", "rewrite-type", "add-column-default", "truncate",
    "add-column-check",
}  # fmt: skip
MEASURED = sorted(r.id for r in RULES if "postgresql" in r.engines and r.id not in NOT_HERE)
BY_ID = {rule.id: rule for rule in RULES}


def _cases() -> list[object]:
    return [pytest.param(i, marks=() if i in QUICK else (pytest.mark.nightly,)) for i in MEASURED]


@pytest.fixture
def version(postgres_url: str) -> int:
    """The server's major version."""
    with psycopg.connect(postgres_url) as connection:
        return connection.info.server_version // 10_000


@pytest.mark.postgresql
@pytest.mark.parametrize("rule_id", _cases())
def test_the_stated_effect_is_what_happens(rule_id: str, postgres_url: str, version: int) -> None:
    """Who waits, whether the table is written anew, and whether rows or values are lost, is as the rule says."""
    rule = BY_ID[rule_id]
    one = rule.engines["postgresql"]
    if int(one.example.version.partition(".")[0] or 0) > version:
        pytest.skip(f"its example is for PostgreSQL {one.example.version}")
    with fresh(postgres_url):
        prepare(postgres_url, one.example.schema)
        bad = measure(postgres_url, one.example.bad)
    assert bad.error == ""
    assert bad.lock in (None, one.effect.lock)
    assert bad.rewrites == one.effect.rewrites
    if rule.category is Category.DATA_LOSS and rule_id not in LOST_LATER:
        assert bad.lost
    with fresh(postgres_url):
        prepare(postgres_url, one.example.schema)
        good = measure(postgres_url, one.example.good)
    assert (good.error, good.rewrites) == ("", False)


def test_what_is_not_measured_is_few_and_real() -> None:
    """Each rule that is left out is one, and has its reason."""
    assert set(NOT_HERE) | set(LOST_LATER) | QUICK <= set(BY_ID)
    assert len(NOT_HERE) <= len(MEASURED) // 5
    assert all(NOT_HERE.values())
    assert os.sep not in "".join(NOT_HERE)
