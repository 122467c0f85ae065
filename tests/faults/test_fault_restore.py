"""`kill -9` and worse while a backup is taken, proven or brought back: whole old, whole new, never a mix."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_fault_crashes import kill, own_server, restart

from conformance.all_engines import ask
from conformance.engine_sqlite import Sqlite, path_of
from conformance.engine_under_test import EngineUnderTest
from conformance.forked_runs import Driver, Forked
from fix_postgres_server import PostgresServer
from fix_project import ProjectFolder

__all__ = ["own_server"]
IS_NIGHTLY = bool(os.environ.get("NEORON_NIGHTLY"))
MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]
ITEMS = "SELECT id, name FROM items ORDER BY id"
COPIES = "SELECT datname FROM pg_database WHERE datname LIKE '%neoron_verify%' OR datname LIKE '%restore%'"
DATABASES = {
    "postgresql": "SELECT datname FROM pg_database", "mariadb": "SELECT schema_name FROM information_schema.schemata",
}  # fmt: skip
TWO_MEGABYTES = {
    "sqlite": "SELECT randomblob(2000000)", "mariadb": "SELECT CONCAT(MD5(RAND()), MD5(RAND())) FROM seq_1_to_30000",
    "postgresql": "SELECT md5(random()::text) FROM generate_series(1, 60000)",
}  # fmt: skip
THEN, NOW = [(1, "a"), (2, "b")], [(1, "changed"), (2, "b"), (3, "new")]


@dataclass
class Shop:
    """A project with one good backup, and a target that has gone on since."""

    driver: Driver
    targets: EngineUnderTest
    folder: ProjectFolder
    url: str

    def run(self, *words: str, at: int = 0) -> Forked:
        """One run, killed before that call or change of a file."""
        return self.driver.run(self.folder, "--url", self.url, *words, at=at, counts=not at, has_files=True)

    def write(self, *statements: str) -> None:
        """Write to the target by its driver."""
        write(self.url, *statements)

    @property
    def store(self) -> Path:
        """Where the backups lie."""
        return self.folder.path / ".neoron" / "backups"

    def left(self) -> list[str]:
        """What should not be there any more: copies beside the target, backups in the making."""
        partial = [str(f.relative_to(self.store)) for f in (*self.store.glob(".*"), *self.store.glob("*/.verify*"))]
        if self.url.startswith("sqlite"):
            return partial + [f.name for f in path_of(self.url).parent.glob("*.restore-*")]
        name = self.url.rpartition("/")[2]
        return partial + [f for f in self.beside() if f.startswith((f"{name}_restore", "neoron_verify"))]

    def beside(self) -> list[str]:
        """Every database of the server."""
        return [str(row[0]) for row in ask(self.url, DATABASES[self.targets.id])]

    def clear(self) -> None:
        """Drop the safety copies of a server; files go with their folder."""
        if not self.url.startswith("sqlite"):
            name = self.url.rpartition("/")[2]
            for copy in self.beside():
                if copy.startswith(f"{name}_"):
                    self.targets.remove(copy)


def write(url: str, *statements: str) -> None:
    """Write to a target by its driver."""
    ask(url, *statements)


GO_ON = ("INSERT INTO items VALUES (3, 'new')", "UPDATE items SET name = 'changed' WHERE id = 1")


@pytest.fixture
def shop(driver: Driver, restorable: EngineUnderTest, project: MakeProject) -> Iterator[Shop]:
    """A target of each engine in turn."""
    url = restorable.empty()
    folder = project(url)
    folder.sql("1", "items", "CREATE TABLE items (id INT PRIMARY KEY, name TEXT); CREATE TABLE empty (x INT);")
    shop = Shop(driver, restorable, folder, url)
    for words in (("database", "update"), ("backup", "create")):
        if words[0] == "backup":
            shop.write("INSERT INTO items VALUES (1, 'a'), (2, 'b')")
        assert shop.run(*words).exit_code == 0
    shop.write(*GO_ON)
    yield shop
    shop.clear()


def spread(count: int, url: str) -> list[int]:
    """Points over all calls: 20 of them, for a server 4 outside the nightly tests; the last ones always."""
    points = 20 if IS_NIGHTLY or url.startswith("sqlite") else 4
    return sorted({*(1 + round(i * (count - 1) / (points - 1)) for i in range(points)), max(1, count - 1)})


def test_a_killed_restore_leaves_the_whole_old_or_the_whole_new(shop: Shop, record_property: Record) -> None:
    """SIGKILL at spread points of a restore: the target is one of the two, and the same command ends it (F46)."""
    words = ("restore", "latest", "--yes")
    undisturbed = shop.run(*words)
    assert undisturbed.exit_code == 0, undisturbed.output
    failures, old, points = [], 0, spread(len(undisturbed.calls), shop.url)
    marks = ("execute ALTER DATABASE", "execute COMMIT", "query RENAME TABLE", "os.link", "os.rename")
    swaps = [n for n, call in enumerate(undisturbed.calls, 1) if call.startswith(marks)]
    for at in sorted({*points, *swaps[-2:]}):
        shop.clear()
        shop.write(*GO_ON)
        killed = shop.run(*words, at=at)
        found = ask(shop.url, ITEMS)
        old += found == NOW
        again = shop.run(*words)
        wrong = [
            f"exit {killed.exit_code}" if killed.exit_code != -signal.SIGKILL else "",
            f"a mix: {found}" if found not in (NOW, THEN) else "",
            f"again {again.exit_code}: {again.output}" if again.exit_code else "",
            "" if ask(shop.url, ITEMS) == THEN else "not restored", " ".join(shop.left()),
        ]  # fmt: skip
        failures += [f"call {at} ({undisturbed.calls[at - 1]}): {words}" for words in wrong if words]
    shop.clear()
    record_property("figure", f"{len(points)} points of {len(undisturbed.calls)}, {old} left the old one")
    assert failures == []
    assert old >= len(points) // 2


@pytest.mark.parametrize("words", [("backup", "create"), ("backup", "verify", "latest")], ids=["create", "verify"])
def test_a_killed_backup_leaves_the_good_ones_good(shop: Shop, words: tuple[str, ...], record_property: Record) -> None:
    """SIGKILL at spread points of backup create and verify: older ones stay good, the next run clears up (F42)."""
    undisturbed = shop.run(*words)
    assert undisturbed.exit_code == 0, undisturbed.output
    failures, points = [], spread(len(undisturbed.calls), shop.url)
    for at in points:
        killed = shop.run(*words, at=at)
        complete = [f.parent.name for f in shop.store.glob("[0-9]*/manifest.json")]
        again = shop.run(*words)
        listed = shop.run("backup", "list").stdout
        wrong = [
            f"exit {killed.exit_code}" if killed.exit_code != -signal.SIGKILL else "",
            f"again {again.exit_code}: {again.output}" if again.exit_code else "",
            "" if all(f"{name}  good" in listed for name in complete) else listed, " ".join(shop.left()),
        ]  # fmt: skip
        failures += [f"call {at} ({undisturbed.calls[at - 1]}): {words}" for words in wrong if words]
    record_property("figure", f"{len(points)} points of {len(undisturbed.calls)}")
    assert failures == []
    assert ask(shop.url, ITEMS) == NOW


def parts(shop: Shop) -> list[Path]:
    """The files of the newest good backup, largest first."""
    newest = max(f.parent for f in shop.store.glob("[0-9]*/manifest.json"))
    files = [f for f in newest.rglob("*") if f.is_file() and f.name != "manifest.json"]
    return sorted(files, key=lambda f: -f.stat().st_size)


def test_a_damaged_backup_never_reaches_the_target(shop: Shop) -> None:
    """One flipped byte at 64 places, a cut part, swapped parts: verify and restore refuse, the target stays (F43)."""
    files = parts(shop)
    chances = random.Random(7)
    whole = {file: file.read_bytes() for file in files}
    places = [(file, chances.randrange(len(whole[file]))) for file in chances.choices(files, k=64)]
    places[: len(files)] = [(file, len(whole[file]) - 1) for file in files]
    for number, (file, at) in enumerate(places):
        damaged = bytearray(whole[file])
        damaged[at] ^= 1 << (number % 8)
        refused(shop, {file: bytes(damaged)}, whole, *(["backup verify"] if number % 8 == 0 else []))
    refused(shop, {files[0]: whole[files[0]][:-1]}, whole, "backup verify")
    if len(files) > 1:
        refused(shop, {files[0]: whole[files[1]], files[1]: whole[files[0]]}, whole, "backup verify")
    assert ask(shop.url, ITEMS) == NOW
    assert shop.left() == []
    assert shop.run("backup", "verify", files[0].relative_to(shop.store).parts[0]).exit_code == 0


def refused(shop: Shop, damage: dict[Path, bytes], whole: dict[Path, bytes], *others: str) -> None:
    """Write the damage, see restore (and what else is named) refuse it by its name, and mend it."""
    backup = next(iter(damage)).relative_to(shop.store).parts[0]
    for file, content in damage.items():
        file.write_bytes(content)
    for words in ("restore", *others):
        ran = shop.run(*words.split(), backup, *(["--yes"] if words == "restore" else []))
        assert ran.exit_code == 23, (words, ran)
        assert "was altered" in ran.stderr
    for file in damage:
        file.write_bytes(whole[file])


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_leaves_the_target(driver: Driver, project: MakeProject, tmp_path: Path) -> None:
    """Where there is no room for a second database the restore fails with that reason, and the target stays (F42)."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        url = f"sqlite:///{disk / 'shop.db'}"
        shop = Shop(driver, Sqlite(tmp_path / "targets"), project(url), url)
        shop.folder.sql("1", "items", "CREATE TABLE items (id INT PRIMARY KEY, name TEXT); CREATE TABLE big (x BLOB);")
        assert shop.run("database", "update").exit_code == 0
        shop.write("INSERT INTO big VALUES (randomblob(1700000))", "INSERT INTO items VALUES (1, 'a'), (2, 'b')")
        assert shop.run("backup", "create").exit_code == 0
        shop.write(*GO_ON)
        ran = shop.run("restore", "latest", "--yes")
        assert ran.exit_code == 23
        assert "full" in ran.stderr or "No space" in ran.stderr
        assert ask(url, ITEMS) == NOW
        assert sorted(f.name for f in disk.iterdir()) == ["shop.db"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_store_leaves_older_backups(shop: Shop, tmp_path: Path) -> None:
    """Where the store is full no backup gets its final name, the reason is said, and older ones stay good (F42)."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk, good = shop.folder.path / ".neoron", tmp_path / "kept"
    shutil.move(disk, good)
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        shutil.copytree(good, disk, dirs_exist_ok=True)
        shop.write("CREATE TABLE big (x TEXT)", f"INSERT INTO big {TWO_MEGABYTES[shop.targets.id]}")
        ran = shop.run("backup", "create")
        assert ran.exit_code == 23, ran.output
        assert "full" in ran.stderr or "No space" in ran.stderr
        assert shop.left() == []
        assert shop.run("backup", "list").stdout.count("  good  ") == 1
        assert shop.run("backup", "verify", "latest").exit_code in (0, 23)
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.postgresql
def test_a_server_killed_in_the_middle_of_a_restore(project: MakeProject, own_server: PostgresServer) -> None:
    """The old database is whole when the server is back, and the same command ends the restore (F46)."""
    write(own_server.url("postgres"), "CREATE DATABASE shop")
    url = own_server.url("shop")
    folder = project(url)
    folder.sql("1", "items", "CREATE TABLE items (id INT PRIMARY KEY, name TEXT); CREATE TABLE many (x TEXT);")
    assert folder.run("database", "update").exit_code == 0
    write(
        url, "INSERT INTO items VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO many SELECT md5(i::text) FROM generate_series(1, 300000) i",
    )  # fmt: skip
    assert folder.run("backup", "create").exit_code == 0
    write(url, *GO_ON)
    running = folder.start("restore", "latest", "--yes")
    for _ in range(400):
        if ask(own_server.url("postgres"), "SELECT 1 FROM pg_stat_activity WHERE application_name = 'pg_restore'"):
            break
        time.sleep(0.02)
    kill(own_server)
    stdout, stderr = running.communicate(timeout=60)
    assert running.returncode in (23, 69), stdout + stderr
    restart(own_server)
    assert ask(url, ITEMS) == NOW
    again = folder.run("restore", "latest", "--yes")
    assert again.exit_code == 0, again.output
    assert ask(url, ITEMS) == THEN
    assert ask(url, COPIES) == []
