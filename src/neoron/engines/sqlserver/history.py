"""The history and journal tables in SQL Server's words."""

from __future__ import annotations

from neoron.engines.ledger import HISTORY, Ledger
from neoron.model.migration import Version
from neoron.sql.quote import quote_literal

LEDGER = Ledger(
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

read = LEDGER.read
read_down = LEDGER.read_down
table_statements = LEDGER.table_statements
record_sql = LEDGER.record_sql
write = LEDGER.write
append_journal = LEDGER.append_journal
last_journal = LEDGER.last_journal
read_journal = LEDGER.read_journal
script_record = LEDGER.script_record
script_reverting = LEDGER.script_reverting
script_advance = LEDGER.script_advance
applied_condition = LEDGER.applied_condition
known_condition = LEDGER.known_condition
progress_condition = LEDGER.progress_condition


def script_attempt(version: Version, number: int) -> str:
    """One SQL statement that notes a step outside a transaction as begun."""
    return f"UPDATE {HISTORY} SET step_attempted = {number:d} WHERE version = {LEDGER.literal(version)}"


def attempted_condition(version: Version, number: int) -> str:
    """A boolean expression: an earlier run began that step."""
    where = f"version = {LEDGER.literal(version)} AND step_attempted = {number:d}"
    return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE {where})"
