"""Every example for SQL Server is T-SQL that Microsoft's parser and schema compiler accept."""

from __future__ import annotations

import pytest

from fix_tsql import TsqlCheck
from neoron.rules import RULES

RULES_HERE = {rule.id: rule for rule in RULES if "sqlserver" in rule.engines}


@pytest.mark.parametrize("rule_id", sorted(RULES_HERE))
def test_examples_for_sql_server_are_accepted(rule_id: str, tsql: TsqlCheck) -> None:
    """The bad example and the good one run on the schema that they are about."""
    example = RULES_HERE[rule_id].engines["sqlserver"].example
    for text in (example.bad, example.good):
        assert tsql.compile(*(part for part in (example.schema, text) if part)) == [], text
