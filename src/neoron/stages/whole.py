"""A migration of one statement as one message: which groups of steps that fits, and what collects its parts.

Not here: what is sent, and what follows an error; that is the runner's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from neoron.engines.roles import Row, Sent, Session, WholeTransactions
from neoron.model.plan import RecordKind, Step, StepKind
from neoron.stages.recording import Recorder


class Collected:
    """Stands in for a session while the history and the journal write: keeps what they would send."""

    def __init__(self) -> None:
        self.statements: list[Sent] = []

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Keep one statement."""
        self.statements.append((sql, parameters))
        return -1

    def execute_later(self, sql: str, parameters: Sequence[Any]) -> None:
        """Keep one statement."""
        self.statements.append((sql, parameters))


def fits(session: Session, group: Sequence[Step]) -> bool:
    """Whether a group is one statement and its history row, and the session can send it as one message.

    Shape: with more statements each is timed and reported while the next one runs, so they go one by one.
    """
    if len(group) != 2 or not hasattr(session, "transact"):  # isinstance of a protocol costs a tenth of a migration
        return False
    statement, record = group
    is_end = record.record in (RecordKind.APPLIED, RecordKind.REVERTED)
    return is_end and statement.kind is StepKind.STATEMENT and "\0" not in statement.sql


def collect(recorder: Recorder, group: Sequence[Step]) -> tuple[list[Sent], list[Row]]:
    """What one message holds for such a group, and the journal's rows in it.

    Changes: the journal notes both steps as done; they wait until it hears that they are stored.
    """
    statement, record = group
    sent = Collected()
    sent.execute(statement.sql)
    recorder.note_done(statement)
    recorder.write(sent, record, is_ahead=True)
    rows = recorder.journal.take()
    recorder.history.append_journal(sent, rows)
    return sent.statements, rows


def end_of(rows: Sequence[Row]) -> tuple[int, str]:
    """Where a journal ends that ends with these rows: seq and hash of the last one."""
    return int(rows[-1][0]), str(rows[-1][-1])


def transact(session: Session, statements: Sequence[Sent], *, is_followed: bool) -> int:
    """Send them as one transaction over a session that `fits` was true for; the rows that the first touched, or -1.

    Raises: FailedAt with the driver's own error.
    """
    return cast(WholeTransactions, session).transact(statements, is_followed=is_followed)
