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
