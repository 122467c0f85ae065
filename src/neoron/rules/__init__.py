"""Every rule of the review, one file each and one line here."""

from __future__ import annotations

from neoron.rules import (
    drop_table,
    unparsed,
)
from neoron.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    drop_table.RULE,
    unparsed.RULE,
)
