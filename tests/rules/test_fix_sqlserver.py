"""`review --fix` on SQL Server: Microsoft's compiler takes what is written, and the schema is the same."""

from __future__ import annotations

import pytest

from fix_tsql import TsqlCheck
from neoron.stages.fix_text import fixed_text
from neoron.stages.review_text import circumstances

SCHEMA = """CREATE TABLE dbo.customers (id bigint NOT NULL PRIMARY KEY);
GO
CREATE TABLE dbo.orders (id bigint NOT NULL, customer_id bigint, note nvarchar(100), code varchar(20) NOT NULL);
GO
CREATE TABLE dbo.[Old Orders] (id bigint NOT NULL, code varchar(20) NOT NULL);
GO
CREATE INDEX i ON dbo.orders (note);
"""
ANY_EDITION = {
    "add-foreign-key": "ALTER TABLE dbo.orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES dbo.customers;",
    "add-foreign-key checked": (
        "ALTER TABLE [dbo].[orders] WITH CHECK ADD CONSTRAINT [fk to] FOREIGN KEY (customer_id)\n"
        "  REFERENCES dbo.customers (id) ON DELETE SET NULL\nGO\nSELECT 1;"
    ),
    "add-check": "ALTER TABLE dbo.[Old Orders] ADD CONSTRAINT [it's] CHECK (id > 0)",
}
ENTERPRISE = {
    "create-index": "CREATE INDEX j ON dbo.orders (code);",
    "create-index all its words": (
        "CREATE UNIQUE NONCLUSTERED INDEX j ON dbo.orders (code DESC) INCLUDE (note) WHERE code > 'a' "
        "WITH (FILLFACTOR = 80) ON [PRIMARY];"
    ),
    "create-index with a place": "CREATE INDEX j ON dbo.orders (code) ON [PRIMARY];",
    "add-unique": "ALTER TABLE dbo.orders ADD CONSTRAINT u UNIQUE (code);",
    "add-primary-key": "ALTER TABLE dbo.orders ADD CONSTRAINT pk PRIMARY KEY CLUSTERED (id ASC) ON [PRIMARY];",
    "rebuild-table": "ALTER INDEX i ON dbo.orders REBUILD;",
}
STAYS = {
    "without a name": ("ALTER TABLE dbo.orders ADD CHECK (id > 0);", "standard", "it has no name"),
    "the standard edition": ("CREATE INDEX j ON dbo.orders (code);", "standard", "refused by the standard edition"),
    "a branch": (
        "IF 1 = 1 ALTER TABLE dbo.orders ADD CONSTRAINT c CHECK (id > 0); ELSE SELECT 1;", "standard", "in a branch",
    ),
    "two things": (
        "ALTER TABLE dbo.orders ADD CONSTRAINT c CHECK (id > 0), CONSTRAINT d CHECK (id < 9);", "standard",
        "more than one thing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", [*ANY_EDITION, *ENTERPRISE])
def test_a_fixed_t_sql_script_is_the_same_schema(case: str, tsql: TsqlCheck) -> None:
    """The rule's finding is gone, the compiler takes it, and DacFx sees no difference."""
    edition = "standard" if case in ANY_EDITION else "enterprise"
    script = {**ANY_EDITION, **ENTERPRISE}[case]
    given = circumstances("sqlserver", edition=edition, schema=SCHEMA)
    report = fixed_text(script, given)
    assert report.replaced[0].rules[0] == case.split()[0]
    assert case.split()[0] not in {f.rule for f in report.left}
    fixed = report.files[0].after
    assert tsql.compile(SCHEMA, fixed) == []
    assert tsql.chain(SCHEMA, fixed).changes_from(tsql.chain(SCHEMA, script))[0] == []


@pytest.mark.parametrize("case", STAYS)
def test_t_sql_without_a_safe_form_stays(case: str) -> None:
    """What the edition refuses or what cannot be told apart is left as it is, with the reason."""
    script, edition, reason = STAYS[case]
    report = fixed_text(script, circumstances("sqlserver", edition=edition, schema=SCHEMA))
    assert (report.files, [r for r in report.reasons if reason in r] != []) == ((), True), report
