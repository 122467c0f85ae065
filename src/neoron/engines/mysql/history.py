"""The history and journal tables in MariaDB's and MySQL's words.

The last journal row of a transaction is its token: whether that row is there tells whether it committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from neoron.engines.ledger import HISTORY, Ledger, TokenLedger
from neoron.engines.mysql.storage import unheld_tables
from neoron.engines.roles import Session, Writes
from neoron.model.history import History
from neoron.sql.quote import quote_literal


class _Ledger(TokenLedger):
    """Makes the journal first: each CREATE TABLE commits by itself, and a history that is there needs its journal.

    An INSERT may read its own table only through another one (MySQL manual, "INSERT ... SELECT Statement").
    """

    def read(self, session: Session) -> History:
        """What is applied, and which tables' rows no transaction takes back. Raises: the driver's own error."""
        return replace(Ledger.read(self, session), unheld=unheld_tables(session))

    def table_statements(self) -> tuple[str, ...]:
        history, journal = Ledger.table_statements(self)
        return journal, history

    def _change(self, session: Writes, sql: str, values: Sequence[Any]) -> None:
        session.execute_later(sql, values)

    def next_position(self) -> str:
        return f"(SELECT place FROM (SELECT coalesce(max(position), 0) + 1 AS place FROM {HISTORY}) AS positions)"


LEDGER = _Ledger(
    mark="%s",
    short="VARCHAR(255)",
    long="LONGTEXT",
    table_exists="SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s",
    now="DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')",
    user="CURRENT_USER()",
    literal=lambda text: quote_literal(text, "mysql"),
    table_options=" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
)
