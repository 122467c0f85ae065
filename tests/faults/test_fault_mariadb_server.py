"""A MariaDB server that is killed, or whose disk is full, in the middle of a restore: the target stays whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pymysql
import pytest

from conformance.all_engines import ask
from fix_mariadb import running
from fix_mariadb_server import MariadbServer, start_mariadb
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]
ITEMS = "SELECT id, name FROM items ORDER BY id"
THEN, NOW = [(1, "a"), (2, "b")], [(1, "changed"), (2, "b"), (3, "new")]
GO_ON = ("INSERT INTO items VALUES (3, 'new')", "UPDATE items SET name = 'changed' WHERE id = 1")
LOADING = "SELECT 1 FROM information_schema.processlist WHERE db LIKE 'shop\\_restore%' AND info LIKE 'INSERT%'"
COPIES = "SHOW DATABASES LIKE 'shop\\_restore%'"


def shop(project: MakeProject, server: MariadbServer, rows: int) -> ProjectFolder:
    """A target with one proven backup that has gone on since."""
    server.administer("CREATE DATABASE shop")
    folder = project(server.url("shop"))
    folder.sql("1", "items", "CREATE TABLE items (id INT PRIMARY KEY, name TEXT); CREATE TABLE many (x TEXT);", None)
    assert folder.run("database", "update").exit_code == 0
    many = f"INSERT INTO many SELECT CONCAT(MD5(seq), REPEAT('x', 60)) FROM seq_1_to_{rows}"
    ask(folder.url, "INSERT INTO items VALUES (1, 'a'), (2, 'b')", many)
    assert folder.run("backup", "create").exit_code == 0
    ask(folder.url, *GO_ON)
    return folder


@contextmanager
def started_again(server: MariadbServer) -> Iterator[None]:
    """The killed server on its folder again, until the end of the block."""
    arguments = server.child.args
    assert isinstance(arguments, list)
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    back, ends_at = replace(server, child=child), time.monotonic() + 60
    try:
        while True:
            try:
                back.administer("SELECT 1")
                break
            except pymysql.err.Error:
                assert time.monotonic() < ends_at, "it does not come back"
                time.sleep(0.1)
        yield
    finally:
        child.kill()
        child.wait()


@pytest.mark.nightly
def test_a_mariadb_server_killed_in_the_middle_of_a_restore(project: MakeProject) -> None:
    """The old database is whole when the server is back, and the same command ends the restore (F46)."""
    for server in running(start_mariadb):
        folder = shop(project, server, 150_000)
        process = folder.start("restore", "latest", "--yes")
        ends_at = time.monotonic() + 60
        while not ask(folder.url, LOADING):
            assert process.poll() is None
            assert time.monotonic() < ends_at
            time.sleep(0.01)
        os.kill(server.child.pid, signal.SIGKILL)
        server.child.wait()
        stdout, stderr = process.communicate(timeout=60)
        assert process.returncode in (23, 69), stdout + stderr
        assert "Traceback" not in stdout + stderr
        with started_again(server):
            assert ask(folder.url, ITEMS) == NOW
            again = folder.run("restore", "latest", "--yes")
            assert again.exit_code == 0, again.output
            assert ask(folder.url, ITEMS) == THEN
            assert ask(folder.url, COPIES) == []


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small disk, on which a server that is started now keeps all it has."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = Path(tempfile.mkdtemp(prefix="neoron-disk-", dir="/tmp"))
    folder.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("mounting is not allowed here")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


@pytest.mark.nightly
def test_a_full_disk_of_a_mariadb_server_leaves_the_target(project: MakeProject, small_disk: Path) -> None:
    """Where the server has no room for a second database the restore fails with that reason, the target stays (F42)."""
    for server in running(start_mariadb):
        folder = shop(project, server, 60_000)
        room = shutil.disk_usage(small_disk).free - (4 << 20)
        with (small_disk / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, room)
        ran = folder.run("restore", "latest", "--yes")
        assert ran.exit_code == 23, ran.output
        assert "full" in ran.stderr, ran.stderr
        assert "Traceback" not in ran.output
        assert ask(folder.url, ITEMS) == NOW
        assert ask(folder.url, COPIES) == []
        (small_disk / "filler").unlink()
        again = folder.run("restore", "latest", "--yes")
        assert again.exit_code == 0, again.output
        assert ask(folder.url, ITEMS) == THEN
