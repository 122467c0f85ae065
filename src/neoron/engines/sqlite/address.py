"""Where a SQLite database lies: paths, file URIs, and the refusals that need no connection."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import quote

from neoron.engines.url import Url
from neoron.errors import TargetMissing, TargetUnavailable

MEMORY = ":memory:"
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside the file. Source: SQLite, "Temporary Files Used By SQLite"."""


def is_memory(url: Url) -> bool:
    """True for a database that lives in this process only."""
    return url.database in ("", MEMORY)


def file_uri(path: str | Path, mode: str, *, is_immutable: bool = False) -> str:
    """A `file:` URI that SQLite opens in `ro`, `rw` or `rwc` mode, whatever characters the path holds."""
    text = str(path)
    # Two slashes at the start would make the first folder a host name.
    quoted = quote(f"/{text.lstrip('/')}" if text.startswith("/") else text)
    return f"file:{quoted}?mode={mode}{'&immutable=1' if is_immutable else ''}"


def require_usable_path(url: Url, *, create: bool, read_only: bool) -> None:
    """Refuse what cannot be a database file, in one line.

    Raises: TargetUnavailable.
    """
    # The file is never opened here to look at its first bytes: closing a second handle of a file drops all
    # POSIX locks that other connections of this process hold on it ("How To Corrupt", section 2.2).
    path = url.database
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        _require_creatable(url, create=create and not read_only)
        return
    except OSError as error:
        raise _refusal(url, f"cannot be reached: {error.strerror}", "check the path and its permissions") from None
    if not stat.S_ISREG(mode):
        raise _refusal(url, f"is {_kind(mode)}, not a database file", "check the `url` of this environment")
    if not os.access(path, os.R_OK):
        raise _refusal(url, "cannot be read by this user", "change its permissions, or run as its owner")


def _require_creatable(url: Url, *, create: bool) -> None:
    folder = Path(url.database).parent
    if not create:
        raise TargetMissing(f"{url.database} does not exist", next="`neoron database update` creates it")
    if not folder.is_dir():
        raise _refusal(url, f"cannot be created: the folder {folder} does not exist", f"mkdir -p {folder}")
    if not os.access(folder, os.W_OK):
        raise _refusal(url, f"cannot be created: the folder {folder} is not writable", "change its permissions")


def _refusal(url: Url, reason: str, next: str) -> TargetUnavailable:
    return TargetUnavailable(f"{url.database} {reason}", next=next)


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
