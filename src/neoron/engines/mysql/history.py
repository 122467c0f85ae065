"""The history and journal tables in MariaDB's and MySQL's words.

The last journal row of a transaction is its token: whether that row is there tells whether it committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from neoron.engines.ledger import HISTORY, JOURNAL, Ledger
from neoron.engines.roles import Row, Session, Writes
from neoron.sql.quote import quote_literal


class _Ledger(Ledger):
    """Makes the journal first: each CREATE TABLE commits by itself, and a history that is there needs its journal.

    An INSERT may read its own table only through another one (MySQL manual, "INSERT ... SELECT Statement").
    """

    def table_statements(self) -> tuple[str, ...]:
        history, journal = Ledger.table_statements(self)
        return journal, history

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

script_record = LEDGER.script_record
script_reverting = LEDGER.script_reverting
script_advance = LEDGER.script_advance
applied_condition = LEDGER.applied_condition
known_condition = LEDGER.known_condition
read = LEDGER.read
read_down = LEDGER.read_down
table_statements = LEDGER.table_statements
record_sql = LEDGER.record_sql
write = LEDGER.write
last_journal = LEDGER.last_journal
read_journal = LEDGER.read_journal


def append_journal(session: Writes, rows: Sequence[Row]) -> None:
    """Append rows, and let the session remember the last of them as its transaction's token.

    Raises: the driver's own error.
    Source: MariaDB manual, "START TRANSACTION": a row and what stands beside it commit together.
    """
    LEDGER.append_journal(session, rows)
    if rows:
        cast(Any, session).token = f"{rows[-1][0]}:{rows[-1][-1]}"


def is_stored(session: Session, token: str) -> bool | None:
    """Whether the journal holds the row that a token names; None for no token.

    Raises: the driver's own error.
    Source: MariaDB manual, "START TRANSACTION".
    """
    seq, _, digest = token.partition(":")
    if not digest:
        return None
    return bool(session.query(f"SELECT 1 FROM {JOURNAL} WHERE seq = %s AND hash = %s", (int(seq), digest)))
