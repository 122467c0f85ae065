"""PostgreSQL's own programs: found, checked against the server, run without a shell or a visible password."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from neoron.engines.postgresql.address import keywords
from neoron.engines.tied_child import tied
from neoron.engines.url import Url, shown
from neoron.errors import BackupError

T = TypeVar("T")
FOLDER_VARIABLE = "NEORON_PG_BIN"
_INSTALLED = "/usr/lib/postgresql"
_TICK_S, _LAST_WORDS_S = 0.2, 2.0
# libpq reads every other option from the connection text; these two are worth nothing to a child.
_NOT_FOR_CHILDREN = ("password", "application_name")


def find(name: str, server_version: str) -> tuple[str, str]:
    """The path and version of a client program such as `pg_dump`, no older than the server.

    Shape: looks into the folder that NEORON_PG_BIN names; else into PATH, and among what is installed, newest first.
    Raises: BackupError naming both versions, or where it looked.
    """
    found: list[tuple[str, str]] = []
    for path in _candidates(name):
        found.append((path, _version(path)))
        if _major(found[-1][1]) >= _major(server_version):
            return found[-1]
    if not found:
        raise BackupError(
            f"{name} was not found",
            next=f"install PostgreSQL's client programs, or set {FOLDER_VARIABLE} to their folder",
        )
    path, version = found[0]
    raise BackupError(
        f"{name} {version} is older than the server {server_version}",
        where=path,
        next=f"install {name} {_major(server_version)} or later, or set {FOLDER_VARIABLE} to its folder",
    )


def server_folder(server_version: str) -> Path:
    """The folder of a server's programs of the very version that wrote the data.

    Raises: BackupError naming what is there instead.
    """
    found = [(Path(path).resolve().parent, _version(path)) for path in _candidates("postgres")]
    wanted = _major(server_version)
    for folder, version in found:
        if _major(version) == wanted:
            return folder
    others = ", ".join(version for _folder, version in found)
    raise BackupError(
        f"a physical backup is brought up by the programs of PostgreSQL {wanted}, "
        + (f"and only {others} is here" if others else "which were not found"),
        next=f"install PostgreSQL {wanted} on this machine, or set {FOLDER_VARIABLE} to its folder",
    )


def _candidates(name: str) -> list[str]:
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:  # a named folder is an order, not a hint
        path = shutil.which(name, path=folder)
        return [path] if path else []
    installed = sorted(Path(_INSTALLED).glob(f"*/bin/{name}"), key=lambda p: _major(p.parts[-3]), reverse=True)
    in_path = shutil.which(name)
    found = [str(path) for path in installed]
    if in_path:
        # Debian's wrapper looks for one of the installed ones itself, in a language that takes longer to start.
        is_wrapper = Path(in_path).resolve().name != name
        found.insert(len(found) if is_wrapper else 0, in_path)
    return list(dict.fromkeys(found))


def _version(path: str) -> str:
    try:
        result = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "0"
    match = re.search(r"(\d+(?:\.\d+)*)", result.stdout)
    return match.group(1) if match else "0"


def _major(version: str) -> int:
    match = re.match(r"\d+", version)
    return int(match.group()) if match else 0


def connection_text(url: Url, *, database: str | None = None) -> str:
    """A connection string for `--dbname=`, every value quoted, without the password.

    A bare database name would be read as a connection string itself when it holds a `=`.
    """
    values = {k: v for k, v in keywords(url, database=database).items() if k not in _NOT_FOR_CHILDREN}
    return " ".join(f"{name}='{_escaped(value)}'" for name, value in values.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def run(
    arguments: Sequence[str],
    url: Url,
    *,
    on_line: Callable[[str], None],
    meanwhile: Callable[[Callable[[float], None]], T],
    tick: Callable[[], None],
) -> T:
    """Run one program to its end and give what `meanwhile` made while it ran.

    Shape: on_line gets each line of the program's error stream, on another thread; tick is called a few
    times a second on this one, after meanwhile, which is given a way to wait some seconds, or until the program ends.
    Raises: BackupError with its last error when it fails; what `meanwhile` raises, after ending the program.
    """
    environment = {**os.environ, "LC_ALL": "C", "LC_MESSAGES": "C"}
    if url.password:
        environment["PGPASSWORD"] = url.password
    last: list[str] = []
    with subprocess.Popen(
        tied(arguments), env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
    ) as child:  # fmt: skip
        reader = threading.Thread(target=_read_lines, args=(child, last, on_line), daemon=True)
        reader.start()
        try:
            made = meanwhile(reader.join)
            # Its error stream ends with it, and that is known at once.
            while reader.is_alive() and child.poll() is None:
                tick()
                reader.join(timeout=_TICK_S)
            status = child.wait()
            _end_left(child, reader)
        except BaseException:
            assert child.stdin
            child.stdin.close()  # ends what is tied to it
            if sys.platform == "win32":
                child.terminate()
            raise
        finally:
            reader.join(timeout=10)
    if status != 0:
        words = next((line for line in last if "error:" in line), "".join(last[-1:])) or f"status {status}"
        raise BackupError(f"{Path(arguments[0]).name} failed: {shown(words, url)}", where=str(url))
    return made


def _end_left(child: subprocess.Popen[str], reader: threading.Thread) -> None:
    """End what a program left behind when it died: its workers hold the error stream, and could go on for hours."""
    reader.join(timeout=_LAST_WORDS_S)
    if reader.is_alive() and sys.platform != "win32":
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)


def _read_lines(child: subprocess.Popen[str], last: list[str], on_line: Callable[[str], None]) -> None:
    for line in child.stderr or ():
        text = line.strip()
        if text:
            last[:] = [*last[-19:], text]
            on_line(text)
