"""The history and journal tables in SQL Server's words.

The last journal row of a transaction is its token: whether that row is there tells whether it committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from neoron.engines.ledger import HISTORY, JOURNAL, Ledger
from neoron.engines.roles import Row, Session, Writes
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


def append_journal(session: Writes, rows: Sequence[Row]) -> None:
    """Append rows, and let the session remember the last of them as its transaction's token.

    Raises: the driver's own error.
    Source: Microsoft, "Transactions (Transact-SQL)": a row and what stands beside it commit together.
    """
    LEDGER.append_journal(session, rows)
    if rows:
        cast(Any, session).token = f"{rows[-1][0]}:{rows[-1][-1]}"


def is_stored(session: Session, token: str) -> bool | None:
    """Whether the journal holds the row that a token names; None for no token.

    Raises: the driver's own error.
    Source: Microsoft, "Transactions (Transact-SQL)".
    """
    seq, _, digest = token.partition(":")
    if not digest:
        return None
    return bool(session.query(f"SELECT 1 FROM {JOURNAL} WHERE seq = ? AND hash = ?", (int(seq), digest)))
