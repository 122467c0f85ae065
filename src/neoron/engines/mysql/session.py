"""Connections: open one, send statements, own the transaction.

What differs between MariaDB and MySQL is asked of the server, so either scheme reaches either server.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any, cast

from neoron.engines.mysql.address import UNKNOWN_DATABASE, arguments, connection_fault
from neoron.engines.mysql.faults import code_of
from neoron.engines.mysql.history import LEDGER
from neoron.engines.roles import Row
from neoron.engines.roles import Session as AnySession
from neoron.engines.url import Url
from neoron.errors import TargetBusy, TargetUnavailable
from neoron.sql.quote import quote_identifier

OLDEST = {True: (10, 6), False: (8, 0)}
# Every session reads a statement alike, whatever the server's own settings are; quotes keep their usual meaning.
# The lock's session idles during a backup, which the server's idle limit must not end.
SQL_MODE = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
_SETTINGS = (
    f"SET SESSION sql_mode = '{SQL_MODE}', time_zone = '+00:00', wait_timeout = 2147483, autocommit = 1"
)
_NO_LIMIT_S = 31_536_000
_SESSION_ENDS_S, _PAUSE_S = 2.0, 0.02
_NOT_LOCKED = frozenset({1099, 1100})
_NOT_ROLLED_BACK = 1196
_KEEPALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 25_000))


class Session:
    """One connection to one database, in autocommit unless `begin` was called.

    Shape: parameters are written `%s`; a statement without parameters is sent exactly as it is; token is that of
    the last journal row sent; is_mariadb is what the server says of itself; holds_tables says that LOCK TABLES holds;
    has_kept_rows that the last rollback left rows of tables without transactions.
    """

    def __init__(self, url: Url, raw: Any, *, is_mariadb: bool) -> None:
        self.url = url
        self.raw = raw
        self.is_mariadb = is_mariadb
        self.token = ""
        self._cursor = raw.cursor()
        self._waiting: list[str] = []
        self._is_open = False
        self._timeouts: tuple[int, int] | None = None
        self.holds_tables = self.has_kept_rows = False

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Send one statement; the rows it touched, or -1. Raises: the driver's own error."""
        import pymysql

        try:
            self._send(self._text(sql, parameters))
        except pymysql.err.Error as error:
            if not (self.holds_tables and code_of(error) in _NOT_LOCKED):
                raise
            # The statement needs other tables as well, and no text tells beforehand which.
            self.rollback()
            self._send(self._text(sql, parameters))
        return int(self._cursor.rowcount)

    def execute_later(self, sql: str, parameters: Sequence[Any]) -> None:
        """Send one INSERT together with what comes next; its error comes up there."""
        self._waiting.append(self._text(sql, parameters))

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Send one query; all its rows, none for a statement without a result. Raises: the driver's own error."""
        return self._send(self._text(sql, parameters))

    def _text(self, sql: str, parameters: Sequence[Any]) -> str:
        return str(self._cursor.mogrify(sql, tuple(parameters))) if parameters else sql

    def _send(self, text: str) -> list[Row]:
        """Send what waits and this in one round trip; the rows of the last result."""
        texts, self._waiting = [*self._waiting, text], []
        self._cursor.execute(";\n".join(texts))
        rows: list[Row] = list(self._cursor.fetchall()) if self._cursor.description else []
        while self._cursor.nextset():  # an error of a later statement comes up here
            if self._cursor.description:
                rows = list(self._cursor.fetchall())
            elif len(texts) > 1:
                rows = []
        return rows

    def begin(self) -> None:
        """Open a transaction: it goes with the first statement, on the same round trip."""
        self._is_open, self.token, self.holds_tables = True, "", False  # LOCK TABLES ends here
        self.has_kept_rows = False
        self._waiting.append("START TRANSACTION")

    def commit(self) -> None:
        """Commit it. Raises: the driver's own error; after a lost connection the outcome is unknown."""
        self._send("COMMIT")
        self._is_open = False

    def rollback(self) -> None:
        """Roll it back if one is still open; never raises, so that the first error is kept."""
        import pymysql

        self._waiting.clear()
        ending = "ROLLBACK" if self._is_open else "UNLOCK TABLES" if self.holds_tables else ""
        self._is_open = self.holds_tables = False
        if ending:
            with suppress(pymysql.err.Error, OSError):  # the connection is gone, and what it held with it
                self._cursor.execute(ending)
                warnings = self.query("SHOW WARNINGS") if self._cursor.warning_count else []
                self.has_kept_rows = any(row[1] == _NOT_ROLLED_BACK for row in warnings)

    def commit_token(self) -> str:
        """The last journal row of the open transaction, which commits or goes with it; it is sent with COMMIT.

        Source: MySQL manual, "Multiple Statement Execution Support": what follows an error is not run.
        """
        return self.token

    def commit_outcome(self, token: str) -> bool | None:
        """Whether that row is there; None where the transaction wrote none. Raises: the driver's own error.

        Shape: asked by a session that holds the deploy lock, so the lost one has ended.
        """
        return LEDGER.is_stored(self, token)

    def set_timeouts(self, *, lock_timeout_ms: int, statement_timeout_ms: int) -> None:
        """Bound every wait from here on; 0 means no limit. The server counts lock waits in whole seconds, rounded up.

        Raises: the driver's own error.
        """
        wanted = (int(lock_timeout_ms), int(statement_timeout_ms))
        if wanted == self._timeouts:
            return
        seconds = -(-wanted[0] // 1000) or _NO_LIMIT_S
        limit = f"max_statement_time = {wanted[1] / 1000:f}" if self.is_mariadb else f"max_execution_time = {wanted[1]}"
        self.execute(f"SET SESSION lock_wait_timeout = {seconds}, innodb_lock_wait_timeout = {seconds}, {limit}")
        self._timeouts = wanted

    def close(self) -> None:
        """Close it, whatever state it is in; never raises."""
        import pymysql

        with suppress(pymysql.err.Error, OSError):  # a broken connection is as closed as it gets
            self.raw.close()

    def alembic_connection(self) -> Any:
        """This connection as a SQLAlchemy one that shares the open transaction, for a Python step."""
        from neoron.engines.mysql.shared import share

        if self._waiting:
            self._send("DO 0")
        return share(self.raw, self.url.scheme)


def connect(url: Url, *, create: bool = False, read_only: bool = False) -> Session:
    """Open a session in autocommit; `create` makes a missing database first.

    Raises: TargetUnavailable in one line; UsageError for an unknown URL option.
    """
    import pymysql

    try:
        raw = _open(url)
    except pymysql.err.Error as error:
        if not (create and code_of(error) == UNKNOWN_DATABASE):
            raise connection_fault(url, error) from None
        _create(url)
        raw = _open_or_refuse(url)
    is_mariadb = _check_version(url, raw)
    session = Session(url, raw, is_mariadb=is_mariadb)
    session.execute(_SETTINGS)
    session.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    if read_only:
        session.execute("SET SESSION TRANSACTION READ ONLY")
    return session


def _open(url: Url, database: str | None = None) -> Any:
    import pymysql
    from pymysql.constants import CLIENT

    class _Connection(pymysql.connections.Connection):  # type: ignore[misc]
        def _create_ssl_ctx(self, sslp: Any) -> Any:
            # Without a CA the driver checks no certificate, and still reads all of the system's: 30 ms each time.
            return super()._create_ssl_ctx(sslp) if sslp else _unchecked_tls()

    connection: Any = _Connection(client_flag=CLIENT.MULTI_STATEMENTS, **arguments(url, database=database))
    connection._read_timeout = None  # it bounds the login; a statement may take as long as it takes
    with suppress(OSError, AttributeError):  # a local socket has none of these, some systems not all
        connection._sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            connection._sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return connection


@cache
def _unchecked_tls() -> Any:
    """TLS as the driver has it by default: encrypted where the server can, its certificate not checked."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _open_or_refuse(url: Url, database: str | None = None) -> Any:
    import pymysql

    try:
        return _open(url, database)
    except pymysql.err.Error as error:
        raise connection_fault(url, error) from None


def _check_version(url: Url, raw: Any) -> bool:
    """Whether the server is MariaDB. Raises: TargetUnavailable when it is too old, or the URL names no database."""
    text = str(raw.get_server_info())
    is_mariadb = "mariadb" in text.lower()
    found = re.findall(r"(\d+)\.(\d+)", text.removeprefix("5.5.5-"))
    oldest = OLDEST[is_mariadb]
    product = "MariaDB" if is_mariadb else "MySQL"
    problem = ""
    if not found or tuple(map(int, found[0])) < oldest:
        problem = f"{product} {text} is too old: {oldest[0]}.{oldest[1]} or later is supported"
    elif not url.database:
        problem = "the URL names no database"
    if problem:
        raw.close()
        raise TargetUnavailable(problem, where=str(url), next="correct the URL, or upgrade the server")
    return is_mariadb


def _create(url: Url) -> None:
    """Create the database; that another runner was faster is as good."""
    import pymysql

    raw = _open_or_refuse(url, "")
    try:
        name = quote_identifier(url.database, "mysql")
        raw.cursor().execute(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4")
    except pymysql.err.Error as error:
        message = f'cannot create the database "{url.database}": {error.args[-1]}'
        raise TargetUnavailable(message, where=str(url), next="create it by hand") from None
    finally:
        raw.close()


def exists(url: Url) -> bool:
    """Whether the database is there. Raises: TargetUnavailable when the server is not."""
    import pymysql

    try:
        _open(url).close()
    except pymysql.err.Error as error:
        if code_of(error) == UNKNOWN_DATABASE:
            return False
        raise connection_fault(url, error) from None
    return True


def drop(url: Url) -> None:
    """Drop the whole database. Raises: TargetUnavailable, TargetBusy."""
    import pymysql

    raw = _open_or_refuse(url, "")
    try:
        cursor = raw.cursor()
        if rows := _users(cursor, url.database):
            sessions = ", ".join(f"session {id} ({user}, {host})" for id, user, host in rows)
            message = f'the database "{url.database}" is in use by {sessions}'
            raise TargetBusy(message, where=str(url), next="close them, then try again")
        cursor.execute(f"DROP DATABASE IF EXISTS {quote_identifier(url.database, 'mysql')}")
    except pymysql.err.Error as error:
        message = f'cannot drop the database "{url.database}": {error.args[-1]}'
        raise TargetUnavailable(message, where=str(url), next="drop it by hand") from None
    finally:
        raw.close()


def _users(cursor: Any, database: str) -> Sequence[Row]:
    """Who uses a database, up to five; the server ends a closed session a moment later than its client."""
    until = time.monotonic() + _SESSION_ENDS_S
    while True:
        cursor.execute(
            "SELECT id, user, host FROM information_schema.processlist WHERE db = %s AND id <> CONNECTION_ID() LIMIT 5",
            (database,),
        )
        rows: Sequence[Row] = cursor.fetchall()
        if not rows or time.monotonic() > until:
            return rows
        time.sleep(_PAUSE_S)


def server_version(session: AnySession) -> str:
    """The server's version, such as `10.11.6`. Raises: the driver's own error."""
    text = str(session.query("SELECT VERSION()")[0][0])
    return text.partition("-")[0]


def product(session: AnySession) -> str:
    """`mariadb` or `mysql`: a MariaDB is often reached by a mysql:// URL."""
    return "mariadb" if cast(Any, session).is_mariadb else "mysql"


def edition(session: AnySession) -> str:
    """Empty: MariaDB and MySQL cost the same in every edition."""
    return ""


def preflight(session: AnySession) -> None:
    """Refuse a read-only server before the first change.

    Raises: TargetUnavailable; the driver's own error.
    """
    if session.query("SELECT @@global.read_only")[0][0] not in (0, "0", "OFF"):
        raise TargetUnavailable(
            "the target is read-only: read_only is on", where=str(session.url),
            next="connect to the primary, or switch that setting off",
        )  # fmt: skip
