"""The deploy lock: a session-level advisory lock, which the server gives back when its owner dies.

Nobody ever waits inside the lock call: a waiter's snapshot would hold up every CREATE INDEX CONCURRENTLY
of the holder until it gives up. Who wants to wait asks again.
"""

from __future__ import annotations

from collections.abc import Sequence

from neoron.engines.roles import Session
from neoron.errors import TargetUnavailable

NAMESPACE = 1_852_144_498
"""The first key: the bytes of "neor" as a number."""

OBJECT_SQL = (
    "('x' || encode(substring(sha256(convert_to(coalesce(current_schema(), ''), 'UTF8')) for 4), 'hex'))::bit(32)::int"
)
"""The second key: 4 bytes of the SHA-256 of the schema that holds the history, so that two of them are apart.

The server computes it, so that a script made without a connection takes the very same lock.
"""

# One row of pg_locks of this database that is our kind of lock; objsubid 2 marks a lock with two keys.
_ROW = (
    f"locktype = 'advisory' AND classid = {NAMESPACE} AND objsubid = 2"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
HELD_SQL = f"EXISTS (SELECT 1 FROM pg_locks WHERE {_ROW} AND granted AND pid = pg_backend_pid())"
"""Whether this very session holds the lock."""

OTHER_SQL = (
    f"FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE {_ROW} AND granted"
    f" AND objid::bigint = (({OBJECT_SQL})::bigint & 4294967295)"
)
"""The holder's row, whoever that is."""

RELEASE_SQL = (
    f"SELECT pg_advisory_unlock({NAMESPACE}, objid::bigint::bit(32)::int) FROM pg_locks"
    f" WHERE {_ROW} AND granted AND pid = pg_backend_pid()"
)
"""Gives back what is held, even when a migration has changed the search path since."""


def try_acquire(session: Session) -> bool:
    """Take the lock without waiting.

    Raises: TargetUnavailable behind a pooler in transaction mode, where the lock would belong to nobody;
    the driver's own error.
    Source: PostgreSQL manual, "Advisory Locks" and "Advisory Lock Functions".
    """
    if not session.query(f"SELECT pg_try_advisory_lock({NAMESPACE}, {OBJECT_SQL})")[0][0]:
        return False
    # A second round trip on purpose: a transaction-mode pooler may answer it from another server session.
    if not session.query(f"SELECT {HELD_SQL}")[0][0]:
        raise TargetUnavailable(
            "the deploy lock was taken and is not ours: a pooler in transaction mode is in the way",
            where=str(session.url),
            next="connect to the server directly, or through a pooler in session mode",
        )
    return True


def release(session: Session) -> None:
    """Give it back; never raises. When that fails the connection is closed, which gives it back for certain.

    Source: PostgreSQL manual, "Advisory Lock Functions".
    """
    import psycopg

    try:
        session.rollback()
        released = all(row[0] for row in session.query(RELEASE_SQL))
    except psycopg.Error:
        released = False
    if not released:
        session.close()


def holder(session: Session) -> str:
    """Who holds it: program, user, address, server session and since when; empty when nobody does.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "pg_locks" and "pg_stat_activity".
    """
    rows = session.query(
        "SELECT application_name, usename, coalesce(host(client_addr), 'local'), pid,"
        f" to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS\"Z\"') {OTHER_SQL}"
    )
    if not rows:
        return ""
    application, user, address, pid, since = rows[0]
    return f"{application or 'a session'} (database user {user}, address {address}, session {pid}, connected {since})"


_BLOCKERS = """
SELECT DISTINCT a.pid, coalesce(a.usename, ''), coalesce(nullif(a.application_name, ''), a.backend_type),
       coalesce(a.state, a.backend_type), extract(epoch FROM now() - coalesce(a.xact_start, a.backend_start))::int
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.granted AND l.locktype = 'relation' AND a.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
  AND (%s OR c.relname = ANY(%s) OR n.nspname || '.' || c.relname = ANY(%s)
       OR c.oid IN (SELECT i.indexrelid FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
                    WHERE t.relname = ANY(%s)))
ORDER BY 5 DESC LIMIT 5
"""


def blockers(session: Session, tables: Sequence[str]) -> tuple[str, ...]:
    """Sessions that hold locks on the tables, longest transaction first; on any table when none is named.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "pg_locks".
    """
    names = [name.replace('"', "") for name in tables]
    rows = session.query(_BLOCKERS, (not names, names, names, names))
    return tuple(
        f"session {pid} ({user}, {application}, {state}, {seconds} s)"
        for pid, user, application, state, seconds in rows
    )
