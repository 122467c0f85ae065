"""The deploy lock: sp_getapplock, owned by the session and gone with it."""

from __future__ import annotations

from collections.abc import Sequence

from neoron.engines.roles import Session
from neoron.engines.sqlserver.faults import errors
from neoron.engines.sqlserver.rows import qualified

HELD_SQL = "ISNULL(APPLOCK_MODE(N'public', N'neoron', N'Session'), N'') = N'Exclusive'"
"""A condition: this session holds the lock. The lock belongs to the database that the session is in.

Source: Microsoft, "APPLOCK_MODE"."""

RELEASE_SQL = f"IF {HELD_SQL} EXEC sp_releaseapplock @Resource = N'neoron', @LockOwner = N'Session';"

_TAKE_SQL = (
    "DECLARE @taken int; "
    "EXEC @taken = sp_getapplock @Resource = N'neoron', @LockMode = N'Exclusive', @LockOwner = N'Session', "
    "@LockTimeout = 0; SELECT @taken"
)


def try_acquire(session: Session) -> bool:
    """Take the lock without waiting; every negative result means that it was not taken.

    Raises: the driver's own error.
    Source: Microsoft, "sp_getapplock".
    """
    # A lock of our own session would be granted again, and counted: only a free one may be taken.
    if session.query(f"SELECT CASE WHEN {HELD_SQL} THEN 1 ELSE 0 END")[0][0]:
        return False
    rows = session.query(_TAKE_SQL)
    return bool(rows) and int(rows[0][0]) >= 0


def release(session: Session) -> None:
    """Give it back; never raises. When that fails the connection is closed, which gives it back for certain.

    Source: Microsoft, "sp_releaseapplock".
    """
    try:
        session.rollback()
        session.execute(RELEASE_SQL)
    except errors():
        session.close()


_HOLDER = """
SELECT TOP (1) l.request_session_id, s.login_name, s.host_name, s.program_name, s.status,
       DATEDIFF(SECOND, s.last_request_start_time, SYSDATETIME())
FROM sys.dm_tran_locks AS l JOIN sys.dm_exec_sessions AS s ON s.session_id = l.request_session_id
WHERE l.resource_type = N'APPLICATION' AND l.resource_database_id = DB_ID() AND l.request_status = N'GRANT'
  AND l.resource_description LIKE N'%neoron%'
"""


def holder(session: Session) -> str:
    """Who holds it: login, host, program and since when; empty when nobody does.

    Shape: without the right VIEW SERVER STATE, or on a server that lacks the views, only that it is held.
    Raises: the driver's own error, when the connection is lost.
    Source: Microsoft, "sys.dm_tran_locks" (resource_description of an APPLICATION lock), "sys.dm_exec_sessions".
    """
    free = "SELECT APPLOCK_TEST(N'public', N'neoron', N'Exclusive', N'Session')"
    try:
        rows = session.query(_HOLDER)
    except errors():
        rows = []
    if rows:
        id, login, host, program, status, seconds = rows[0]
        return f"{program or 'session'} {id} (login {login}, host {host or '?'}, {status} for {seconds} s)"
    if session.query(free)[0][0]:
        return ""
    return "another session, which this user may not see (it lacks the right VIEW SERVER STATE)"


_BLOCKERS = """
SELECT DISTINCT TOP (5) s.session_id, s.login_name, s.host_name, s.program_name, s.status,
       OBJECT_NAME(l.resource_associated_entity_id), DATEDIFF(SECOND, s.last_request_start_time, SYSDATETIME())
FROM sys.dm_tran_locks AS l JOIN sys.dm_exec_sessions AS s ON s.session_id = l.request_session_id
WHERE l.resource_type = N'OBJECT' AND l.resource_database_id = DB_ID() AND l.request_status = N'GRANT'
  AND l.request_session_id <> @@SPID"""


def blockers(session: Session, tables: Sequence[str]) -> tuple[str, ...]:
    """Sessions that hold locks on the tables; none where this user may not see them.

    Shape: all tables of the database when none is named; a name is compared as the database does.
    Raises: the driver's own error, when the connection is lost.
    Source: Microsoft, "sys.dm_tran_locks", "sys.dm_exec_sessions", "OBJECT_ID".
    """
    names = tuple(qualified(table) for table in tables)
    those = f" AND l.resource_associated_entity_id IN ({', '.join(['OBJECT_ID(?)'] * len(names))})" if names else ""
    try:
        rows = session.query(_BLOCKERS + those, names)
    except errors():
        return ()
    return tuple(
        f"session {id} ({program or '?'}, login {login}, host {host or '?'}, {status}, {seconds} s) on {table}"
        for id, login, host, program, status, table, seconds in rows
        if table
    )
