"""What the review says about its own suppressions, and about whole migrations; these look at no action."""

from __future__ import annotations

from neoron.model.finding import Category, Severity
from neoron.model.rule_summary import RuleSummary

ALLOWING_RULES = (
    RuleSummary(
        "unneeded-allow", Category.COMPATIBILITY, Severity.WARNING, "A suppression hides nothing",
        "It stays for ever, and hides the next risk that somebody writes there.", "take the comment away",
    ),
    RuleSummary(
        "allow-without-reason", Category.COMPATIBILITY, Severity.WARNING, "A suppression gives no reason",
        "Nobody can tell later whether it is still right, so it allows nothing.",
        "write `because` and the reason behind it",
    ),
)  # fmt: skip
NO_WAY_DOWN = RuleSummary(
    "no-way-down", Category.IRREVERSIBLE, Severity.INFO, "A migration has no way down",
    "`neoron rollback` refuses to take it back: only a restore of a backup undoes it, with all that was written since.",
    "write its `-- migrate:down` section, or its downgrade()",
)  # fmt: skip
