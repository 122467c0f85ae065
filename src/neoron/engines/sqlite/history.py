"""The history and journal tables in SQLite's words."""

from __future__ import annotations

from neoron.engines.ledger import Ledger
from neoron.sql.quote import quote_literal

LEDGER = Ledger(
    mark="?",
    short="TEXT",
    long="TEXT",
    table_exists="SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
    now="strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    user="'sqlite3'",
    literal=lambda text: quote_literal(text, "sqlite"),
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
