"""A server of our own, on a socket in a private folder: a physical backup is brought up in it, and goes with it."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neoron.engines.mariadb.server_programs import server_program
from neoron.engines.mysql.session import connect
from neoron.engines.roles import Progress, Session
from neoron.engines.tied_child import finished, tied
from neoron.engines.url import Url
from neoron.errors import BackupError, TargetMissing, TargetUnavailable

_LOOK_EVERY_S, _LONGEST_WAIT_S = 0.1, 600
# A UNIX socket's path may have 107 bytes.
_LONGEST_ROOM = 107 - len("/s")
_USER = "neoron_aside"
_FULL_BYTES, _NO_SPACE = 1 << 20, "error 28"
# It must do nothing of what the live one does, and nothing of it need survive a crash.
_SETTINGS = (
    "--skip-networking", "--skip-log-bin", "--event-scheduler=OFF", "--skip-slave-start", "--skip-symbolic-links",
    "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
    "--loose-skip-wsrep-on", "--secure-file-priv=", "--local-infile=0", "--max-allowed-packet=1G",
    "--loose-innodb-buffer-pool-load-at-startup=OFF",
)  # fmt: skip


def unpack(stream: Path, data: Path, version: str, progress: Progress) -> None:
    """Unpack mariadb-backup's stream into a new folder, and let mariadb-backup prepare it.

    Raises: BackupError with the program's own reason, or naming files that lie outside the server's data.
    """
    data.mkdir(mode=0o700)
    mbstream = server_program("stream", version)
    whole = stream.stat().st_size
    with subprocess.Popen(
        [mbstream.path, "-x", "-C", str(data)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child, stream.open("rb") as packed:
        assert child.stdin
        assert child.stderr
        try:
            with gzip.open(packed, "rb") as plain:
                while piece := plain.read(1 << 20):
                    child.stdin.write(piece)
                    progress("unpacking", packed.tell(), whole)
        except BrokenPipeError:
            pass  # its own words say why
        except (EOFError, zlib.error, gzip.BadGzipFile):
            child.kill()
            raise BackupError(f"{stream.name} is damaged", where=stream.name) from None
        with suppress(BrokenPipeError):
            child.stdin.close()
        words = child.stderr.read().decode(errors="replace").strip()
    if child.returncode:
        raise _failed("mbstream failed", words.rpartition("\n")[2] or f"status {child.returncode}", data)
    if found := next(data.rglob("*.isl"), None):
        # The server would open the live one's file there.
        raise BackupError(f"the server has tables outside its data: {found.stem}", next='set `kind = "logical"`')
    progress("replaying the copy's log", 0, 0)
    prepare = [server_program("backup", version).path, "--no-defaults", "--prepare", f"--target-dir={data}"]
    done = finished(prepare)
    if done.returncode:
        raise _failed("mariadb-backup cannot prepare it", _reason(done.stderr), data)


@contextmanager
def running(room: Path, url: Url, version: str, lower_case: int, progress: Progress) -> Iterator[Session]:
    """A session on the database of that name, on a server whose data lie in `room / "data"`; it is stopped at the end.

    Changes: the room only.
    Raises: BackupError with the server's own reason.
    """
    if len(str(room)) > _LONGEST_ROOM:
        step = "set [backup] scratch to a folder with a short path"
        raise BackupError("the path is too long for a socket", where=str(room), next=step)
    data, log, first, temporary = room / "data", room / "log", room / "first.sql", room / "tmp"
    temporary.mkdir(mode=0o700)
    # Nobody else reaches the socket's folder, so this account has no password.
    first.write_text(f"CREATE OR REPLACE USER {_USER}@localhost;\nGRANT ALL ON *.* TO {_USER}@localhost;\n")
    command = [
        server_program("server", version).path,
        f"--defaults-file={data / 'backup-my.cnf'}", f"--datadir={data}", f"--socket={room / 's'}",
        f"--pid-file={room / 'pid'}", f"--tmpdir={temporary}", f"--init-file={first}",
        f"--lower-case-table-names={lower_case}", *_SETTINGS, *(["--user=root"] if os.geteuid() == 0 else []),
    ]  # fmt: skip
    with log.open("wb") as output, subprocess.Popen(
        tied(command, stop=signal.SIGKILL),  # nothing of it is kept
        stdin=subprocess.PIPE, stdout=output, stderr=output, cwd="/", start_new_session=True,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
    ) as child:  # fmt: skip
        try:
            session = _session(url, room, child, log, progress)
            try:
                yield session
            finally:
                session.close()
        finally:
            assert child.stdin
            child.stdin.close()
            child.wait()
            shutil.rmtree(temporary, ignore_errors=True)


def _session(url: Url, room: Path, child: subprocess.Popen[bytes], log: Path, progress: Progress) -> Session:
    place = Url("mariadb", url.database, host="localhost", user=_USER, options=(("unix_socket", str(room / "s")),))
    ends_at = time.monotonic() + _LONGEST_WAIT_S
    while True:
        try:
            session: Session = connect(place)
            return session
        except TargetMissing:
            raise BackupError(f'there is no database "{url.database}" in the backup') from None
        except TargetUnavailable as error:
            if child.poll() is not None or time.monotonic() > ends_at:
                reason = _reason(log.read_text(errors="replace")) or error.message
                raise _failed("it cannot be brought up", reason, room) from None
        progress("bringing it up aside", 0, 0)
        time.sleep(_LOOK_EVERY_S)


def _failed(what: str, reason: str, folder: Path) -> BackupError:
    """An error with a program's reason, and the cause that it gives as a number or not at all: a full disk."""
    is_full = _NO_SPACE in reason or shutil.disk_usage(folder).free < _FULL_BYTES
    return BackupError(f"{what}: {reason}{'; the disk is full' if is_full else ''}")


def _reason(log: str) -> str:
    """The first error of a log, or its last line."""
    lines = [line for line in log.splitlines() if line.strip()]
    found = [line for line in lines if "[ERROR]" in line or "FATAL" in line or "rror:" in line] or lines[-1:]
    return found[0].strip() if found else ""
