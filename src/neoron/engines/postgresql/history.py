"""The history and journal tables in PostgreSQL's words."""

from __future__ import annotations

from neoron.engines.ledger import Ledger
from neoron.sql.quote import quote_literal

LEDGER = Ledger(
    mark="%s",
    short="TEXT",
    long="TEXT",
    table_exists="SELECT 1 FROM pg_class WHERE oid = to_regclass(%s) AND relkind IN ('r', 'p')",
    now="to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    user="current_user",
    literal=lambda text: quote_literal(text, "postgresql"),
    elapsed="(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)::bigint",
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
