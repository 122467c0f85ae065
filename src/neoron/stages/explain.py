"""Rules as their readers see them: for SARIF, `--explain` and the rule pages."""

from __future__ import annotations

import difflib

from neoron.model.rule_summary import EngineSummary, RuleSummary
from neoron.rules import RULES
from neoron.rules.about_allowing import ALLOWING_RULES, NO_WAY_DOWN
from neoron.rules.rule import Effect, Rule


def summaries() -> tuple[RuleSummary, ...]:
    """Every rule, in the order of their ids."""
    return tuple(sorted((*(_summary(rule) for rule in RULES), *ALLOWING_RULES, NO_WAY_DOWN), key=lambda rule: rule.id))


def summary_of(rule_id: str) -> RuleSummary | None:
    """The rule of that id, or of another tool's id for the same risk; None when there is none."""
    wanted = rule_id.lower()
    for rule in summaries():
        others = {alias for known in rule.aliases for alias in (known, known.partition(":")[2])}
        if wanted == rule.id or wanted in {other.lower() for other in others}:
            return rule
    return None


def nearest(rule_id: str) -> str:
    """The id that comes nearest, empty when none is near."""
    return next(iter(difflib.get_close_matches(rule_id, [rule.id for rule in summaries()], n=1)), "")


def _summary(rule: Rule) -> RuleSummary:
    on = tuple(
        EngineSummary(name, effect_in_words(one.effect), one.effect.source, one.example.bad, one.example.good,
                      one.example.schema, one.instead)
        for name, one in rule.engines.items()
    )  # fmt: skip
    return RuleSummary(
        rule.id, rule.category, rule.severity, rule.title, rule.why, rule.instead, on, rule.is_opt_in, rule.aliases
    )


def effect_in_words(effect: Effect) -> str:
    """What the statement does to others, in a few words."""
    told = [effect.lock.value if effect.lock.value != "none" else "no lock that others wait for"]
    told += ["rewrites the table"] if effect.rewrites else []
    told += ["reads the whole table"] if effect.scans else []
    told += [f"harmless since {effect.safe_since}"] if effect.safe_since else []
    return ", ".join(told)
