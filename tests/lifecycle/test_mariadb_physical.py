"""Physical backups of MariaDB: taken with mariadb-backup, proven on a server aside, brought back, also to a time."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fix_mariadb import running
from fix_mariadb_server import MariadbServer, start_mariadb
from fix_oracle_mariadb import connect_mariadb
from fix_project import ProjectFolder
from fix_s3 import Bucket

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("mariadb-backup"), reason="mariadb-backup is for its server's Linux"
)
TABLES = """
CREATE TABLE owners (id INT PRIMARY KEY, name VARCHAR(20));
CREATE TABLE log (id INT PRIMARY KEY AUTO_INCREMENT, what VARCHAR(40));
INSERT INTO owners VALUES (1, 'a'), (2, 'b');
CREATE VIEW named AS SELECT name FROM owners;
CREATE TRIGGER tr AFTER INSERT ON owners FOR EACH ROW INSERT INTO log (what) VALUES (NEW.name);
CREATE PROCEDURE grow() INSERT INTO owners VALUES (50, 'grown');
CREATE EVENT tick ON SCHEDULE EVERY 1 DAY DO INSERT INTO log (what) VALUES ('tick');
"""


class Shop:
    """A project whose backups are physical, and the folder that they are brought up in."""

    def __init__(self, folder: ProjectFolder, scratch: Path, env: dict[str, str]) -> None:
        self.folder, self.url, self.scratch, self.env = folder, folder.url, scratch, env

    def send(self, *statements: str) -> list[tuple[object, ...]]:
        """Send statements with the driver alone; the rows of the last."""
        found: list[tuple[object, ...]] = []
        with connect_mariadb(self.url) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                found = list(cursor.fetchall())
        return found

    def owners(self) -> list[object]:
        """The keys of a table."""
        return [row[0] for row in self.send("SELECT id FROM owners ORDER BY 1")]

    def ok(self, *words: str) -> str:
        """What a command prints."""
        ran = self.folder.run(*words, env=self.env)
        assert ran.exit_code == 0, ran.output
        return ran.output

    def refused(self, *words: str, env: dict[str, str] | None = None) -> str:
        """The error of a command that must end with a bad backup's exit code."""
        ran = self.folder.run(*words, env=env)
        assert ran.exit_code == 23, ran.output
        return ran.stderr

    def part(self) -> Path:
        """The one backup's stream."""
        (found,) = self.folder.path.rglob("server.mbstream.gz")
        return found

    def left(self) -> list[object]:
        """What lies beside the target, and in the scratch folder."""
        name = self.url.rpartition("/")[2]
        beside = [str(row[0]) for row in self.send("SHOW DATABASES")]
        found = [n for n in beside if n.startswith((f"{name}_restore", "neoron_verify"))]
        return [*found, *(p.name for p in self.scratch.iterdir() if p.is_dir())]


@pytest.fixture(scope="module")
def logging_server() -> Iterator[MariadbServer]:
    """A server with a binary log."""
    yield from running(lambda: start_mariadb("--log-bin=bin", "--server-id=1"))


@pytest.fixture
def make(
    project: Callable[..., ProjectFolder], logging_server: MariadbServer, tmp_path: Path
) -> Iterator[Callable[..., Shop]]:
    """Lays out a project with more settings."""
    name = f"p_{secrets.token_hex(4)}"
    scratch = Path(tempfile.mkdtemp(prefix="neoron-my-aside-", dir="/tmp"))  # a socket's path is short
    logging_server.administer(f"CREATE DATABASE {name} CHARACTER SET latin1")

    def laid_out(settings: str = "", top: Path | None = None, env: dict[str, str] | None = None) -> Shop:
        folder = project(
            logging_server.url(name), f'[backup]\nkind = "physical"\nscratch = "{top or scratch}"\n{settings}'
        )
        folder.sql("20260101000000", "tables", TABLES, None)
        assert folder.run("database", "update", env=env).exit_code == 0
        return Shop(folder, scratch, env or {})

    yield laid_out
    with connect_mariadb(logging_server.url("mysql")) as connection, connection.cursor() as cursor:
        cursor.execute(f"SHOW DATABASES LIKE '{name}%'")
        found = [str(row[0]) for row in cursor.fetchall()]
    logging_server.administer(*(f"DROP DATABASE `{each}`" for each in found))
    shutil.rmtree(scratch, ignore_errors=True)


@pytest.fixture
def shop(make: Callable[..., Shop]) -> Shop:
    """A project whose backups are physical."""
    return make()


def later(shop: Shop) -> str:
    """A row, a time after it, and a row after that."""
    shop.send("INSERT INTO owners VALUES (3, 'before')")
    time.sleep(1.1)
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    time.sleep(1.1)
    shop.send("INSERT INTO owners VALUES (9, 'after')")
    return moment


def test_a_physical_backup_of_mariadb_comes_back_to_a_time_and_whole(shop: Shop) -> None:
    """Rows from before the time are there and later ones are not; its objects are; nothing is left beside."""
    shop.ok("backup", "create")
    shown = shop.folder.json("backup", "list")["result"]["backups"][0]
    assert (shown["kind"], shown["tool"].partition(" ")[0]) == ("physical", "mariadb-backup")
    assert shown["position"]
    assert shown["restore_ms"] > 0
    moment = later(shop)
    shop.ok("restore", "latest", "--to-time", moment, "--yes")
    assert shop.owners() == [1, 2, 3]
    shop.ok("restore", "latest", "--discard-safety-copy", "--yes")
    shop.ok("restore", "latest", "--yes")
    assert shop.owners() == [1, 2]
    assert shop.send("CALL grow()", "SELECT what FROM log") == [("grown",)]
    assert shop.send("SELECT event_name, status FROM information_schema.events WHERE event_schema = DATABASE()") == [
        ("tick", "ENABLED")
    ]
    assert shop.left() == []


def test_a_damaged_part_and_missing_programs_are_refused(shop: Shop, tmp_path: Path) -> None:
    """A cut part, a flipped byte, a missing program and one of another release are named; the target stays."""
    shop.ok("backup", "create")
    part = shop.part()
    whole = part.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:9000] + bytes([whole[9000] ^ 1]) + whole[9001:]):
        part.write_bytes(damaged)
        assert "server.mbstream.gz was altered" in shop.refused("restore", "latest", "--yes")
    part.write_bytes(whole)
    programs = tmp_path / "bin"
    programs.mkdir()
    env = {"NEORON_MYSQL_BIN": str(programs)}
    said = shop.refused("backup", "create", env=env)
    assert "mariadb-backup was not found" in said
    assert 'kind = "logical"' in said
    other = programs / "mariadb-backup"
    other.write_text('#!/bin/sh\necho "mariadb-backup based on MariaDB server 10.5.1-MariaDB"\n')
    other.chmod(other.stat().st_mode | stat.S_IXUSR)
    assert "is of 10.5, and the server of" in shop.refused("backup", "create", env=env)
    assert shop.owners() == [1, 2]
    assert shop.left() == []


@pytest.mark.nightly
@pytest.mark.parametrize(("place", "size"), [(".neoron", "600k"), ("aside", "12m"), ("aside", "40m")])
def test_a_full_disk_ends_a_physical_backup_of_mariadb(
    make: Callable[..., Shop], tmp_path: Path, place: str, size: str
) -> None:
    """Where the store or the scratch folder is full no backup is left, the reason is said, and the next one is good."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    aside = Path(tempfile.mkdtemp(prefix="neoron-my-full-", dir="/tmp"))
    shop = make(top=aside)
    disk = aside if place == "aside" else shop.folder.path / place
    disk.mkdir(exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        said = shop.refused("backup", "create")
        assert "full" in said or "No space" in said or "space" in said, said
        assert list(shop.folder.path.rglob("server.mbstream.gz")) == []
    finally:
        subprocess.run(["umount", disk], check=True)
    shop.ok("backup", "create")
    shutil.rmtree(aside, ignore_errors=True)


@pytest.mark.nightly
def test_a_physical_backup_of_mariadb_lives_on_a_storage(make: Callable[..., Shop], bucket: Bucket) -> None:
    """It goes to an S3 server, is proven from there, and comes back from there."""
    shop = make(f'storage = "s3://{bucket.name}/shop"\n', env=bucket.env)
    shop.ok("backup", "create")
    assert [key for key in bucket.keys if key.endswith("server.mbstream.gz")]
    assert list(shop.folder.path.rglob("server.mbstream.gz")) == []
    shop.ok("backup", "verify")
    shop.send("DELETE FROM owners")
    shop.ok("restore", "latest", "--yes")
    assert shop.owners() == [1, 2]


def test_a_server_whose_files_cannot_be_copied_is_refused(
    project: Callable[..., ProjectFolder], mariadb_url: str
) -> None:
    """Without a binary log no moment is known: the refusal names the setting and the other way."""
    folder = project(mariadb_url, '[backup]\nkind = "physical"\n')
    folder.sql("1", "t", "CREATE TABLE t (id INT PRIMARY KEY);", "DROP TABLE t;")
    assert folder.run("database", "update").exit_code == 0
    ran = folder.run("backup", "create")
    assert (ran.exit_code, "keeps no binary log" in ran.stderr) == (23, True), ran.output
    assert 'kind = "logical"' in ran.stderr


@pytest.mark.nightly
def test_a_server_of_another_machine_is_refused(shop: Shop) -> None:
    """Where the host has another name than the server says, the refusal names the server's and the other way."""
    words = 'hostname elsewhere && exec "$0" -m neoron backup create'
    ran = subprocess.run(
        ["unshare", "--uts", "sh", "-c", words, sys.executable], cwd=shop.folder.path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if "unshare" in ran.stderr:
        pytest.skip("a host's name cannot be changed here")
    assert (ran.returncode, "its files can be copied only there" in ran.stderr) == (23, True), ran.stderr
    assert 'kind = "logical"' in ran.stderr


@pytest.mark.nightly
def test_a_physical_backup_under_load_is_of_one_moment(shop: Shop) -> None:
    """While another session commits without a pause, the copy and its checksums are equal."""
    is_over = threading.Event()

    def write() -> None:
        number = 100
        while not is_over.is_set():
            number += 1
            shop.send(f"INSERT INTO owners VALUES ({number}, 'load')")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            shop.ok("backup", "create")
    finally:
        is_over.set()
        writer.join()
    assert len(shop.owners()) > 10


@pytest.mark.nightly
def test_an_encrypted_physical_backup_of_mariadb_and_prune(make: Callable[..., Shop], tmp_path: Path) -> None:
    """With a key the parts are age files and come back; prune keeps the newest good one."""
    made = subprocess.run(
        ["age-keygen", "-o", str(tmp_path / "key.txt")], capture_output=True, text=True, check=True
    )
    (tmp_path / "to.txt").write_text(made.stderr.strip().rpartition(" ")[2] + "\n")
    shop = make(f'age_recipients = "{tmp_path / "to.txt"}"\nage_identity = "{tmp_path / "key.txt"}"\n')
    shop.ok("backup", "create")
    shop.ok("backup", "create")
    shop.ok("backup", "prune", "--keep", "1", "--yes")
    assert len(shop.folder.json("backup", "list")["result"]["backups"]) == 1
    shop.send("DELETE FROM owners")
    shop.ok("restore", "latest", "--yes")
    assert shop.owners() == [1, 2]


def killed(shop: Shop, after_s: float, *words: str) -> bool:
    """Run a command and kill it after a time; whether it still ran then."""
    command = [sys.executable, "-m", "neoron", *words]
    with subprocess.Popen(
        command, cwd=shop.folder.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    ) as child:
        try:
            child.wait(after_s)
        except subprocess.TimeoutExpired:
            child.kill()
            return True
    return False


@pytest.mark.parametrize("points", [2, pytest.param(20, marks=pytest.mark.nightly)])
def test_a_physical_restore_of_mariadb_killed_anywhere_is_ended_by_the_same_command(shop: Shop, points: int) -> None:
    """After a kill it is wholly the old or wholly the new one, no server stays, and the same command finishes."""
    shop.ok("backup", "create")
    start = time.monotonic()
    shop.ok("restore", "latest", "--yes")
    took_s, count = time.monotonic() - start, 0
    for number in range(1, points + 1):
        shop.send("INSERT INTO owners VALUES (9, 'after')")
        count += killed(shop, took_s * number / (points + 1), "restore", "latest", "--yes")
        assert shop.owners() in ([1, 2, 9], [1, 2]), number
        shop.ok("restore", "latest", "--yes")
        assert shop.owners() == [1, 2], number
    assert count > points / 2
    assert shop.left() == []


@pytest.mark.nightly
def test_a_physical_restore_of_mariadb_to_a_time_killed_anywhere_is_ended_by_the_same_command(
    shop: Shop, record_property: Callable[[str, object], None]
) -> None:
    """Killed while it copies, plays the log or swaps: wholly the old or the new one, and the same command finishes."""
    shop.ok("backup", "create")
    moment = later(shop)
    words = ("restore", "latest", "--to-time", moment, "--yes")
    start = time.monotonic()
    shop.ok(*words)
    assert shop.owners() == [1, 2, 3]
    took_s, count, old = time.monotonic() - start, 0, 0
    for number in range(1, 21):
        shop.send("INSERT INTO owners VALUES (9, 'after')")
        count += killed(shop, took_s * number / 21, *words)
        found = shop.owners()
        assert found in ([1, 2, 3, 9], [1, 2, 3]), number
        old += found == [1, 2, 3, 9]
        shop.ok(*words)
        assert shop.owners() == [1, 2, 3], number
    record_property("figure", f"{count} of 20 points met a live run, {old} left the old one")
    assert count > 10
    assert shop.left() == []


@pytest.mark.nightly
@pytest.mark.parametrize("words", [("backup", "create"), ("backup", "verify", "latest")])
def test_a_physical_backup_of_mariadb_killed_anywhere_leaves_only_good_ones(shop: Shop, words: tuple[str, ...]) -> None:
    """After a kill every listed backup is good, the target is as it was, and the same command finishes."""
    shop.ok("backup", "create")
    start = time.monotonic()
    shop.ok(*words)
    took_s, count = time.monotonic() - start, 0
    for number in range(1, 21):
        count += killed(shop, took_s * number / 21, *words)
        found = shop.folder.json("backup", "list")["result"]["backups"]
        assert all(each["is_good"] for each in found), number
        assert shop.owners() == [1, 2], number
    assert count > 10
    shop.ok(*words)
    assert shop.left() == []
    assert list(shop.folder.path.rglob(".partial-*")) == []
