"""Connections: open one, send statements, own the transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from neoron.engines.postgresql.address import connection_fault, is_missing_database, keywords
from neoron.engines.roles import Row, Sent
from neoron.engines.roles import Session as AnySession
from neoron.engines.url import Url
from neoron.errors import TargetBusy, TargetUnavailable
from neoron.sql.quote import quote_identifier

if TYPE_CHECKING:
    import psycopg

OLDEST = 130000
# A run that was suspended inside a transaction must not keep its locks for ever.
_SETTINGS = "SET standard_conforming_strings = on; SET idle_in_transaction_session_timeout = '10min'"
# Without the check a killed run's statement, and its locks, live on until the statement ends (measured: 7.5 s
# of 8 s; with it 0.5 s). The deploy lock's session idles during a backup, which no server limit may end.
_SETTINGS_14 = "; SET idle_session_timeout = 0"
_CHECK_14 = "; SET client_connection_check_interval = '500ms'"
_OUTCOME_WAIT_S = 30.0
_SESSION_ENDS_S, _PAUSE_S = 2.0, 0.02
_CONNECTED = """
SELECT pid, coalesce(usename, ''), coalesce(nullif(application_name, ''), backend_type) FROM pg_stat_activity
WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker' ORDER BY pid LIMIT 5
"""


_XACT_ID = "SELECT pg_current_xact_id()::text"


class Session:
    """One connection to one PostgreSQL database, in autocommit unless `begin` was called.

    Shape: parameters are written `%s`; a statement without parameters is sent exactly as it is.
    """

    __slots__ = ("_cursor", "_is_beginning", "_later", "_timeouts", "_token", "is_read_only", "raw", "url")

    def __init__(self, url: Url, raw: psycopg.Connection[Row], *, is_read_only: bool = False) -> None:
        self.url = url
        self.raw = raw
        self.is_read_only = is_read_only
        self._cursor = raw.cursor()
        self._timeouts: tuple[int, int] | None = None
        self._is_beginning = False
        self._later: list[tuple[str, Sequence[Any]]] = []

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Send one statement; the rows it touched, or -1. Raises: the driver's own error."""
        self._send(sql, parameters)
        return self._cursor.rowcount

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Send one query; all its rows, none for a statement without a result. Raises: the driver's own error."""
        self._send(sql, parameters)
        return self._cursor.fetchall() if self._cursor.description else []

    def execute_later(self, sql: str, parameters: Sequence[Any]) -> None:
        """Send one INSERT together with what comes next; its error comes up there."""
        self._later.append((sql, parameters))

    def _send(self, sql: str, parameters: Sequence[Any]) -> None:
        # The driver asks for literal strings against injection; here the text of a migration is the point.
        text: Any = sql
        if self._is_beginning and not parameters and not self._later:
            self._begin_with(text)
            return
        self.begin_now()
        if self._later:
            self._send_waiting()
        # Not prepared: the driver forgets all prepared statements after each DROP and ALTER, which costs more.
        self._cursor.execute(text, parameters or None, prepare=False)

    def _send_waiting(self) -> str:
        """Everything that waits, in one statement which also gives the transaction's id."""
        inserts = ", ".join(f"w{i} AS ({sql})" for i, (sql, _values) in enumerate(self._later))
        values = [value for _sql, row in self._later for value in row]
        self._later.clear()
        text: Any = f"WITH {inserts} {_XACT_ID}" if inserts else _XACT_ID
        self._cursor.execute(text, values or None, prepare=False)
        return str(self._cursor.fetchall()[0][0])

    def begin(self) -> None:
        """Open a transaction: it goes with the first statement, on the same round trip."""
        self._is_beginning = True

    def begin_now(self) -> None:
        """Open the transaction without waiting for its first statement. Raises: the driver's own error."""
        if self._is_beginning:
            self._is_beginning = False
            self._cursor.execute("BEGIN", prepare=False)

    def _begin_with(self, statement: str) -> None:
        # One simple query of two statements: the server opens the block, and what follows is inside it.
        text: Any = f"BEGIN; {statement}"
        self._is_beginning = False
        self._cursor.execute(text, prepare=False)
        self._cursor.nextset()

    def commit(self) -> None:
        """Commit it.

        Raises: the driver's own error, also when the server rolled back instead: it does so without an error
        of its own when an earlier statement of the transaction had failed.
        """
        import psycopg

        if self._is_beginning and not self._later:
            self._is_beginning = False
            return
        self.begin_now()
        if self._later:
            self._send_waiting()
        self._cursor.execute("COMMIT", prepare=False)
        if self._cursor.statusmessage == "ROLLBACK":
            raise psycopg.errors.InFailedSqlTransaction("rolled back: an earlier statement of it had failed")

    def rollback(self) -> None:
        """Roll it back if one is still open; never raises, so that the first error is kept."""
        import psycopg

        self._is_beginning = False
        self._later.clear()
        if self.raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            return
        try:
            self._cursor.execute("ROLLBACK", prepare=False)
        except psycopg.Error:
            return  # the connection is gone, and the transaction with it

    def transact(self, statements: Sequence[Sent], *, is_followed: bool) -> int:
        """BEGIN, the statements and COMMIT as one simple query; the rows that the first touched, or -1.

        Raises: FailedAt with the driver's own error; after a lost connection the outcome is unknown.
        Source: PostgreSQL manual, "Multiple Statements in a Simple Query": what follows an error is not run.
        """
        from neoron.engines.postgresql.whole import send_whole

        return send_whole(self.raw, statements, is_followed=is_followed)

    def commit_token(self) -> str:
        """The open transaction's id, for `commit_outcome`. Raises: the driver's own error."""
        self.begin_now()
        return self._send_waiting()

    def commit_outcome(self, token: str) -> bool | None:
        """Whether that transaction committed; None when it is too old or still running after 30 s.

        Raises: the driver's own error.
        """
        ends_at = time.monotonic() + _OUTCOME_WAIT_S
        while True:
            answer = self.query("SELECT pg_xact_status(%s::xid8)", (token,))[0][0]
            if answer in ("committed", "aborted"):
                return bool(answer == "committed")
            if answer is None or time.monotonic() >= ends_at:
                return None
            time.sleep(0.2)

    def set_timeouts(self, *, lock_timeout_ms: int, statement_timeout_ms: int) -> None:
        """Bound every wait from here on; 0 means no limit. Raises: the driver's own error."""
        import psycopg

        wanted = (int(lock_timeout_ms), int(statement_timeout_ms))
        if wanted == self._timeouts:
            return
        self._send(f"SET lock_timeout = {wanted[0]}; SET statement_timeout = {wanted[1]}", ())
        # A setting made inside a transaction is undone with it, so only one made outside may be remembered.
        is_idle = self.raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        self._timeouts = wanted if is_idle else None

    def close(self) -> None:
        """Close it, whatever state it is in; never raises."""
        import psycopg

        try:
            self.raw.close()
        except psycopg.Error:
            return  # a broken connection is as closed as it gets

    def alembic_connection(self) -> Any:
        """This connection as a SQLAlchemy one that shares the open transaction, for a Python step.

        Shape: its begin, commit and rollback reach nobody: the transaction stays the runner's.
        """
        from neoron.engines.postgresql.shared import share

        self.begin_now()
        return share(self.raw)


def connect(url: Url, *, create: bool = False, read_only: bool = False) -> Session:
    """Open a session in autocommit; `create` makes a missing database first.

    Raises: TargetUnavailable in one line; UsageError for an unknown URL option.
    """
    import psycopg

    try:
        raw = _open(url)
    except psycopg.Error as error:
        if not (create and is_missing_database(str(error))):
            raise connection_fault(url, error) from None
        _create(url)
        raw = _open_or_refuse(url)
    _check_version(url, raw)
    _settle(raw, read_only=read_only)
    return Session(url, raw, is_read_only=read_only)


def _open(url: Url, database: str | None = None) -> psycopg.Connection[Row]:
    import logging

    import psycopg

    # A lost connection comes up as an error; without this the driver's log would also write it to standard error.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    connection: psycopg.Connection[Row] = psycopg.connect(autocommit=True, **keywords(url, database=database))  # type: ignore[arg-type]
    return connection


def _open_or_refuse(url: Url, database: str | None = None) -> psycopg.Connection[Row]:
    import psycopg

    try:
        return _open(url, database)
    except psycopg.Error as error:
        raise connection_fault(url, error) from None


def _check_version(url: Url, raw: psycopg.Connection[Row]) -> None:
    if raw.info.server_version < OLDEST:
        found = raw.info.parameter_status("server_version")
        raw.close()
        raise TargetUnavailable(
            f"PostgreSQL {found} is too old: 13 or later is supported", where=str(url), next="upgrade the server"
        )


def _settle(raw: psycopg.Connection[Row], *, read_only: bool) -> None:
    """Make the session behave the same on every server, in one round trip."""
    import psycopg

    settings = _SETTINGS + ("; SET default_transaction_read_only = on" if read_only else "")
    if raw.info.server_version < 140000:
        raw.execute(settings.encode())
        return
    settings += _SETTINGS_14
    try:
        raw.execute((settings + _CHECK_14).encode())
    except psycopg.errors.InvalidParameterValue:  # the server's platform cannot watch its sockets
        raw.execute(settings.encode())


def maintenance_database(url: Url) -> str:
    """A database of the same server that is not the URL's own."""
    return "template1" if url.database == "postgres" else "postgres"


def _create(url: Url) -> None:
    """Create the database; that another runner was faster is as good."""
    import psycopg

    with _open_or_refuse(url, maintenance_database(url)) as raw:
        for attempt in range(20):
            try:
                raw.execute(f"CREATE DATABASE {quote_identifier(url.database, 'postgresql')}".encode())
                return
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return
            except psycopg.errors.ObjectInUse:  # two creations copy the same template at once
                time.sleep(0.1 * (attempt + 1))
            except psycopg.Error as error:
                words = error.diag.message_primary or "the server refused"
                message = f'cannot create the database "{url.database}": {words}'
                raise TargetUnavailable(message, where=str(url), next="create it by hand") from None
    raise TargetBusy(f'cannot create the database "{url.database}": its template is in use', where=str(url))


def exists(url: Url) -> bool:
    """Whether the database is there. Raises: TargetUnavailable when the server is not."""
    import psycopg

    try:
        _open(url).close()
    except psycopg.Error as error:
        if is_missing_database(str(error)):
            return False
        raise connection_fault(url, error) from None
    return True


def drop(url: Url) -> None:
    """Drop the whole database, never under somebody's feet.

    Raises: TargetBusy naming the sessions connected to it; TargetUnavailable.
    """
    import psycopg

    with _open_or_refuse(url, maintenance_database(url)) as raw:
        _refuse_connected(url, raw)
        try:
            raw.execute(f"DROP DATABASE {quote_identifier(url.database, 'postgresql')}".encode())
        except psycopg.errors.ObjectInUse:  # somebody connected since we looked
            _refuse_connected(url, raw)
            raise TargetBusy(f'the database "{url.database}" is in use', where=str(url)) from None
        except psycopg.Error as error:
            words = error.diag.message_primary or "the server refused"
            raise TargetUnavailable(f"cannot drop it: {words}", where=str(url)) from None


def _refuse_connected(url: Url, raw: psycopg.Connection[Row]) -> None:
    """Raises: TargetBusy for sessions that stay; the server ends a closed one a moment later than its client.

    Source: PostgreSQL's source, CountOtherDBBackends: DROP DATABASE ends the workers of autovacuum by itself.
    """
    until = time.monotonic() + _SESSION_ENDS_S
    while rows := raw.execute(_CONNECTED, (url.database,)).fetchall():
        if time.monotonic() > until:
            sessions = ", ".join(f"session {pid} ({user}, {application})" for pid, user, application in rows)
            message = f'the database "{url.database}" is in use by {sessions}'
            raise TargetBusy(message, where=str(url), next="close them, then try again")
        time.sleep(_PAUSE_S)


def server_version(session: AnySession) -> str:
    """The server's version, such as `15.18`. Raises: the driver's own error."""
    return str(session.query("SHOW server_version")[0][0]).split()[0]


def product(session: AnySession) -> str:
    """`postgresql`."""
    return "postgresql"


def edition(session: AnySession) -> str:
    """Empty: PostgreSQL costs the same in every edition."""
    return ""


_PREFLIGHT = """
SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on',
       current_setting('search_path'), current_schema(), current_user,
       has_schema_privilege(current_schema(), 'CREATE')
"""


def preflight(session: AnySession) -> None:
    """Refuse a read-only target or one that lacks a right, before the first change.

    Raises: TargetUnavailable naming the right and the object; the driver's own error.
    """
    standby, read_only, path, schema, user, can_create = session.query(_PREFLIGHT)[0]
    where = str(session.url)
    if standby:
        raise TargetUnavailable("the target is read-only: it is a standby", where=where, next="connect to the primary")
    if read_only and not getattr(session, "is_read_only", False):
        reason = "default_transaction_read_only is on"
        raise TargetUnavailable(f"the target is read-only: {reason}", where=where, next="switch that setting off")
    if schema is None:
        message = f"no schema of the search_path ({path}) exists or may be used by {user}"
        raise TargetUnavailable(message, where=where, next="grant USAGE on the schema, or set search_path")
    if not can_create:
        message = f'user {user} lacks the right CREATE on schema "{schema}"'
        names = [quote_identifier(name, "postgresql") for name in (schema, user)]
        step = f"GRANT CREATE ON SCHEMA {names[0]} TO {names[1]}"
        raise TargetUnavailable(message, where=where, next=step)
