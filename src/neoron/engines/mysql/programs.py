"""MariaDB's and MySQL's own programs: found, checked against the server, run without a shell or a visible password."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from neoron.engines.mysql.address import arguments as address
from neoron.engines.url import Url, shown
from neoron.errors import BackupError

T = TypeVar("T")
FOLDER_VARIABLE = "NEORON_MYSQL_BIN"
_NAMES = {
    ("dump", True): ("mariadb-dump", "mysqldump"), ("dump", False): ("mysqldump",),
    ("binlog", True): ("mariadb-binlog", "mysqlbinlog"), ("binlog", False): ("mysqlbinlog",),
}  # fmt: skip
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Program:
    """A program of this machine. Shape: version is such as `10.11.6`; is_mariadb says whose it is."""

    path: str
    version: str
    is_mariadb: bool

    @property
    def name(self) -> str:
        """Its file name."""
        return Path(self.path).name


def find(kind: str, server_version: str, *, is_mariadb: bool) -> Program:
    """The server's own `dump` or `binlog` program, no older than the server.

    Shape: looks into the folder that NEORON_MYSQL_BIN names, or else into all of PATH.
    Raises: BackupError naming both versions, or what it looked for.
    """
    names, product = _NAMES[kind, is_mariadb], "MariaDB" if is_mariadb else "MySQL"
    found, own = [], []
    for path in _paths(names):
        found.append(program := _asked(path))
        # MariaDB's `binlog` tells a number of its own, and not whose it is.
        is_nameless = kind == "binlog" and is_mariadb
        is_own = is_nameless or program.is_mariadb == is_mariadb
        if is_nameless or (is_own and _release(program.version) >= _release(server_version)):
            return program
        own += [program] if is_own else []
    if not found:
        raise BackupError(
            f"{names[0]} was not found",
            next=f"install {product}'s client programs, or set {FOLDER_VARIABLE} to their folder",
        )
    if own:
        message = f"{own[0].name} {own[0].version} is older than the server {server_version}"
        step = f"install {names[0]} of {product} {'.'.join(map(str, _release(server_version)))} or later"
        raise BackupError(message, where=own[0].path, next=f"{step}, or set {FOLDER_VARIABLE} to its folder")
    other = "MySQL" if is_mariadb else "MariaDB"
    raise BackupError(
        f"{found[0].name} {found[0].version} is {other}'s, and the server is {product} {server_version}",
        where=found[0].path, next=f"install {product}'s client programs, or set {FOLDER_VARIABLE} to their folder",
    )  # fmt: skip


def _paths(names: Sequence[str]) -> list[str]:
    """Every program of these names: in the first folders of PATH, one product's may hide the other's."""
    folders = (os.environ.get(FOLDER_VARIABLE) or os.environ.get("PATH", os.defpath)).split(os.pathsep)
    return [path for name in names for folder in folders if (path := shutil.which(name, path=folder))]


def _asked(path: str) -> Program:
    """A program with what it says of itself; MariaDB's names its distribution, before or after `Distrib`, `from`."""
    try:
        text = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        text = ""
    found = re.search(r"(?:Distrib|from) (\d+(?:\.\d+)*)", text) or re.search(r"Ver (\d+(?:\.\d+)*)", text)
    return Program(path, found.group(1) if found else "0", "mariadb" in text.lower())


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def options_text(url: Url) -> str:
    """An option file for the programs: where the server is, who asks, and the password.

    Source: MariaDB manual, "Configuring MariaDB with Option Files"; MySQL manual, "Using Option Files".
    """
    given = address(url)
    lines = ["[client]"]
    if given.get("unix_socket"):
        lines += ["protocol=socket", f"socket={_quoted(given['unix_socket'])}"]
    else:  # `localhost` alone would mean a socket, and the driver means an address
        lines += ["protocol=tcp", f"host={_quoted(given['host'])}", f"port={given['port']}"]
    if given["user"]:
        lines.append(f"user={_quoted(given['user'])}")
    lines.append(f"password={_quoted(url.password)}")
    lines += [f"{name.replace('_', '-')}={_quoted(given[name])}" for name in ("ssl_ca", "ssl_cert", "ssl_key")
              if given.get(name)]  # fmt: skip
    lines += _tls(given)
    return "\n".join(lines) + "\n"


def _tls(given: Mapping[str, Any]) -> Iterator[str]:
    """As the driver has it: MariaDB's programs know the first lines, MySQL's the last, and each passes over the others.

    Source: MariaDB manual, "TLS and Cryptography Options for MariaDB Clients"; MySQL manual, "Command Options for
    Encrypted Connections".
    """
    if given.get("ssl_disabled"):
        yield "loose-ssl=0"
    # Newer programs verify by default what the driver does not unless the URL asks for it.
    yield f"loose-ssl-verify-server-cert={int(bool(given.get('ssl_verify_identity')))}"
    wanted = {"DISABLED": "ssl_disabled", "VERIFY_IDENTITY": "ssl_verify_identity", "VERIFY_CA": "ssl_ca"}
    yield f"loose-ssl-mode={next((mode for mode, name in wanted.items() if given.get(name)), 'PREFERRED')}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@contextmanager
def options_memory(url: Url) -> Iterator[int]:
    """The same as a file that is in no folder, for a program that reads it more than once, as mariadb-backup does.

    Raises: BackupError where the system has no such files.
    """
    if sys.platform != "linux":
        raise BackupError("a physical backup is taken on Linux only", next='set `kind = "logical"`')
    memory = os.memfd_create("neoron-options", os.MFD_CLOEXEC)
    try:
        os.fchmod(memory, 0o600)  # an option file that others may write is ignored
        os.write(memory, options_text(url).encode())
        yield memory
    finally:
        os.close(memory)


@contextmanager
def options_pipe(url: Url) -> Iterator[int]:
    """A pipe that holds the option file, for `--defaults-file=/dev/fd/N`: the password is in no file."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(options_text(url).encode())
        yield reading
    finally:
        os.close(reading)


def run(
    program: Program,
    flags: Sequence[str],
    url: Url,
    *,
    take: Callable[[bytes], None],
    on_line: Callable[[str], None],
    meanwhile: Callable[[Callable[[], bool]], T],
    tick: Callable[[], None] = lambda: None,
    options: Callable[[Url], AbstractContextManager[int]] = options_pipe,
) -> T:
    """Run one program to its end and give what `meanwhile` made while it ran.

    Shape: take gets the program's output piece by piece and on_line each line of its error stream, both on other
    threads; meanwhile is told whether the program still runs; options gives the option file; tick is called a few times
    a second on this one.
    Raises: BackupError with its last error when it fails, or with what keeps `take` from storing; what `meanwhile`
    raises, after ending the program.
    """
    last: list[str] = []
    unstored: list[OSError] = []
    with options(url) as held, subprocess.Popen(
        [program.path, f"--defaults-file=/dev/fd/{held}", *flags], env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(held,),
    ) as child:  # fmt: skip
        readers = [
            threading.Thread(target=_read_lines, args=(child.stderr, last, on_line), daemon=True),
            threading.Thread(target=_pump, args=(child, take, unstored), daemon=True),
        ]
        for reader in readers:
            reader.start()
        try:
            made = meanwhile(lambda: child.poll() is None)
            status = _wait(child, tick)
        except BaseException:
            child.kill()
            raise
        finally:
            for reader in readers:
                reader.join(timeout=30)
    if unstored:
        raise BackupError(f"the backup cannot be written: {unstored[0].strerror}")
    if status != 0:
        words = next((line for line in reversed(last) if "rror" in line), "".join(last[-1:])) or f"status {status}"
        raise BackupError(f"{program.name} failed: {shown(words, url)}", where=str(url))
    return made


def _wait(child: subprocess.Popen[bytes], tick: Callable[[], None]) -> int:
    while True:
        tick()
        with suppress(subprocess.TimeoutExpired):
            return child.wait(timeout=0.2)


def _pump(child: subprocess.Popen[bytes], take: Callable[[bytes], None], unstored: list[OSError]) -> None:
    stream = child.stdout
    assert stream is not None
    try:
        while piece := stream.read(_PIECE_BYTES):
            take(piece)
    except OSError as error:
        unstored.append(error)
        child.kill()


def _read_lines(stream: IO[bytes], last: list[str], on_line: Callable[[str], None]) -> None:
    for line in stream:
        text = line.decode(errors="replace").strip()
        if text:
            if not text.startswith("-- "):
                last[:] = [*last[-19:], text]
            on_line(text)
