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
