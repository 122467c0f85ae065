"""A URL as PyMySQL's arguments, and a failed connection in one clear line."""

from __future__ import annotations

from typing import Any

from neoron.engines.mysql.faults import code_of
from neoron.engines.url import Url, shown
from neoron.errors import TargetMissing, TargetUnavailable, UsageError

OPTIONS = frozenset(
    {"unix_socket", "connect_timeout", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_identity", "ssl_disabled"}
)
"""What may follow the `?` of a URL. Passwords may not: a URL's options are shown in messages."""

UNKNOWN_DATABASE = 1049
_CONNECT_S = 10


def arguments(url: Url, *, database: str | None = None) -> dict[str, Any]:
    """The arguments of `pymysql.connect`; `database` replaces the URL's, an empty one stands for none.

    Raises: UsageError for an unknown option.
    """
    given = dict(url.options)
    for name in given:
        if name not in OPTIONS:
            raise UsageError(
                f'unknown option "{name}" in the {url.scheme} URL', where=str(url),
                next=f"known are {', '.join(sorted(OPTIONS))}",
            )  # fmt: skip
    wanted = url.database if database is None else database
    switches = {name: given.pop(name, "") in ("1", "true", "yes") for name in ("ssl_verify_identity", "ssl_disabled")}
    timeout = given.pop("connect_timeout", str(_CONNECT_S))
    if not timeout.isdigit() or not int(timeout):
        raise UsageError("connect_timeout is not a number of seconds", where=str(url), next="write connect_timeout=10")
    return {
        "host": url.host or "localhost", "port": url.port or 3306, "user": url.user or None,
        "password": url.password.encode(), "database": wanted or None, "charset": "utf8mb4", "autocommit": True,
        # Who accepts a connection and then says nothing is waited for no longer than who does not accept it.
        "connect_timeout": int(timeout), "read_timeout": int(timeout), "program_name": "neoron",
        **{name: True for name, is_on in switches.items() if is_on}, **given,
    }  # fmt: skip


_CAUSES = {
    1045: ("login refused for user {user} at {place}", "correct the user or password of the URL"),
    1698: ("login refused for user {user} at {place}", "correct the user or password of the URL"),
    1044: ('user {user} may not use the database "{database}"', "grant that user its rights on the database"),
    1040: ("{place} has no connection left", "close some sessions, or try again later"),
    1130: ("{place} admits no client from this address", "let an account of the server admit it"),
    UNKNOWN_DATABASE: (
        'the database "{database}" does not exist at {place}',
        "`neoron database update` creates it in development, or create it by hand",
    ),
}


def connection_fault(url: Url, error: BaseException) -> TargetUnavailable:
    """A failed connection in one line with the next command; the password is never in it."""
    code, place = code_of(error), f"{url.host or 'localhost'}:{url.port or 3306}"
    facts = {"place": place, "user": url.user or "of this system", "database": url.database}
    if code in _CAUSES:
        message, step = _CAUSES[code]
        kind = TargetMissing if code == UNKNOWN_DATABASE else TargetUnavailable
        return kind(message.format(**facts), where=str(url), next=step)
    text = shown(" ".join(str(error.args[-1] if error.args else error).split()), url)
    if code == 2003:
        text, step = _unreachable(text, place)
        return TargetUnavailable(text, where=str(url), next=step)
    return TargetUnavailable(f"cannot connect to {place}: {text}", where=str(url))


def _unreachable(text: str, place: str) -> tuple[str, str]:
    if "refused" in text:
        return (
            f"{place} is not listening: the host is there, the port is closed",
            "start the server, or correct the port in the URL",
        )
    if "Name or service" in text or "name resolution" in text or "getaddrinfo" in text:
        return f"the host name of {place} is unknown", "correct the host in the URL"
    if "timed out" in text:
        return f"no answer from {place} within the time limit", "check the network path and firewall"
    return f"cannot connect to {place}: {text}", "check the host and port in the URL"
