"""Start and stop one MariaDB server in a temporary folder: own data, own port, own socket, a password on TCP.

The machine's own server, its settings and its data are never read. A keeper process holds a pipe to us and stops
the server when the pipe closes, so that even a killed test run leaves nothing behind.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pymysql

USER = "neoron"
# A UNIX socket's path may have 107 bytes.
LONGEST_FOLDER = 60
KEEPER = 'read _; kill -9 "$1" 2>/dev/null; sleep 0.3; rm -rf "$2"'
FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin")


class NoMariadb(Exception):
    """There is no server to test with, and why."""


@dataclass(frozen=True)
class MariadbServer:
    """A running server."""

    port: int
    password: str = field(repr=False)
    folder: Path
    keeper: subprocess.Popen[bytes] = field(repr=False)
    child: subprocess.Popen[bytes] = field(repr=False)

    def url(self, database: str, scheme: str = "mariadb") -> str:
        """The URL of a database, with the password, over TCP."""
        return f"{scheme}://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def administer(self, *statements: str) -> None:
        """Send statements as the administrator."""
        with self._connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected: a forgotten transaction would keep it for ever."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (database,))
            for (session,) in cursor.fetchall():
                with suppress(pymysql.err.Error):  # it has ended by itself
                    cursor.execute(f"KILL {session}")
            cursor.execute(f"DROP DATABASE IF EXISTS {database}")

    def _connect(self) -> Any:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=USER, password=self.password, autocommit=True, ssl_disabled=True
        )

    def stop(self) -> None:
        """Stop it and remove its folder; a second call does nothing."""
        if self.keeper.stdin and not self.keeper.stdin.closed:
            self.keeper.stdin.close()
            self.keeper.wait(timeout=60)
            self.child.wait(timeout=60)


S = TypeVar("S", bound=MariadbServer)


def program(name: str) -> str | None:
    """Where a program of MariaDB is: on PATH, or where packages put servers."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(FOLDERS))


class NotStarted(NoMariadb):
    """It is installed, and ended before it answered."""


def start_mariadb(*options: str) -> MariadbServer:
    """Initialise and start a server, with more options where given. Raises: NoMariadb."""
    try:
        return _initialised(*options)
    except NotStarted:  # between the choice of a port and its use another server may take it
        return _initialised(*options)


def _initialised(*options: str) -> MariadbServer:
    server, install = program("mariadbd"), program("mariadb-install-db")
    if not server or not install:
        raise NoMariadb("mariadbd was not found; install mariadb-server")
    folder = new_folder()
    account = account_options()
    data = folder / "data"
    made = subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
         "--skip-test-db", *account],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoMariadb(f"mariadb-install-db failed: {(made.stderr or made.stdout).strip()[-500:]}")
    return _started(server, folder, [*account, *options])


def account_options() -> list[str]:
    """What a server is told of its account: root may not run it."""
    return ["--user=mysql"] if os.geteuid() == 0 else []


def new_folder() -> Path:
    """A folder for one server, of a short path, that the server's account owns. Raises: NoMariadb."""
    parent = tempfile.gettempdir()
    made = Path(tempfile.mkdtemp(prefix="neoron-my-", dir=parent if len(parent) <= LONGEST_FOLDER else "/tmp"))
    if os.geteuid() == 0:
        shutil.chown(made, owner())
    return made


def galera_options() -> tuple[str, ...]:
    """What makes a server the only node of a Galera cluster. Raises: NoMariadb where the library is missing."""
    library = Path("/usr/lib/galera/libgalera_smm.so")
    if not library.exists():
        raise NoMariadb(f"{library} was not found; install galera-4")
    return (
        "--wsrep-on=ON", f"--wsrep-provider={library}", "--wsrep-cluster-address=gcomm://", "--binlog-format=ROW",
        "--wsrep-node-address=127.0.0.1", "--innodb-autoinc-lock-mode=2",
        f"--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{free_port()};ist.recv_addr=127.0.0.1:{free_port()}",
    )  # fmt: skip


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def owner() -> str:
    """The account that a server runs as where root starts it. Raises: NoMariadb."""
    try:
        return pwd.getpwnam("mysql").pw_name
    except KeyError:
        raise NoMariadb("root may not run it, and there is no user mysql") from None


def _started(server: str, folder: Path, options: list[str]) -> MariadbServer:
    # No test of ours takes the power away: what is written need not reach the disk.
    unsynced = ("--debug-no-sync", "--sync-frm=0", "--innodb-flush-log-at-trx-commit=2")
    account = "CREATE OR REPLACE USER '{user}'@'%' IDENTIFIED BY '{password}';\nDROP USER IF EXISTS ''@'localhost';\n"
    return started([server, "--no-defaults", *unsynced, *options], folder, account, MariadbServer)


def started(command: Sequence[str], folder: Path, account: str, kind: type[S]) -> S:
    """Start a server on the data in a folder and wait for its answer.

    Shape: account is the statement that makes the tests' user, with {user} and {password} in it.
    Raises: NoMariadb when it ends or does not answer.
    """
    port = free_port()
    password = secrets.token_urlsafe(12)
    bootstrap = folder / "first.sql"
    bootstrap.write_text(
        account.format(user=USER, password=password) + f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
    )
    if os.geteuid() == 0:
        shutil.chown(bootstrap, owner())
    child = subprocess.Popen(
        [*command, f"--datadir={folder / 'data'}", f"--port={port}", "--bind-address=127.0.0.1",
         f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", f"--init-file={bootstrap}",
         "--max-connections=200", "--skip-name-resolve", "--innodb-buffer-pool-size=64M",
         f"--tmpdir={folder}"],  # a server that starts sweeps its folder, and with it what another one keeps there
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w"), start_new_session=True,
    )  # fmt: skip
    keeper = subprocess.Popen(
        ["sh", "-c", KEEPER, "keeper", str(child.pid), str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    found = kind(port, password, folder, keeper, child)
    ends_at = time.monotonic() + 60
    while True:
        try:
            found.administer("SELECT 1")
            return found
        except pymysql.err.Error:
            if child.poll() is not None or time.monotonic() > ends_at:
                text = (folder / "log").read_text(errors="replace")[-800:]
                found.stop()
                raise NotStarted(f"{Path(command[0]).name} did not start: {text}") from None
            time.sleep(0.1)
