"""Every rule finds its bad example, leaves its good one alone, and says what it is about."""

from __future__ import annotations

import pytest

from neoron import review_sql
from neoron.rules import RULES
from neoron.rules.rule import Rule

EXAMPLES = [(rule.id, engine) for rule in RULES for engine in rule.engines]
BY_ID = {rule.id: rule for rule in RULES}


def _found(rule_id: str, engine: str, text: str) -> set[str]:
    example = BY_ID[rule_id].engines[engine].example
    found = review_sql(
        text, engine=engine, schema=example.schema, version=example.version, rules=[rule_id],
        transaction=example.transaction, edition=example.edition,
    )  # fmt: skip
    return {finding.rule for finding in found}


@pytest.mark.parametrize(("rule_id", "engine"), EXAMPLES)
def test_the_bad_example_is_found(rule_id: str, engine: str) -> None:
    """What a rule warns of is what its bad example does."""
    assert rule_id in _found(rule_id, engine, BY_ID[rule_id].engines[engine].example.bad)


@pytest.mark.parametrize(("rule_id", "engine"), EXAMPLES)
def test_the_good_example_is_not(rule_id: str, engine: str) -> None:
    """What a rule recommends does not trip the rule itself."""
    assert rule_id not in _found(rule_id, engine, BY_ID[rule_id].engines[engine].example.good)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    """No rule leaves its reader without a reason, a way out and a source."""
    assert all((rule.id, rule.title, rule.why, rule.instead))
    assert all(one.effect.source for one in rule.engines.values())


def test_ids_are_used_once() -> None:
    """An id means one rule, and its file is called after it."""
    assert len(BY_ID) == len(RULES)
