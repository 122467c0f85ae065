"""Database URLs: parsed once, shown without their password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from neoron.errors import UsageError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://")


@dataclass(frozen=True, slots=True)
class Url:
    """A target's address.

    Shape: scheme without its driver part (`postgresql+psycopg` becomes `postgresql`); database is a path
    for an embedded engine; password never appears in `str()` or `repr()`.
    """

    scheme: str
    database: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        user = f"{quote(self.user)}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}/{self.database}"


def scheme_of(text: str) -> str:
    """The scheme of a URL in lower case, without a driver part.

    Raises: UsageError when the text is not a URL; the text itself is never repeated.
    """
    match = _SCHEME.match(text)
    if not match:
        raise UsageError(
            "the target is not a URL such as sqlite:///app.db or postgresql://user@host/database",
            next="set the environment's `url` in neoron.toml, or pass --url",
        )
    return match.group(1).lower().partition("+")[0]


def parse_url(text: str) -> Url:
    """Read `scheme://user:password@host:port/database?options`.

    Raises: UsageError, which never holds any part of a password.
    """
    scheme = scheme_of(text)
    rest = text.split("://", 1)[1]
    if scheme == "sqlite":
        path, _, query = rest.partition("?")
        return Url(scheme, unquote(path[1:] if path.startswith("/") else path), options=_options(query))
    authority, _slash, tail = rest.partition("/")
    user_part, _at, host_part = authority.rpartition("@")
    path, _, query = tail.partition("?")
    unreadable = "@" in user_part or "#" in rest or "@" in tail.partition("?")[0]
    host, port = _host_and_port(host_part)
    if unreadable or port == "bad" or user_part.count(":") > 1 or _has_raw_percent(user_part):
        raise UsageError(
            f"cannot parse the {scheme} URL: percent-encode the characters @ : / ? # % in the password",
            next="write them as %40 %3A %2F %3F %23 %25, or give the password in the environment (password_env)",
        )
    user, _, password = user_part.partition(":")
    options = _options(query)
    host = unquote(host) or dict(options).get("host", "")
    return Url(
        scheme, unquote(path), host, int(port) if port else None, unquote(user), unquote(password),
        tuple(o for o in options if o[0] != "host"),
    )  # fmt: skip


def _options(query: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(query, keep_blank_values=True))


def _host_and_port(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?", text)
    if not match or (match.group(2) and int(match.group(2)) > 65535):
        return text, "bad"
    return match.group(1).strip("[]"), match.group(2) or ""


def _has_raw_percent(text: str) -> bool:
    return re.search(r"%(?![0-9A-Fa-f]{2})", text) is not None


def shown(text: str, url: Url) -> str:
    """A text from outside, such as a program's output, without the URL's password."""
    for secret in (url.password, quote(url.password, safe="")):
        if secret:
            text = text.replace(secret, "***")
    return text
