"""Databases beside the target: a session on the server as a whole, and copies that are dropped at the end."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from neoron.engines.roles import Session
from neoron.engines.sqlserver.backup_text import drop_sql
from neoron.engines.sqlserver.faults import errors
from neoron.engines.sqlserver.session import connect
from neoron.engines.url import Url
from neoron.errors import BackupError
from neoron.sql.quote import quote_literal

LEFT = "SELECT name FROM sys.databases WHERE LEFT(name, ?) = ?"


def hold_sql(name: str) -> str:
    """Take the lock of a copy, for as long as the session lives; a negative number when it was not taken."""
    return (
        f"DECLARE @taken int; EXEC @taken = sp_getapplock @Resource = {quote_literal(name, 'mssql')}, "
        "@LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 0; SELECT @taken"
    )


def is_free_sql(name: str) -> str:
    """Ask whether nobody holds the lock of a copy: 1."""
    return f"SELECT APPLOCK_TEST(N'public', {quote_literal(name, 'mssql')}, N'Exclusive', N'Session')"


@contextmanager
def maintenance(url: Url) -> Iterator[Session]:
    """A session on the server that does not hold the target. Raises: TargetUnavailable."""
    session: Session = connect(replace(url, database="master"))
    try:
        yield session
    finally:
        session.close()


@contextmanager
def connected(url: Url, database: str) -> Iterator[Session]:
    """A session on a database beside the target. Raises: TargetUnavailable."""
    session: Session = connect(replace(url, database=database))
    try:
        yield session
    finally:
        session.close()


@contextmanager
def copy_aside(url: Url, ending: str) -> Iterator[tuple[Session, str]]:
    """A session on the server and the name of a copy that no other run uses; the copy is dropped at the end.

    Shape: copies of one target begin alike; those that killed runs have left are dropped first, as nobody holds their
    lock any more.
    Changes: the server.
    Raises: BackupError, TargetUnavailable.
    Source: Microsoft, "sp_getapplock", "APPLOCK_TEST": a session's lock in master ends with it.
    """
    beginning = _beginning(url)
    name = f"{beginning}{re.sub(r'[^a-z0-9]+', '_', ending.lower())}_{secrets.token_hex(3)}"
    with maintenance(url) as session:
        for (left,) in session.query(LEFT, (len(beginning), beginning)):
            with suppress(*errors()):  # another login's
                if session.query(is_free_sql(str(left)))[0][0] == 1:
                    session.execute(drop_sql(str(left)))
        if int(session.query(hold_sql(name))[0][0]) < 0:
            raise BackupError(f"another run uses {name}", where=str(url), next="wait for its end")
        try:
            yield session, name
        finally:
            with suppress(*errors()):  # the first error is kept; the next run drops what is left
                session.execute(drop_sql(name))


def _beginning(url: Url) -> str:
    return f"neoron_verify_{hashlib.sha256(url.database.encode()).hexdigest()[:8]}_"
