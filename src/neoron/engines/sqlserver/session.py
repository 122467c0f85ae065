"""Connections: open one, send batches, own the transaction.

The driver stays in autocommit and the transaction is opened in T-SQL: some errors end it on the server, and the
driver's own rollback would then fail and hide the first error.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from neoron.engines.roles import Row
from neoron.engines.roles import Session as AnySession
from neoron.engines.sqlserver.address import (
    UNKNOWN_DATABASE,
    connect_timeout_s,
    connection_fault,
    connection_string,
    missing_driver,
)
from neoron.engines.sqlserver.faults import code_of, errors, message_of
from neoron.engines.sqlserver.history import LEDGER
from neoron.engines.url import Url
from neoron.errors import TargetBusy, TargetUnavailable
from neoron.sql.quote import quote_identifier, quote_literal

OLDEST = 13
# Every session reads a statement alike, whatever the server's own settings are; indexes on expressions need these.
# Source: Microsoft, "SET statements"; "CREATE INDEX", required SET options for filtered indexes; "SET XACT_ABORT".
SETTINGS = "SET XACT_ABORT ON; SET ANSI_NULLS ON; SET QUOTED_IDENTIFIER ON; SET IMPLICIT_TRANSACTIONS OFF;"
_ON = ("ANSI_PADDING", "ANSI_WARNINGS", "ARITHABORT", "CONCAT_NULL_YIELDS_NULL")
USUAL = (*(f"SET {name} ON" for name in _ON), "SET NUMERIC_ROUNDABORT OFF")
"""Settings that a server which only speaks the protocol may lack, and then needs not."""

# The driver does not tell an error's number: it is known by its words, which are then always English.
LANGUAGE = "SET LANGUAGE us_english"
VERSION = (
    "SELECT CAST(SERVERPROPERTY(N'ProductVersion') AS nvarchar(60)), CAST(SERVERPROPERTY(N'EngineEdition') AS int), "
    "CAST(SERVERPROPERTY(N'Babelfish') AS int)"
)
# Azure SQL Database, Managed Instance and their kin are always current, though their version says 12.
# Source: Microsoft, "SERVERPROPERTY", EngineEdition.
CLOUD_EDITIONS = frozenset({5, 6, 8, 9, 11, 12})
ENTERPRISE_EDITION = 3


class Session:
    """One connection to one database, in autocommit unless `begin` was called.

    Shape: parameters are written `?`; a statement without parameters is sent exactly as it is, as one batch; token is
    that of the last journal row sent.
    """

    def __init__(self, url: Url, raw: Any) -> None:
        self.url = url
        self.raw = raw
        self.token = ""
        self._cursor = raw.cursor()
        self._timeouts: tuple[int, int] | None = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Send one batch; the rows that its first statement touched, or -1. Raises: the driver's own error."""
        return self._send(sql, parameters)[0]

    def execute_later(self, sql: str, parameters: Sequence[Any]) -> None:
        """Send one INSERT now: the driver sends each batch by itself. Raises: the driver's own error."""
        self._send(sql, parameters)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Send one query; all rows of its last result, none for a batch without one. Raises: the driver's own error."""
        return self._send(sql, parameters)[1]

    def _send(self, sql: str, parameters: Sequence[Any]) -> tuple[int, list[Row]]:
        try:
            self._cursor.execute(sql, *([tuple(parameters)] if parameters else []))
            count = int(self._cursor.rowcount)
            rows = self._fetched()
            # An error of a later statement of the batch comes up only here: every result has to be asked for.
            while self._cursor.nextset():
                found = self._fetched()
                rows = found if found is not None else rows
        except BaseException:
            self._renew()
            raise
        return count, rows or []

    def _fetched(self) -> list[Row] | None:
        return [tuple(row) for row in self._cursor.fetchall()] if self._cursor.description else None

    def begin(self) -> None:
        """Open a transaction. Raises: the driver's own error."""
        self.token = ""
        self.execute("BEGIN TRANSACTION")

    def commit(self) -> None:
        """Commit it. Raises: the driver's own error; after a lost connection the outcome is unknown."""
        self.execute("COMMIT TRANSACTION")

    def rollback(self) -> None:
        """Roll it back if one is still open; never raises, so that the first error is kept."""
        with suppress(*errors(), OSError):  # the connection is gone, and the transaction with it
            self.execute("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")

    def _renew(self) -> None:
        """A new cursor: a statement that failed half-way may have left its results in the old one."""
        with suppress(*errors(), OSError):  # a broken connection has no cursors, and says so at the next statement
            self._cursor.close()
            self._cursor = self.raw.cursor()

    def commit_token(self) -> str:
        """The last journal row of the open transaction, which commits or goes with it."""
        return self.token

    def commit_outcome(self, token: str) -> bool | None:
        """Whether that row is there; None where the transaction wrote none. Raises: the driver's own error.

        Shape: asked by a session that holds the deploy lock, so the lost one has ended.
        """
        return LEDGER.is_stored(self, token)

    def set_timeouts(self, *, lock_timeout_ms: int, statement_timeout_ms: int) -> None:
        """Bound every wait from here on; 0 means no limit. The driver counts statements in whole seconds, rounded up.

        Raises: the driver's own error.
        """
        wanted = (int(lock_timeout_ms), int(statement_timeout_ms))
        if wanted == self._timeouts:
            return
        self.raw.timeout = -(-wanted[1] // 1000)
        self._renew()
        self.execute(f"SET LOCK_TIMEOUT {wanted[0] or -1}")
        self._timeouts = wanted

    def close(self) -> None:
        """Close it, whatever state it is in; never raises."""
        with suppress(*errors(), OSError, RuntimeError):  # a broken connection is as closed as it gets
            self.raw.close()

    def alembic_connection(self) -> Any:
        """This connection as a SQLAlchemy one that shares the open transaction, for a Python step."""
        from neoron.engines.sqlserver.shared import share

        return share(self.raw)


def connect(url: Url, *, create: bool = False, read_only: bool = False) -> Session:
    """Open a session in autocommit; `create` makes a missing database first.

    Shape: the server has no session that may only read; read_only is left to the rights of the login.
    Raises: TargetUnavailable in one line; UsageError for an unknown URL option.
    """
    driver = _driver(url)
    if not url.database:
        raise TargetUnavailable("the URL names no database", where=str(url), next="correct the URL")
    try:
        raw = _open(driver, url)
    except driver.Error as error:
        if not (create and code_of(error) == UNKNOWN_DATABASE):
            raise connection_fault(url, error) from None
        _administer(url, create_sql(url.database), "create")
        raw = _open_or_refuse(url)
    session = Session(url, raw)
    try:
        session.execute(SETTINGS)
        for setting in (*USUAL, LANGUAGE):
            with suppress(*errors()):
                session.execute(setting)
        _check_version(session)
    except BaseException:
        session.close()
        raise
    return session


def create_sql(database: str) -> str:
    """T-SQL that creates a database; that another runner was faster is as good."""
    return f"IF DB_ID({quote_literal(database, 'mssql')}) IS NULL CREATE DATABASE {quote_identifier(database, 'mssql')}"


def _driver(url: Url) -> Any:
    try:
        import mssql_python
    except (ImportError, OSError) as error:
        raise missing_driver(url, error) from None
    # A pooled connection is not closed at the server, and keeps the deploy lock.
    mssql_python.pooling(enabled=False)
    return mssql_python


def _open(driver: Any, url: Url, database: str | None = None) -> Any:
    text = connection_string(url, database=database)
    try:
        return driver.connect(text, autocommit=True, timeout=connect_timeout_s(url))
    except (ImportError, OSError, RuntimeError) as error:
        raise missing_driver(url, error) from None


def _open_or_refuse(url: Url, database: str | None = None) -> Any:
    driver = _driver(url)
    try:
        return _open(driver, url, database)
    except driver.Error as error:
        raise connection_fault(url, error) from None


def _check_version(session: Session) -> None:
    """Refuse a server that is too old. Raises: TargetUnavailable."""
    version, edition, babelfish = session.query(VERSION)[0]
    major = int(str(version).partition(".")[0] or 0)
    if major < OLDEST and edition not in CLOUD_EDITIONS and not babelfish:
        raise TargetUnavailable(
            f"SQL Server {version} is too old: 2016 (13.0) or later is supported", where=str(session.url),
            next="upgrade the server",
        )  # fmt: skip


def _administer(url: Url, sql: str, verb: str) -> None:
    """Send one statement to the server as a whole. Raises: TargetUnavailable."""
    raw = _open_or_refuse(url, "master")
    try:
        Session(url, raw).execute(sql)
    except errors() as error:
        message = f'cannot {verb} the database "{url.database}": {message_of(error)}'
        raise TargetUnavailable(message, where=str(url), next=f"{verb} it by hand") from None
    finally:
        raw.close()


def exists(url: Url) -> bool:
    """Whether the database is there. Raises: TargetUnavailable when the server is not."""
    driver = _driver(url)
    try:
        _open(driver, url).close()
    except driver.Error as error:
        if code_of(error) == UNKNOWN_DATABASE:
            return False
        raise connection_fault(url, error) from None
    return True


USERS = (
    "SELECT TOP (5) session_id, login_name, host_name FROM sys.dm_exec_sessions "
    "WHERE database_id = DB_ID(?) AND session_id <> @@SPID"
)
"""Who is connected to a database. Source: Microsoft, "sys.dm_exec_sessions"."""


def drop(url: Url) -> None:
    """Drop the whole database. Raises: TargetUnavailable, TargetBusy."""
    raw = _open_or_refuse(url, "master")
    session, rows = Session(url, raw), list[Row]()
    try:
        with suppress(*errors()):  # without the right to see sessions the server's own refusal has to do
            rows = session.query(USERS, (url.database,))
    finally:
        raw.close()
    if rows:
        sessions = ", ".join(f"session {id} ({login}, {host})" for id, login, host in rows)
        message = f'the database "{url.database}" is in use by {sessions}'
        raise TargetBusy(message, where=str(url), next="close them, then try again")
    _administer(url, f"DROP DATABASE IF EXISTS {quote_identifier(url.database, 'mssql')}", "drop")


def server_version(session: AnySession) -> str:
    """The server's version, such as `16.0.4085.2`. Raises: the driver's own error."""
    return str(session.query(VERSION)[0][0])


def product(session: AnySession) -> str:
    """`sqlserver`."""
    return "sqlserver"


def edition(session: AnySession) -> str:
    """`enterprise` (its kin and Developer included), `azure`, or `standard`. Raises: the driver's own error.

    Source: Microsoft, "SERVERPROPERTY", EngineEdition.
    """
    code = session.query(VERSION)[0][1]
    return "azure" if code in CLOUD_EDITIONS else "enterprise" if code == ENTERPRISE_EDITION else "standard"


READ_ONLY = (
    "SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), N'Updateability') AS nvarchar(20)), "
    "HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', N'CREATE TABLE'), IS_SRVROLEMEMBER(N'sysadmin'), IS_MEMBER(N'db_owner')"
)


def preflight(session: AnySession) -> None:
    """Refuse a database that is read-only, or a user that may not create tables, before the first change.

    Raises: TargetUnavailable; the driver's own error.
    """
    updates, may_create, *roles = session.query(READ_ONLY)[0]
    if updates == "READ_ONLY":
        raise TargetUnavailable(
            "the target is read-only: a secondary replica, or a database set READ_ONLY", where=str(session.url),
            next="connect to the primary, or switch that setting off",
        )  # fmt: skip
    if may_create == 0 and 1 not in roles:
        raise TargetUnavailable(
            f"the user {session.url.user or 'of this login'} may not create tables", where=str(session.url),
            next="make it a member of db_ddladmin, db_datareader and db_datawriter",
        )  # fmt: skip

