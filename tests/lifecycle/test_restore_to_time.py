"""Physical backups of PostgreSQL, and a restore to a point in time, on a real server that archives its log."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from conformance.forked_runs import Driver
from fix_archiving import ArchivingServer
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]
ITEMS = "SELECT id, name FROM items ORDER BY id"
BACKED_UP = [(1, "a"), (2, "b")]
THEN = [*BACKED_UP, (3, "before")]
NOW = [(1, "after"), (2, "b"), (3, "before"), (4, "after")]


@dataclass(frozen=True)
class Shop:
    """A database with a project, on a server that archives its log."""

    server: ArchivingServer
    name: str
    folder: ProjectFolder

    def send(self, *statements: str) -> None:
        """Write with the driver alone."""
        self.server.send(self.name, *statements)

    @property
    def items(self) -> list[tuple[object, ...]]:
        """What the table holds."""
        return self.server.ask(self.name, ITEMS)

    def ok(self, *words: str) -> str:
        """Run it well; what it printed."""
        ran = self.folder.run(*words)
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    def refused(self, *words: str) -> str:
        """Run it in vain; its one line."""
        ran = self.folder.run(*words)
        assert ran.exit_code == 23, ran.output
        assert ran.stderr.count("neoron: ") == 1, ran.stderr
        return ran.stderr

    def manifest(self) -> Path:
        """The newest backup's manifest."""
        return max((self.folder.path / ".neoron" / "backups").glob("[0-9]*/manifest.json"))

    def beside(self) -> list[object]:
        """Databases beside the target."""
        query = f"SELECT datname FROM pg_database WHERE datname LIKE '{self.name}\\_%' OR datname LIKE 'neoron\\_%'"
        return [row[0] for row in self.server.ask("postgres", query)]


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder with a short path, for servers of our own; nothing may be left in it."""
    with tempfile.TemporaryDirectory(prefix="neoron-scratch-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def make_shop(server: ArchivingServer, project: MakeProject, scratch: Path, settings: str = "") -> Shop:
    """A database of two rows, as one migration made them, with more lines of `[backup]`."""
    name = f"shop_{secrets.token_hex(4)}"
    server.send("postgres", f"CREATE DATABASE {name}")
    lines = f'[backup]\nkind = "physical"\nwal_archive = "{server.archive}"\nscratch = "{scratch}"\n{settings}'
    shop = Shop(server, name, project(server.url(name), lines))
    shop.folder.sql("1", "items", "CREATE TABLE items (id INT PRIMARY KEY, name TEXT); CREATE TABLE empty (x INT);")
    shop.ok("database", "update")
    shop.send("INSERT INTO items VALUES (1, 'a'), (2, 'b')")
    return shop


@pytest.fixture
def shop(archiving_server: ArchivingServer, project: MakeProject, scratch: Path) -> Shop:
    """One on a server of the usual version."""
    return make_shop(archiving_server, project, scratch)


def gone_on(shop: Shop) -> str:
    """Back it up, write, and write on; the time between the two."""
    shop.ok("backup", "create")
    shop.send("INSERT INTO items VALUES (3, 'before')")
    moment = shop.server.now()
    shop.send("INSERT INTO items VALUES (4, 'after')", "UPDATE items SET name = 'after' WHERE id = 1")
    assert shop.items == NOW
    return moment


def killed_aside(shop: Shop, scratch: Path, *words: str) -> None:
    """Start a run, kill it once its server aside is up, and wait until that server has ended by itself."""
    running = shop.folder.start(*words)
    pids: list[int] = []
    try:
        for _ in range(1000):
            if list(scratch.glob("*/.s.PGSQL.5432")):
                pids = [int(file.read_text().split()[0]) for file in scratch.glob("*/data/postmaster.pid")]
                break
            time.sleep(0.01)
    finally:
        running.kill()
        running.communicate()
    assert len(pids) == 1
    for _ in range(200):
        if not Path(f"/proc/{pids[0]}").exists():
            return
        time.sleep(0.05)
    raise AssertionError("the server aside outlives the run")


def test_rows_from_before_the_time_are_there_and_those_after_are_not(shop: Shop, scratch: Path) -> None:
    """What is lost is said in numbers first; killed, it goes on; the old stays as a safety copy, no server is left."""
    early = shop.server.now()
    moment = gone_on(shop)
    assert "it was taken at" in shop.refused("restore", "latest", "--to-time", early, "--yes")
    record = json.loads(shop.manifest().read_text())
    assert (record["kind"], record["timeline"], record["verified_at"] != "") == ("physical", 1, True)
    assert record["position"].count("/") == 1
    assert "1 row fewer" in shop.ok("restore", "latest", "--to-time", moment, "--dry-run")
    assert (shop.items, shop.beside()) == (NOW, [])
    killed_aside(shop, scratch, "restore", "latest", "--to-time", moment, "--yes")
    assert shop.items == NOW
    asked = shop.folder.run("restore", "latest", "--to-time", moment)
    assert asked.exit_code == 10
    assert "1 row fewer" in asked.stderr
    assert shop.items == NOW
    assert "4                  3  1 row fewer" in shop.ok("restore", "latest", "--to-time", moment, "--yes")
    assert shop.items == THEN
    (safety,) = shop.beside()
    assert shop.server.ask(str(safety), ITEMS) == NOW
    note = shop.server.ask(shop.name, "SELECT detail FROM neoron_journal WHERE detail LIKE '%replaced%'")
    assert f"to {moment}; replaced: {safety}" in str(note)
    assert list(scratch.iterdir()) == []
    shop.ok("restore", "latest", "--discard-safety-copy", "--yes")
    shop.ok("restore", "latest", "--yes")
    assert shop.items == BACKED_UP


@pytest.mark.nightly
def test_times_that_cannot_be_reached_are_refused(shop: Shop) -> None:
    """A time before the backup, ahead, or after what was archived: one line each, and nothing changed."""
    before = shop.server.now()
    moment = gone_on(shop)
    assert "it was taken at" in shop.refused("restore", "latest", "--to-time", before, "--yes")
    ahead = shop.folder.run("restore", "latest", "--to-time", "2999-01-01", "--yes")
    assert (ahead.exit_code, "lies ahead" in ahead.stderr) == (64, True)
    shop.server.archive_by("false")
    try:
        shop.send("INSERT INTO items VALUES (5, 'late')")
        late = shop.refused("restore", "latest", "--to-time", shop.server.now(), "--yes")
        assert "the archived WAL ends at" in late
    finally:
        shop.server.restore_archiving()
    assert shop.items == [*NOW, (5, "late")]
    assert moment < shop.server.now()


def test_a_missing_segment_is_named(shop: Shop) -> None:
    """A hole in the archive is named where the time lies behind it, and so is another server's segment."""
    moment = gone_on(shop)
    shop.server.switch()
    shop.send("INSERT INTO items VALUES (5, 'in the hole')")
    hole = shop.server.switch()
    shop.send("INSERT INTO items VALUES (6, 'behind')")
    late = shop.server.now()
    shop.send("INSERT INTO items VALUES (7, 'later')")
    newest = shop.server.switch()
    whole, own = hole.read_bytes(), newest.read_bytes()
    newest.write_bytes(own[:24] + bytes(8) + own[32:])
    assert "another server's" in shop.refused("restore", "latest", "--to-time", late, "--yes")
    newest.write_bytes(own)
    for left in (b"", whole[:-1]):
        hole.write_bytes(left)
        line = shop.refused("restore", "latest", "--to-time", late, "--yes")
        assert f"WAL segment {hole.name} is missing or cut short" in line
    hole.unlink()
    assert "7                  3  4 rows fewer" in shop.ok("restore", "latest", "--to-time", moment, "--dry-run")
    hole.write_bytes(whole)
    shop.ok("restore", "latest", "--to-time", late, "--yes")
    assert shop.items == [*NOW, (5, "in the hole"), (6, "behind")]


@pytest.mark.nightly
def test_a_backup_under_load_is_of_one_moment(shop: Shop) -> None:
    """Transactions that go on while it is taken are wholly in it or not at all, and it is proven equal."""
    stop = threading.Event()

    def write() -> None:
        number = 100
        with psycopg.connect(shop.server.url(shop.name), autocommit=True) as connection:
            while not stop.is_set():
                number += 1
                connection.execute("INSERT INTO items VALUES (%s, 'load')", (number,))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        shop.ok("backup", "create")
    finally:
        stop.set()
        writer.join()
    assert "good" in shop.ok("backup", "list")


@pytest.mark.nightly
def test_a_copy_that_differs_is_not_good(shop: Shop, scratch: Path) -> None:
    """Other values than the backup's own snapshot saw, and an altered part: refused by name, nothing left behind."""
    shop.ok("backup", "create")
    manifest = shop.manifest()
    whole = manifest.read_text()
    value = json.loads(whole)
    value["contents"] = [{**c, "checksum": "1"} if c["table"] == "items" else c for c in value["contents"]]
    manifest.write_text(json.dumps(value))
    assert "table items came back with other values" in shop.refused("backup", "verify")
    manifest.write_text(whole)
    part = manifest.parent / "physical" / "base.tar.gz"
    damaged = bytearray(part.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    part.write_bytes(damaged)
    assert "physical/base.tar.gz was altered" in shop.refused("backup", "verify", manifest.parent.name)
    assert (list(scratch.iterdir()), shop.beside()) == ([], [])


@pytest.mark.nightly
def test_a_killed_restore_to_a_time_leaves_the_old_or_the_new(shop: Shop, driver: Driver, scratch: Path) -> None:
    """SIGKILL at spread points: wholly one of the two, and the same command ends it, without a server or files left."""
    moment = gone_on(shop)
    words = ("restore", "latest", "--to-time", moment, "--yes")
    failures, old = [], 0
    # Files are unpacked and removed long before and after the few calls that reach the live server.
    for has_files, points in ((True, 14), (False, 10)):
        undisturbed = driver.run(shop.folder, *words, counts=True, has_files=has_files)
        assert undisturbed.exit_code == 0, undisturbed.output
        count = len(undisturbed.calls)
        swaps = [n for n, call in enumerate(undisturbed.calls, 1) if call.startswith("execute ALTER DATABASE")]
        spread = [1 + round(i * (count - 20) / (points - 1)) for i in range(points)]
        for at in sorted({*spread, *([] if has_files else [*swaps[-2:], swaps[-1] + 1])}):
            shop.send("DELETE FROM items", *(f"INSERT INTO items VALUES {row}" for row in NOW))
            killed = driver.run(shop.folder, *words, at=at, has_files=has_files)
            found = shop.items
            old += found == NOW
            again = driver.run(shop.folder, *words)
            wrong = [
                "" if killed.exit_code == -signal.SIGKILL else f"exit {killed.exit_code}",
                "" if found in (NOW, THEN) else f"a mix: {found}",
                f"again {again.exit_code}: {again.output}" if again.exit_code else "",
                "" if shop.items == THEN else "not restored",
                "".join(str(name) for name in shop.beside() if "_restore_" in str(name)),
            ]
            failures += [f"call {at} ({undisturbed.calls[at - 1]}): {words}" for words in wrong if words]
    assert failures == []
    assert old >= 12
    assert list(scratch.iterdir()) == []


@pytest.mark.nightly
def test_an_encrypted_physical_backup(shop: Shop, tmp_path: Path) -> None:
    """Its parts are sealed, and it goes to a time as a plain one does."""
    subprocess.run(["age-keygen", "-o", tmp_path / "key.txt"], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", tmp_path / "key.txt"], check=True, capture_output=True).stdout
    (tmp_path / "recipients.txt").write_bytes(public)
    file = shop.folder.path / "neoron.toml"
    keys = f'age_recipients = "{tmp_path / "recipients.txt"}"\nage_identity = "{tmp_path / "key.txt"}"\n'
    file.write_text(file.read_text() + keys)
    moment = gone_on(shop)
    assert (shop.manifest().parent / "physical" / "base.tar.gz.age").is_file()
    shop.ok("restore", "latest", "--to-time", moment, "--yes")
    assert shop.items == THEN


def test_where_there_is_no_physical_backup(
    postgres_url: str, sqlite_url: str, project: MakeProject, scratch: Path
) -> None:
    """No archive configured, a server that archives nothing, an engine that has none: one line each."""
    bare = project(postgres_url, name="bare").run("backup", "create", "--kind", "physical")
    assert (bare.exit_code, "`wal_archive` is not set" in bare.stderr) == (64, True)
    settings = f'[backup]\nkind = "physical"\nwal_archive = "{scratch}"'
    off = project(postgres_url, settings, name="off").run("backup", "create")
    assert (off.exit_code, "archive_mode is off" in off.stderr) == (23, True)
    sqlite = project(sqlite_url, settings, name="sqlite")
    sqlite.sql("1", "t", "CREATE TABLE t (x INT);")
    assert sqlite.run("database", "update").exit_code == 0
    none = sqlite.run("backup", "create")
    assert (none.exit_code, "PostgreSQL and MariaDB alone" in none.stderr) == (64, True)
