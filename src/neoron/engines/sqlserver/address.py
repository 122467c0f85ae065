"""A URL as mssql-python's connection string, and a failed connection in one clear line."""

from __future__ import annotations

from neoron.engines.sqlserver.faults import code_of, message_of
from neoron.engines.url import Url, shown
from neoron.errors import TargetMissing, TargetUnavailable, UsageError

OPTIONS = {
    "encrypt": "Encrypt", "trustservercertificate": "TrustServerCertificate",
    "trust_server_certificate": "TrustServerCertificate", "hostnameincertificate": "HostnameInCertificate",
    "servercertificate": "ServerCertificate", "serverspn": "ServerSPN", "authentication": "Authentication",
    "trusted_connection": "Trusted_Connection", "applicationintent": "ApplicationIntent",
    "multisubnetfailover": "MultiSubnetFailover", "packetsize": "PacketSize",
    "ipaddresspreference": "IpAddressPreference",
}  # fmt: skip
"""What may follow the `?` of a URL, in any case, and what the driver calls it. Passwords may not: options are shown.

Source: mssql-python documentation, connection string keywords."""

CONNECT_S = 10
UNKNOWN_DATABASE, LOGIN_FAILED = 4060, 18456
_LOOPBACK = ("", "localhost", "127.0.0.1", "::1", ".", "(local)")
NO_DRIVER = "the driver for SQL Server is not installed"
INSTALL = 'pip install "neoron[mssql]"'


def connection_string(url: Url, *, database: str | None = None) -> str:
    """The text that `mssql_python.connect` takes; `database` replaces the URL's.

    Shape: off this machine the server's certificate is verified unless the URL says otherwise.
    Raises: UsageError for an unknown option.
    """
    given = {key.lower(): value for key, value in url.options if key.lower() not in ("connect_timeout", "driver")}
    for name in given:
        if name not in OPTIONS:
            raise UsageError(
                f'unknown option "{name}" in the {url.scheme} URL', where=str(url),
                next=f"known are connect_timeout, {', '.join(sorted(OPTIONS))}",
            )  # fmt: skip
    place = url.host or "localhost"
    words = {"Server": f"tcp:{place},{url.port}" if url.port else place, "Database": wanted(url, database)}
    if url.user:
        words |= {"UID": url.user, "PWD": url.password}
    if url.host.lower() in _LOOPBACK:
        words |= {"Encrypt": "optional", "TrustServerCertificate": "yes"}
    # A connection that dies while it waits is noticed, and never made anew behind our back: its lock would be gone.
    words |= {"KeepAlive": "10", "KeepAliveInterval": "5", "ConnectRetryCount": "0"}
    words |= {OPTIONS[name]: value for name, value in given.items()}
    return "".join(f"{name}={_braced(value)};" for name, value in words.items() if value)


def wanted(url: Url, database: str | None) -> str:
    """The database to open."""
    return url.database if database is None else database


def _braced(value: str) -> str:
    """A value that may hold any character. Source: Microsoft, ODBC connection strings, values in braces."""
    return "{" + value.replace("}", "}}") + "}"


def connect_timeout_s(url: Url) -> int:
    """How long a login may take. Raises: UsageError for what is not a number."""
    text = next((value for key, value in url.options if key.lower() == "connect_timeout"), str(CONNECT_S))
    if not text.isdigit() or not int(text):
        raise UsageError("connect_timeout is not a number of seconds", where=str(url), next="write connect_timeout=10")
    return int(text)


def missing_driver(url: Url, error: BaseException) -> TargetUnavailable:
    """The driver that cannot be loaded, in one line with what installs it."""
    text = " ".join(str(error).split())
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "mssql_python":
        return TargetUnavailable(NO_DRIVER, where=str(url), next=INSTALL)
    lacks_library = "load the driver" in text or "ltdl" in text
    step = "apt install libltdl7 (or your system's libltdl), and " if lacks_library else ""
    return TargetUnavailable(f"the driver for SQL Server cannot be loaded: {text}", where=str(url), next=step + INSTALL)


def connection_fault(url: Url, error: BaseException) -> TargetUnavailable:
    """A failed connection in one line with the next command; the password is never in it."""
    code, place = code_of(error), f"{url.host or 'localhost'}:{url.port or 1433}"
    if code == UNKNOWN_DATABASE:
        return TargetMissing(
            f'the database "{url.database}" does not exist at {place}, or this user may not open it', where=str(url),
            next="`neoron database update` creates it in development, or create it by hand",
        )  # fmt: skip
    if code == LOGIN_FAILED:
        message = f"login refused for user {url.user or 'of this system'} at {place}"
        return TargetUnavailable(message, where=str(url), next="correct the user or password of the URL")
    text = message_of(error)
    for words, message, step in _UNREACHABLE:
        if any(word in text for word in words):
            return TargetUnavailable(message.format(place=place), where=str(url), next=step)
    return TargetUnavailable(f"cannot connect to {place}: {shown(text, url)}", where=str(url))


# The driver tells these by the numbers of the system's own sockets. Source: Microsoft, "Windows Sockets error codes".
_UNREACHABLE = (
    (("0x2749", "0x274D", "0x6F", "refused", "Error code 0x274c"), "{place} is not listening, or not in time",
     "start the server, or correct the host and port in the URL"),
    (("0x2AF9", "0x2AFC", "not known", "name resolution"), "the host name of {place} is unknown",
     "correct the host in the URL"),
    (("certificate", "SSL Provider", "SSL routines"), "{place} shows a certificate that cannot be verified",
     "give it a certificate that this machine trusts, or add ?TrustServerCertificate=yes to the URL"),
    (("imeout expired", "timed out"), "no answer from {place} within the time limit",
     "check the network path and firewall"),
)  # fmt: skip
