"""Databases beside the target's, for a copy that is compared and dropped again, or put in the target's place."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from neoron.engines.postgresql.faults import errors, translate
from neoron.engines.postgresql.session import connect
from neoron.engines.roles import Session
from neoron.engines.url import Url
from neoron.errors import BackupError
from neoron.sql.quote import quote_identifier, quote_literal

_NAMESPACE = 1_852_144_499
_NAME_BYTES = 63


def copy_name(url: Url, ending: str) -> str:
    """The name of a copy of a target: copies of one target begin alike, and those of no other do."""
    target = hashlib.sha256(url.database.encode()).hexdigest()[:8]
    return f"neoron_verify_{target}_{re.sub(r'[^a-z0-9]+', '_', ending.lower())}"[:_NAME_BYTES]


@contextmanager
def database_aside(session: Session, name: str) -> Iterator[None]:
    """An empty database like the target's, dropped at the end; the first error is the one that is raised."""
    _drop_left(session)
    drop_database(session, name)
    try:
        session.query(f"SELECT pg_advisory_lock({_NAMESPACE}, hashtext(%s))", (name,))
        session.execute(create_sql(session, name, session.url.database))
    except errors() as error:
        fault = translate(error)
        if fault.code == "42501":
            message = f"user {session.url.user} lacks the right CREATEDB: a backup is proven by restoring it aside"
            raise BackupError(message, where=str(session.url), next="ALTER ROLE … CREATEDB") from None
        message = f"cannot create a database to restore into: {fault.message}"
        raise BackupError(message, where=str(session.url)) from None
    try:
        yield
    except BaseException:
        drop_database(session, name)
        _unlock(session, name)
        raise
    is_gone = drop_database(session, name)
    _unlock(session, name)
    if not is_gone:
        raise BackupError(f'the database "{name}" could not be dropped again', where=str(session.url))


def _unlock(session: Session, name: str) -> None:
    with suppress(*errors()):  # a lost connection has given it back
        session.query(f"SELECT pg_advisory_unlock({_NAMESPACE}, hashtext(%s))", (name,))


def _drop_left(session: Session) -> None:
    """Drop the copies that killed verifications of this target have left: nobody holds their lock any more.

    Source: PostgreSQL manual, "Advisory Locks": they belong to one database, which the name tells.
    """
    beginning = copy_name(session.url, "")
    rows = session.query("SELECT datname FROM pg_database WHERE starts_with(datname::text, %s)", (beginning,))
    for (name,) in rows:
        if session.query(f"SELECT pg_try_advisory_lock({_NAMESPACE}, hashtext(%s))", (name,))[0][0]:
            drop_database(session, name)
            _unlock(session, name)


def create_sql(session: Session, name: str, like: str) -> str:
    """Creates it with the encoding and locale of another one, or text would not fit or sort otherwise.

    Raises: the driver's own error.
    """
    encoding, collate, ctype, provider, locale = session.query(
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),"
        " coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '')"
        " FROM pg_database d WHERE datname IN (%s, current_database()) ORDER BY datname = %s DESC LIMIT 1",
        (like, like),
    )[0]
    kind = {"i": "icu", "b": "builtin"}.get(provider)
    own = f" LOCALE_PROVIDER {kind} {kind.upper()}_LOCALE {_literal(locale)}" if kind else ""
    return (
        f"CREATE DATABASE {quote_identifier(name, 'postgresql')} TEMPLATE template0 ENCODING {_literal(encoding)}"
        f" LC_COLLATE {_literal(collate)} LC_CTYPE {_literal(ctype)}{own}"
    )


def _literal(text: str) -> str:
    return quote_literal(text, "postgresql")


def drop_database(session: Session, name: str) -> bool:
    """End who is still connected to a copy of ours, and drop it; whether it is gone."""
    for _ in range(25):
        try:
            # A killed run's pg_restore may still be at work in it.
            session.execute(f"DROP DATABASE IF EXISTS {quote_identifier(name, 'postgresql')} WITH (FORCE)")
            return True
        except errors() as error:
            if translate(error).code != "55006":
                return False
        time.sleep(0.2)
    return False


@contextmanager
def connected(url: Url, database: str) -> Iterator[Session]:
    """A session on a restored copy. Raises: BackupError instead of the driver's own error."""
    copy: Session = connect(replace(url, database=database))
    try:
        yield copy
    except errors() as error:
        raise BackupError(f"the restored copy cannot be read: {translate(error).message}") from None
    finally:
        copy.close()
