"""Start and stop one PostgreSQL server in a temporary folder: fsync on, own port, own socket, a password on TCP.

The programs refuse to run as root, so root hands the folder to an ordinary user first. A keeper process holds a
pipe to us and stops the server when the pipe closes, so that even a killed test run leaves nothing behind.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

USER = "postgres"
SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket_folder}'
fsync = on
max_connections = 200
logging_collector = off
"""
KEEPER = 'read _; "$1/pg_ctl" -D "$2/data" stop -m immediate -w; rm -rf "$2"'
# A UNIX socket's path may have 107 bytes.
LONGEST_FOLDER = 60


class Unavailable(Exception):
    """There is no server to test with, and why."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server. Shape: bin_folder holds its own programs; version is such as `15.18`."""

    host: str
    port: int
    socket_folder: Path
    user: str
    password: str = field(repr=False)
    bin_folder: Path
    version: str
    folder: Path
    keeper: subprocess.Popen[bytes] = field(repr=False)

    def url(self, database: str) -> str:
        """The URL of a database, with the password, over TCP."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def stop(self) -> None:
        """Stop it and remove its folder; a second call does nothing."""
        if self.keeper.stdin and not self.keeper.stdin.closed:
            self.keeper.stdin.close()
            self.keeper.wait(timeout=60)

    def log(self) -> str:
        """What the server has logged so far."""
        return (self.folder / "log").read_text(errors="replace")


def start_server(programs: Path | None) -> PostgresServer:
    """Initialise and start a server. Raises: Unavailable."""
    if programs is None:
        raise Unavailable("initdb was not found; install postgresql, or name its folder in NEORON_TEST_PG_BIN")
    owner = _Owner.find()
    folder = owner.make_folder()
    programs = owner.readable(programs, folder)
    password = secrets.token_urlsafe(12)
    try:
        _initialise(owner, programs, folder, password)
        port = _start(owner, programs, folder)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Unavailable(f"{Path(error.cmd[0]).name} failed: {(error.stderr or error.stdout).strip()}") from error
    keeper = owner.popen("sh", "-c", KEEPER, "keeper", programs, folder)
    version = owner.run(programs / "postgres", "--version").split()[2]
    return PostgresServer("127.0.0.1", port, folder, USER, password, programs, version, folder, keeper)


def _initialise(owner: _Owner, programs: Path, folder: Path, password: str) -> None:
    password_file = folder / "password"
    owner.write(password_file, password)
    owner.run(
        programs / "initdb", "-D", folder / "data", "-U", USER, "--pwfile", password_file, "--no-sync",
        "--encoding=UTF8", "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256",
    )  # fmt: skip
    password_file.unlink()


def _start(owner: _Owner, programs: Path, folder: Path, attempts: int = 5) -> int:
    """Start on a free port, and on another one when somebody else took it meanwhile; the port."""
    settings = folder / "data" / "postgresql.auto.conf"
    for attempt in range(1, attempts + 1):
        port = _free_port()
        owner.write(settings, SETTINGS.format(port=port, socket_folder=folder))
        try:
            owner.run(programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-t", "60", "start")
            return port
        except subprocess.CalledProcessError as error:
            if attempt == attempts:
                error.stderr = f"{error.stderr}\n{(folder / 'log').read_text(errors='replace')}"
                raise
    raise AssertionError("unreachable")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class _Owner:
    """Who runs the server: we ourselves, or an ordinary user when we are root."""

    account: pwd.struct_passwd | None = None

    @classmethod
    def find(cls) -> _Owner:
        if os.geteuid() != 0:
            return cls()
        for name in ("postgres", "nobody"):
            try:
                return cls(pwd.getpwnam(name))
            except KeyError:
                continue
        raise Unavailable("root may not run it, and there is no user postgres or nobody")

    def make_folder(self) -> Path:
        for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
            if len(parent) <= LONGEST_FOLDER and os.access(parent, os.W_OK) and self._can_read(Path(parent)):
                folder = Path(tempfile.mkdtemp(prefix="neoron-pg-", dir=parent))
                self._give(folder)
                return folder
        raise Unavailable("no temporary folder that the server's user can reach")

    def readable(self, programs: Path, folder: Path) -> Path:
        """The programs, or a copy of their installation when the server's user cannot reach them."""
        if self.account is None or self._can_read(programs / "initdb"):
            return programs
        installation, package, site = programs.parents[:3]
        copy = folder / "programs"
        shutil.copytree(installation, copy / package.name / installation.name, symlinks=True)
        # A wheel keeps the libraries of its programs beside the package, and they look for them there.
        for libraries in site.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, copy / libraries.name)
        subprocess.run(["chown", "-R", f"{self.account.pw_uid}:{self.account.pw_gid}", copy], check=True)
        return copy / package.name / installation.name / programs.name

    def write(self, path: Path, text: str) -> None:
        path.touch(mode=0o600)
        path.write_text(text)
        self._give(path)

    def run(self, *command: str | Path) -> str:
        # pg_ctl leaves the server running: a pipe would stay open in it, a file does not block.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **self._as_owner())
            output.seek(0)
            text = output.read()
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, [str(word) for word in command], text)
        return text

    def popen(self, *command: str | Path) -> subprocess.Popen[bytes]:
        null = subprocess.DEVNULL
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=null, stderr=null, start_new_session=True, **self._as_owner()
        )

    def _as_owner(self) -> dict[str, Any]:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/"}
        if self.account is None:
            return {"cwd": "/", "env": environment}
        identity = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return {"cwd": "/", "env": environment, **identity}

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _can_read(self, path: Path) -> bool:
        return subprocess.run(["test", "-r", path], check=False, **self._as_owner()).returncode == 0
