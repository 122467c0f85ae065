"""A URL as libpq keywords, and a failed connection in one clear line."""

from __future__ import annotations

import getpass
import os
import re
import socket
from datetime import UTC, datetime

from neoron.engines.url import Url, shown
from neoron.errors import TargetMissing, TargetUnavailable, UsageError

OPTIONS = frozenset({
    "application_name", "channel_binding", "connect_timeout", "gssdelegation", "gssencmode", "gsslib", "hostaddr",
    "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts",
    "max_protocol_version", "min_protocol_version", "options", "passfile", "require_auth", "requirepeer", "service",
    "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcertmode", "sslcompression", "sslcrl",
    "sslcrldir", "sslkey", "sslmode", "sslnegotiation", "sslrootcert", "sslsni", "target_session_attrs",
    "tcp_user_timeout",
})  # fmt: skip
"""What may follow the `?` of a URL. Passwords may not: a URL's options are shown in messages."""

# A black-holed connection must end within 30 s, or the run would hang for as long as the kernel likes (hours).
_LIMITS = {
    "connect_timeout": "10",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_NAME_BYTES = 63


def keywords(url: Url, *, database: str | None = None) -> dict[str, str]:
    """The connection keywords of a URL; `database` replaces the one it names.

    Raises: UsageError for an option that libpq does not know.
    """
    for name, _ in url.options:
        if name not in OPTIONS:
            raise UsageError(
                f'unknown option "{name}" in the PostgreSQL URL',
                where=str(url),
                next="use the connection keywords of libpq, such as sslmode or connect_timeout",
            )
    named = {
        "host": url.host,
        "port": str(url.port or ""),
        "user": url.user,
        "password": url.password,
        "dbname": url.database if database is None else database,
    }
    given = {name: value for name, value in named.items() if value}
    return {**_LIMITS, "application_name": application_name(), **dict(url.options), **given, "client_encoding": "UTF8"}


def application_name() -> str:
    """Who we are in `pg_stat_activity`: `neoron user@host pid N since HH:MM:SSZ`, 63 bytes at most."""
    ending = f" pid {os.getpid()} since {datetime.now(UTC):%H:%M:%S}Z"
    who = f"neoron {_user()}@{socket.gethostname()}".encode("ascii", "replace").decode()
    return who[: _NAME_BYTES - len(ending)] + ending


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def is_missing_database(text: str) -> bool:
    """Whether a failed connection failed for want of the database."""
    return re.search(r'FATAL:.*database ".*" does not exist', text) is not None


def connection_fault(url: Url, error: BaseException) -> TargetUnavailable:
    """A failed connection in one line with the next command; the password is never in it."""
    text = str(error)
    place = f"{url.host or 'the local socket'}:{url.port or 5432}"
    for pattern, message, step in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            facts = {"place": place, "user": url.user or _user(), "database": url.database, "host": url.host}
            kind = TargetMissing if is_missing_database(text) else TargetUnavailable
            return kind(message.format(**facts), where=str(url), next=step.format(**facts))
    return TargetUnavailable(f"cannot connect to {place}: {_first_line(text, url)}", where=str(url))


_CAUSES = (
    (r"failed to resolve host", "the host name {host} is unknown", "correct the host in the URL"),
    (r"Connection refused|No such file or directory",
     "{place} is not listening: the host is there, the port is closed",
     "start the server, or correct the port in the URL"),
    (r"timeout expired|timed out", "no answer from {place} within the time limit",
     "check the network path and firewall, or give connect_timeout in the URL"),
    (r"No route to host|Network is unreachable", "there is no network path to {place}", "check the network"),
    (r"password authentication failed|no password supplied|authentication failed",
     "login refused for user {user} at {place}", "correct the user or password of the URL"),
    (r"role .* does not exist", "login refused for user {user} at {place}: there is no such role",
     "create the role, or correct the user in the URL"),
    (r"no pg_hba\.conf entry", "login refused for user {user} at {place}: pg_hba.conf has no entry for this client",
     "let the server's pg_hba.conf admit this user, database and address"),
    (r'FATAL:.*database ".*" does not exist', 'the database "{database}" does not exist at {place}',
     "`neoron database update` creates it in development, or create it by hand"),
    (r"permission denied for database", 'user {user} may not connect to the database "{database}"',
     "grant CONNECT on the database to that user"),
    (r"too many clients|remaining connection slots|too many connections",
     "{place} has no connection left", "close some sessions, or try again later"),
    (r"does not support SSL", "{place} does not offer TLS, which the URL's sslmode requires",
     "switch TLS on at the server, or change sslmode in the URL"),
    (r"starting up|shutting down|recovery mode", "{place} is starting up or shutting down", "try again shortly"),
)  # fmt: skip


def _first_line(text: str, url: Url) -> str:
    """The server's own words: after the address that libpq puts in front, without what follows the first line."""
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    line = re.sub(r"^(?:connection failed|connection is bad): (?:connection to server .*? failed: )?", "", line)
    return shown(line, url)
