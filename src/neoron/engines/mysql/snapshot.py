"""One moment seen by two connections: commits wait while both open their snapshots.

The server shows no session another's snapshot, so what keeps them equal is that nothing is committed between them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from neoron.engines.mysql.catalog import schema
from neoron.engines.mysql.faults import LOCK_WAIT, NO_RIGHT, code_of, errors, translate
from neoron.engines.mysql.history import LEDGER
from neoron.engines.mysql.session import connect
from neoron.engines.roles import Session
from neoron.errors import BackupError
from neoron.model.history import AppliedMigration
from neoron.model.schema import Table
from neoron.sql.quote import quote_identifier

_TABLES = """
SELECT t.table_name, t.table_type, COALESCE(e.transactions, 'NO') FROM information_schema.tables t
LEFT JOIN information_schema.engines e ON e.engine = t.engine
WHERE t.table_schema = DATABASE() AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY t.table_name
"""
# A lock that waits makes new writers wait behind it: it is asked for shortly, and again.
_WAIT_MS, _TRIES, _PAUSE_S = 2_000, 8, 0.5
# Only commits wait. MySQL has no such stage: there, statements that write wait as well.
_STOP = {True: ("BACKUP STAGE START", "BACKUP STAGE BLOCK_COMMIT"), False: ("FLUSH TABLES WITH READ LOCK",)}


@dataclass
class Moment:
    """A moment of the database.

    Shape: reader is a session that sees it; binlog is its place in the binary log, empty where there is none or the
    user may not ask; has_history says that a table keeps its former rows.
    """

    reader: Session
    tables: tuple[Table, ...]
    applied: tuple[AppliedMigration, ...]
    binlog: dict[str, str]
    has_history: bool = False
    _holder: Session | None = field(default=None, repr=False)

    def release(self) -> None:
        """Let commits go on; a second call does nothing."""
        if self._holder is not None:
            self._holder.close()
            self._holder = None


@contextmanager
def frozen(session: Session) -> Iterator[Moment]:
    """The database at this moment; commits wait until `release`.

    Shape: a table that knows no snapshots, such as one of MyISAM, is locked until the end.
    Raises: BackupError when writers hold a table for long, or a right is missing.
    Source: MariaDB manual, "BACKUP STAGE", "START TRANSACTION" (WITH CONSISTENT SNAPSHOT), "LOCK TABLES".
    """
    opened: list[Session] = []

    def another() -> Session:
        opened.append(connect(session.url))
        opened[-1].set_timeouts(lock_timeout_ms=_WAIT_MS, statement_timeout_ms=0)
        return opened[-1]

    try:
        found = [(str(name), str(kind), str(safe)) for name, kind, safe in session.query(_TABLES)]
        unsafe = [name for name, _kind, safe in found if safe != "YES"]
        locker, holder = another(), another()
        is_first = cast(Any, holder).is_mariadb  # where commits are stopped it waits, and MySQL waits for it
        if unsafe and is_first:
            _patiently(locker, _lock_tables(unsafe))
        _stop_commits(holder, [name for name, _kind, _safe in found])
        if unsafe and not is_first:
            _patiently(locker, _lock_tables(unsafe))
        reader = another()
        reader.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        has_history = any(kind == "SYSTEM VERSIONED" for _name, kind, _safe in found)
        tables, applied = schema(reader).tables, LEDGER.read(reader).complete
        yield Moment(reader, tables, applied, place_of(reader), has_history, holder)
    except errors() as error:
        raise BackupError(f"the snapshot cannot be read: {translate(error).message}", where=str(session.url)) from None
    finally:
        for one in opened:
            one.close()


def _stop_commits(holder: Session, tables: Sequence[str]) -> None:
    """Let nothing be committed any more; where the right for it is missing, lock the tables instead."""
    try:
        for statement in _STOP[cast(Any, holder).is_mariadb]:
            _patiently(holder, statement)
    except errors() as error:
        if code_of(error) not in NO_RIGHT:
            raise
    else:
        return
    try:
        if tables:
            _patiently(holder, _lock_tables(tables))
    except errors() as error:
        if code_of(error) not in NO_RIGHT:
            raise
        message = f"user {holder.url.user} lacks the right RELOAD, without which no moment can be held"
        step = f"GRANT RELOAD ON *.*, or GRANT LOCK TABLES ON {quote_identifier(holder.url.database, 'mysql')}.*"
        raise BackupError(message, where=str(holder.url), next=step) from None


def _lock_tables(tables: Sequence[str]) -> str:
    return "LOCK TABLES " + ", ".join(f"{quote_identifier(name, 'mysql')} READ" for name in tables)


def _patiently(holder: Session, statement: str) -> None:
    """Ask for a lock, a short time each. Raises: BackupError when it is not to be had; the driver's own error."""
    for _ in range(_TRIES):
        try:
            holder.execute(statement)
            return
        except errors() as error:
            if code_of(error) != LOCK_WAIT:
                raise
        time.sleep(_PAUSE_S)
    raise BackupError(
        f"what keeps commits waiting was not to be had: asked {_TRIES} times, {_WAIT_MS} ms each",
        where=str(holder.url), next="end the long write or the other backup, then run again",
    )  # fmt: skip


def place_of(reader: Session) -> dict[str, str]:
    """Where the binary log was at this moment.

    Source: MariaDB manual, "Enhancements for START TRANSACTION WITH CONSISTENT SNAPSHOT"; MySQL manual, "SHOW BINARY
    LOG STATUS".
    """
    if cast(Any, reader).is_mariadb:
        found = {str(name).lower(): str(value) for name, value in reader.query("SHOW STATUS LIKE 'binlog_snapshot_%'")}
        file, position = found.get("binlog_snapshot_file", ""), found.get("binlog_snapshot_position", "")
        if not file:
            return {}
        gtid = str(reader.query("SELECT BINLOG_GTID_POS(%s, %s)", (file, int(position)))[0][0] or "")
        return {"file": file, "position": position, "gtid": gtid}
    for question in ("SHOW BINARY LOG STATUS", "SHOW MASTER STATUS"):
        with suppress(*errors()):  # one of them is of another version, and either needs a right
            rows = reader.query(question)
            return {"file": str(rows[0][0]), "position": str(rows[0][1]), "gtid": str(rows[0][4])} if rows else {}
    return {}
