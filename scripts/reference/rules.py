"""docs/rules/: a page per rule and a page that lists them, from the records that the review itself reads."""

from __future__ import annotations

from functools import partial

from neoron.model.rule_summary import RuleSummary
from neoron.render.findings_markdown import render_rule
from neoron.stages.explain import summaries
from reference import markdown

TITLES = {"data-loss": "Data loss", "locking": "Locking", "performance": "Performance",
          "compatibility": "Compatibility", "irreversible": "Cannot be undone"}  # fmt: skip


def page(rule: RuleSummary) -> str:
    """The page of one rule."""
    return markdown.page(rule.id, render_rule(rule))


def index() -> str:
    """All rules by category."""
    parts = []
    for category, title in TITLES.items():
        found = [rule for rule in summaries() if rule.category.value == category]
        rows = [(f"[{r.id}]({r.id}.md)", r.title, r.severity.value + (" (opt-in)" if r.is_opt_in else ""),
                 ", ".join(r.engines) or "all") for r in found]  # fmt: skip
        parts += [f"## {title}", markdown.table(("Rule", "What", "Weight", "Engines"), rows)]
    intro = (
        "What `neoron review` knows. `neoron review --explain ID` shows one. A comment "
        "`-- neoron: allow ID because …` in front of a statement allows it there. Opt-in rules are asked for with "
        "`--rule ID`."
    )
    return markdown.page("Rules of the review", intro, *parts)


def pages() -> dict[str, partial[str]]:
    """Path -> how its page is made."""
    made = {f"docs/rules/{rule.id}.md": partial(page, rule) for rule in summaries()}
    return {"docs/rules/README.md": partial(index), **made}
