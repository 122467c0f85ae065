"""The deploy lock: GET_LOCK, held by a session and gone with it."""

from __future__ import annotations

from collections.abc import Sequence

from neoron.engines.mysql.faults import errors
from neoron.engines.roles import Session
from neoron.errors import TargetUnavailable

NAME_SQL = "CONCAT('neoron:', LEFT(SHA2(DATABASE(), 256), 40))"
"""The lock's name: user locks belong to the whole server, so the database is part of it; 64 characters fit."""


def try_acquire(session: Session) -> bool:
    """Take the lock without waiting.

    Raises: TargetUnavailable on a Galera cluster, where each node has its own locks; the driver's own error.
    Source: MariaDB manual, "GET_LOCK"; "MariaDB Galera Cluster - Known Limitations".
    """
    rows = session.query("SHOW VARIABLES LIKE 'wsrep_on'")
    if rows and str(rows[0][1]).upper() in ("ON", "1"):
        raise TargetUnavailable(
            "no deploy lock on a Galera cluster: GET_LOCK holds on one node only, and another run could pass it",
            where=str(session.url),
            next="run on one node with wsrep_on switched off for maintenance, or on a server outside the cluster",
        )
    # A lock of our own session would be granted again, and counted: only a free one may be taken.
    held, got = session.query(f"SELECT IS_USED_LOCK({NAME_SQL}), GET_LOCK({NAME_SQL}, 0)")[0]
    if got == 1 and held is not None:
        session.query(f"SELECT RELEASE_LOCK({NAME_SQL})")
        return False
    return bool(got == 1)


def release(session: Session) -> None:
    """Give it back; never raises. When that fails the connection is closed, which gives it back for certain.

    Source: MariaDB manual, "RELEASE_LOCK".
    """
    try:
        session.rollback()
        released = session.query(f"SELECT RELEASE_LOCK({NAME_SQL})")[0][0] == 1
    except errors():
        released = False
    if not released:
        session.close()


def holder(session: Session) -> str:
    """Who holds it: user, address, server session and since when; empty when nobody does.

    Raises: the driver's own error.
    Source: MariaDB manual, "IS_USED_LOCK"; "Information Schema PROCESSLIST Table".
    """
    used = session.query(f"SELECT IS_USED_LOCK({NAME_SQL})")[0][0]
    if used is None:
        return ""
    rows = session.query("SELECT user, host, command, time FROM information_schema.processlist WHERE id = %s", (used,))
    if not rows:
        return f"session {used}, which this user may not see (it lacks the right PROCESS)"
    user, host, command, seconds = rows[0]
    return f"neoron session {used} (database user {user}, address {host}, {str(command).lower()} for {seconds} s)"


_BLOCKERS = """
SELECT p.id, p.user, p.host, p.command, TIMESTAMPDIFF(SECOND, t.trx_started, NOW())
FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
WHERE p.id <> CONNECTION_ID() AND (p.db = DATABASE() OR p.db IS NULL) ORDER BY t.trx_started LIMIT 5
"""


def blockers(session: Session, tables: Sequence[str]) -> tuple[str, ...]:
    """Sessions of this database with an open transaction, the longest first.

    Shape: the server does not tell, without a plugin, which table each of them holds.
    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema INNODB_TRX Table"; MySQL manual, "The INNODB_TRX Table".
    """
    return tuple(
        f"session {id} ({user}, {host}, {str(command).lower()}, {seconds} s)"
        for id, user, host, command, seconds in session.query(_BLOCKERS)
    )
