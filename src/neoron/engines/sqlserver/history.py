"""The history and journal tables in SQL Server's words.

The last journal row of a transaction is its token: whether that row is there tells whether it committed.
"""

from __future__ import annotations

from neoron.engines.ledger import HISTORY, TokenLedger
from neoron.model.migration import Version
from neoron.sql.quote import quote_literal

LEDGER = TokenLedger(
    mark="?",
    # A key of 900 bytes fits any version of the server; 200 characters take 400.
    short="NVARCHAR(200)",
    long="NVARCHAR(MAX)",
    table_exists="SELECT 1 WHERE OBJECT_ID(?, N'U') IS NOT NULL",
    now="CONVERT(NVARCHAR(27), SYSUTCDATETIME(), 126) + N'Z'",
    user="SUSER_SNAME()",
    literal=lambda text: quote_literal(text, "mssql"),
    create_table="IF OBJECT_ID(N'{table}', N'U') IS NULL CREATE TABLE {table} ({columns})",
    newest="SELECT TOP ({count}) {columns} FROM {table} ORDER BY seq DESC",
)


def script_attempt(version: Version, number: int) -> str:
    """One SQL statement that notes a step outside a transaction as begun."""
    return f"UPDATE {HISTORY} SET step_attempted = {number:d} WHERE version = {LEDGER.literal(version)}"


def attempted_condition(version: Version, number: int) -> str:
    """A boolean expression: an earlier run began that step."""
    where = f"version = {LEDGER.literal(version)} AND step_attempted = {number:d}"
    return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE {where})"
