"""A server of our own, on a socket in a private folder: a physical backup is brought up in it, and goes with it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from neoron.engines.postgresql.faults import errors, translate
from neoron.engines.postgresql.session import connect
from neoron.engines.roles import Progress, Session
from neoron.engines.tied_child import tied
from neoron.engines.url import Url
from neoron.errors import BackupError, TargetMissing

PORT = 5432
_ACCOUNT = "postgres"
_LOOK_EVERY_S = 0.05
# A UNIX socket's path may have 107 bytes.
_LONGEST_ROOM = 107 - len(f"/.s.PGSQL.{PORT}")
_READY = "database system is ready to accept connections"
_LIMITS = {
    "max_connections": "max_connections", "max_prepared_xacts": "max_prepared_transactions",
    "max_locks_per_xact": "max_locks_per_transaction", "max_worker_processes": "max_worker_processes",
}  # fmt: skip
# It must do nothing of what the live one does: no jobs, no subscriptions, no archiving. It is thrown away, so it need
# not survive a crash. Without hot standby nobody can connect before it has come to its end.
_SETTINGS = {
    "listen_addresses": "", "unix_socket_permissions": "0700", "port": str(PORT), "ssl": "off", "archive_mode": "off",
    "hot_standby": "off", "max_logical_replication_workers": "0", "max_wal_senders": "0", "autovacuum": "off",
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_preload_libraries": "",
    "jit": "off", "logging_collector": "off", "log_destination": "stderr", "lc_messages": "C", "log_timezone": "UTC",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs a server: we, or an ordinary user where we are root, whom PostgreSQL refuses."""

    uid: int = -1
    gid: int = -1

    def give(self, folder: Path) -> None:
        """Give a folder to that user, with all that is in it. Raises: OSError."""
        if self.uid < 0:
            return
        os.chown(folder, self.uid, self.gid)
        for parent, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.chown(Path(parent, name), self.uid, self.gid, follow_symlinks=False)


def server_account() -> Account:
    """The user for programs that touch a server's files. Raises: BackupError when there is none."""
    if sys.platform == "win32":
        raise BackupError("a physical backup cannot be brought up on Windows", next="take a logical one")
    if os.geteuid() != 0:
        return Account()
    import pwd

    try:
        found = pwd.getpwnam(_ACCOUNT)
    except KeyError:
        raise BackupError(
            f"PostgreSQL does not run as root, and there is no user {_ACCOUNT} for a server of our own",
            next="run neoron as another user",
        ) from None
    return Account(found.pw_uid, found.pw_gid)


@contextmanager
def running(
    programs: Path, room: Path, url: Url, recovery: Mapping[str, str], *, progress: Progress
) -> Iterator[Session]:
    """A session on the server whose data lie in `room / "data"`, recovered as told; it is stopped at the end.

    Shape: programs is the folder of its programs; url names the database and the user.
    Changes: the room only.
    Raises: BackupError with the server's own reason.
    Source: PostgreSQL manual, "Shutting Down the Server": SIGQUIT is the immediate shutdown.
    """
    if len(str(room)) > _LONGEST_ROOM:
        step = "set [backup] scratch to a folder with a short path"
        raise BackupError("the path is too long for a socket", where=str(room), next=step)
    account, data = server_account(), room / "data"
    _configure(programs, room, recovery)
    account.give(room)
    log = room / "log"
    command = [str(programs / "postgres"), "-D", str(data), "-c", f"config_file={room / 'postgresql.conf'}"]
    with log.open("wb") as output, subprocess.Popen(
        tied(command, stop=signal.SIGQUIT, uid=account.uid, gid=account.gid),
        stdin=subprocess.PIPE, stdout=output, stderr=output, cwd="/", start_new_session=True,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
    ) as child:  # fmt: skip
        try:
            _wait(child, log, progress)
            session = _session(url, room)
            try:
                yield session
            finally:
                session.close()
        finally:
            assert child.stdin
            child.stdin.close()
            child.wait()


def _configure(programs: Path, room: Path, recovery: Mapping[str, str]) -> None:
    """Settings of our own in place of all that came with the data."""
    data = room / "data"
    for name in ("postgresql.auto.conf", "standby.signal", "postmaster.pid", "postmaster.opts"):
        (data / name).unlink(missing_ok=True)
    (data / "recovery.signal").touch()
    data.chmod(0o700)
    files = {"hba_file": room / "hba.conf", "ident_file": room / "ident.conf"}
    files["hba_file"].write_text("local all all trust\n")
    files["ident_file"].touch()
    settings = {
        **_SETTINGS, **_limits(programs, data), "unix_socket_directories": str(room),
        **{name: str(file) for name, file in files.items()}, "recovery_target_action": "promote", **recovery,
    }  # fmt: skip
    lines = [f"{name} = '{_escaped(value)}'\n" for name, value in settings.items()]
    (room / "postgresql.conf").write_text("".join(lines))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _limits(programs: Path, data: Path) -> dict[str, str]:
    """What the live server had room for: replaying its log may need as much. Raises: BackupError."""
    command = [str(programs / "pg_controldata"), "-D", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, env={"LC_ALL": "C"}, check=False)
    if done.returncode:
        raise BackupError(f"pg_controldata failed: {done.stderr.strip()}")
    found = dict(re.findall(r"^(\w+) setting: +(\d+)$", done.stdout, re.MULTILINE))
    return {setting: found[name] for name, setting in _LIMITS.items() if name in found}


def _wait(child: subprocess.Popen[bytes], log: Path, progress: Progress) -> None:
    while True:
        is_over, text = child.poll() is not None, log.read_text(errors="replace")
        if _READY in text:
            return
        if is_over:
            raise BackupError(f"it cannot be brought up: {_reason(text)}")
        progress("replaying the log, segments", text.count("restored log file"), 0)
        time.sleep(_LOOK_EVERY_S)


def _reason(log: str) -> str:
    """The first fatal line of the log, and what the copying of segments said before it."""
    found = [line for line in log.splitlines() if "FATAL:" in line or "PANIC:" in line]
    copies = [line for line in log.splitlines() if line.startswith("cp:") and "No such file" not in line]
    words = [found[0].partition(": ")[2].strip() if found else log.strip()[-200:] or "it said nothing", *copies[:1]]
    return "; ".join(words)


def _session(url: Url, room: Path) -> Session:
    place = Url("postgresql", url.database, host=str(room), port=PORT, user=url.user)
    try:
        session: Session = connect(place)
    except TargetMissing:
        raise BackupError(f'there was no database "{url.database}" at that time') from None
    try:
        session.query("SELECT 1")
    except errors() as error:
        session.close()
        raise BackupError(f"the server aside cannot be read: {translate(error).message}") from None
    return session


def unpack(archive: Path, folder: Path, progress: Progress) -> None:
    """Unpack a `.tar.gz` of folders and plain files alone; nothing lands outside the folder.

    Raises: BackupError naming what else is in it.
    """
    import tarfile

    try:
        with tarfile.open(archive, "r:gz") as tar:
            for number, member in enumerate(tar):
                target = folder / member.name
                if folder.resolve() not in (target.resolve(), *target.resolve().parents):
                    raise BackupError(f"{archive.name} holds {member.name}, which lies outside", where=str(archive))
                if member.isdir():
                    target.mkdir(parents=True, exist_ok=True, mode=0o700)
                elif member.isreg():
                    _write(tar, member, target)
                else:
                    raise BackupError(f"{archive.name} holds {member.name}, which is no plain file", where=str(archive))
                if number % 100 == 0:
                    progress("unpacking files", number, 0)
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{archive.name} cannot be unpacked: {error}", where=str(archive)) from None


def _write(tar: object, member: object, target: Path) -> None:
    import tarfile

    assert isinstance(tar, tarfile.TarFile)
    assert isinstance(member, tarfile.TarInfo)
    source = tar.extractfile(member)
    assert source
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    target.chmod(0o600)
