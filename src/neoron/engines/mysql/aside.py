"""A database beside the target's, for a copy that is compared and dropped again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from neoron.engines.mysql.faults import NO_RIGHT, code_of, errors, translate
from neoron.engines.mysql.session import connect
from neoron.engines.roles import Session
from neoron.engines.url import Url
from neoron.errors import BackupError
from neoron.sql.quote import quote_identifier

_NAME_CHARACTERS = 64
_WAIT_S = 600


def copy_name(url: Url, ending: str) -> str:
    """The name of a copy of a target: copies of one target begin alike, and those of no other do."""
    target = hashlib.sha256(url.database.encode()).hexdigest()[:8]
    return f"neoron_verify_{target}_{re.sub(r'[^a-z0-9]+', '_', ending.lower())}"[:_NAME_CHARACTERS]


@contextmanager
def database_aside(session: Session, name: str) -> Iterator[Session]:
    """A session on an empty database like the target's, which is dropped at the end; the first error is the one raised.

    Changes: the server; the binary log does not hear of it where the user may keep it out.
    Raises: BackupError.
    """
    aside: Session | None = None
    quoted = quote_identifier(name, "mysql")
    with _unlogged(session) as own:
        _drop_left(own)
        try:
            if own.query("SELECT GET_LOCK(%s, %s)", (name, _WAIT_S))[0][0] != 1:
                raise BackupError(f"another run uses {name}", where=str(session.url), next="wait for its end")
            own.execute(f"DROP DATABASE IF EXISTS {quoted}")
            own.execute(like_target(own, name))
        except errors() as error:
            raise _cannot_create(session, name, error) from None
        try:
            aside = connect(replace(session.url, database=name))
            keep_unlogged(aside)
            yield aside
        except errors() as error:
            raise BackupError(f"the restored copy cannot be read: {translate(error).message}") from None
        finally:
            if aside:
                aside.close()
            _drop(own, quoted)


def _drop_left(own: Session) -> None:
    """Drop the copies that killed verifications of this target have left: nobody holds their lock any more.

    Source: MariaDB manual, "GET_LOCK", "IS_FREE_LOCK": a lock ends with its session, and is known to the whole server.
    """
    beginning = copy_name(own.url, "")
    query = "SELECT schema_name FROM information_schema.schemata WHERE LEFT(schema_name, %s) = %s"
    for (name,) in own.query(query, (len(beginning), beginning)):
        with suppress(*errors()):  # another user's
            if own.query("SELECT IS_FREE_LOCK(%s)", (name,))[0][0] == 1:
                own.execute(f"DROP DATABASE IF EXISTS {quote_identifier(str(name), 'mysql')}")


@contextmanager
def _unlogged(session: Session) -> Iterator[Session]:
    own: Session = connect(session.url)
    try:
        keep_unlogged(own)
        yield own
    finally:
        own.close()


def keep_unlogged(session: Session) -> None:
    """Keep what a session does out of the binary log, where its user may: replicas need no copy of a copy."""
    try:
        session.execute("SET SESSION sql_log_bin = 0")
    except errors() as error:
        if code_of(error) not in NO_RIGHT:
            raise


def like_target(session: Session, name: str) -> str:
    """The statement that makes a database with the defaults of the session's own. Raises: the driver's own error."""
    charset, collation = defaults(session)
    return create_sql(name, charset, collation)


def create_sql(name: str, charset: str, collation: str) -> str:
    """CREATE DATABASE with these defaults; they may come from the files of a backup, so they are quoted."""
    database, charset, collation = (quote_identifier(word, "mysql") for word in (name, charset, collation))
    return f"CREATE DATABASE {database} CHARACTER SET {charset} COLLATE {collation}"


def defaults(session: Session) -> tuple[str, str]:
    """The character set and collation of the session's database. Raises: the driver's own error."""
    charset, collation = session.query(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata"
        " WHERE schema_name = DATABASE()"
    )[0]
    return str(charset), str(collation)


def _cannot_create(session: Session, name: str, error: BaseException) -> BackupError:
    where = str(session.url)
    if code_of(error) in NO_RIGHT:
        message = f"user {session.url.user} may not create {name}: a backup is proven by restoring it aside"
        return BackupError(message, where=where, next="GRANT ALL ON `neoron\\_%`.* TO …")
    return BackupError(f"cannot create a database to restore into: {translate(error).message}", where=where)


def _drop(own: Session, quoted: str) -> None:
    try:
        own.execute(f"DROP DATABASE IF EXISTS {quoted}")
    except errors() as error:
        raise BackupError(f"the database {quoted} could not be dropped: {translate(error).message}") from None
