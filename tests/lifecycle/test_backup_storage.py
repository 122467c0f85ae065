"""Backups on a storage: a real S3 server (moto), with SQLite and PostgreSQL, by the words of the command line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fix_project import ProjectFolder, Ran
from fix_s3 import KEY, SECRET, Bucket, require_keys

Make = Callable[..., ProjectFolder]
WORD = "what only the owner may read"


class Shop:
    """A project that keeps its backups in a bucket."""

    def __init__(self, folder: ProjectFolder, bucket: Bucket) -> None:
        self.folder, self.bucket = folder, bucket

    def run(self, *words: str, env: dict[str, str] | None = None) -> Ran:
        """Run Neoron with the storage's environment; no word of it may hold the secret."""
        ran = self.folder.run(*words, env={**self.bucket.env, **(env or {})})
        assert SECRET not in ran.output
        assert KEY not in ran.output
        return ran

    def done(self, *words: str) -> Ran:
        """Run what must end well."""
        ran = self.run(*words)
        assert ran.exit_code == 0, ran.output
        return ran

    def refused(self, *words: str, env: dict[str, str] | None = None, exit_code: int = 23) -> str:
        """Run what must end with one line, and that line."""
        ran = self.run("--quiet", *words, env=env)
        line = ran.stderr.strip()
        assert len(line.splitlines()) == 1, line
        assert (ran.exit_code, "Nothing changed." in line) == (exit_code, True), line
        return line

    def listed(self) -> list[dict[str, object]]:
        """What `backup list` says."""
        ran = self.run("--json", "backup", "list")
        return list(json.loads(ran.stdout)["result"]["backups"])

    def manifest(self, id: str) -> dict[str, object]:
        """A backup's manifest in the bucket."""
        return dict(json.loads(self.bucket.get(f"shop/{id}/manifest.json")))

    def parts(self) -> list[str]:
        """The keys of all parts, the largest last."""
        keys = self.bucket.keys
        return sorted((key for key in keys if not key.endswith("manifest.json")), key=keys.__getitem__)

    def left(self) -> list[str]:
        """What lies in the project's own folder of backups, without the notes of failures."""
        root = self.folder.path / ".neoron" / "backups"
        return sorted(p.name for p in root.iterdir() if p.name != "failed") if root.is_dir() else []


def make_shop(project: Make, url: str, bucket: Bucket, settings: str = "") -> Shop:
    """A project with a table of three notes."""
    folder = project(url, f'[backup]\nstorage = "s3://{bucket.name}/shop"\n{settings}')
    folder.sql("1", "notes", f"CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);"
                             f"INSERT INTO notes VALUES (1, '{WORD}'), (2, 'b'), (3, 'c');", None)  # fmt: skip
    shop = Shop(folder, bucket)
    shop.done("database", "update")
    return shop


@pytest.fixture
def shop(project: Make, target_url: str, bucket: Bucket) -> Shop:
    """One on each engine."""
    return make_shop(project, target_url, bucket)


@pytest.fixture
def sqlite_shop(project: Make, sqlite_url: str, bucket: Bucket) -> Shop:
    """One on SQLite, for what is the same on every engine."""
    return make_shop(project, sqlite_url, bucket)


@pytest.fixture
def large_shop(sqlite_shop: Shop) -> Shop:
    """One whose backup is 20 MB that do not compress: three blocks of an upload."""
    sqlite_shop.folder.sql("2", "large", "CREATE TABLE large (body BLOB); INSERT INTO large VALUES "
                           "(randomblob(10000000)), (randomblob(10000000));", None)  # fmt: skip
    sqlite_shop.done("database", "update")
    return sqlite_shop


def test_a_backup_lives_on_the_storage(shop: Shop) -> None:
    """Create, list, verify, preflight, prune and restore work on the bucket alone; the project keeps no copy."""
    shop.done("backup", "create")
    shop.done("backup", "create")
    first, second = (str(b["id"]) for b in shop.listed())
    assert {key.split("/")[1] for key in shop.bucket.keys} == {first, second}
    assert shop.left() == []
    assert "restored aside and equal" in shop.done("backup", "verify", first).stdout
    checks = json.loads(shop.run("--json", "preflight").stdout)["result"]["checks"]
    assert [c["status"] for c in checks if c["name"] == "newest good backup"] == ["ok"]
    shop.folder.sql("2", "more", "INSERT INTO notes VALUES (4, 'd');", None)
    shop.done("database", "update")
    assert "notes" in shop.done("restore", "latest", "--yes").stdout
    assert "1 applied, 1 pending" in shop.run("database", "status").stdout
    assert len(shop.parts()) >= 2
    shop.done("backup", "prune", "--keep", "1", "--yes")
    assert {key.split("/")[1] for key in shop.bucket.keys} == {second}
    assert shop.left() == []


@pytest.mark.nightly
def test_the_secret_is_in_no_file(sqlite_shop: Shop) -> None:
    """Manifest, report, journal and notes of failures hold no credentials."""
    sqlite_shop.done("deploy", "--yes")
    sqlite_shop.done("backup", "create")
    sqlite_shop.bucket.wire.cut()
    sqlite_shop.refused("backup", "create")
    files = [p for p in sqlite_shop.folder.path.rglob("*") if p.is_file()]
    kept = [p.read_bytes() for p in files] + [sqlite_shop.bucket.get(key) for key in sqlite_shop.bucket.keys]
    assert len(kept) > 5
    assert [text for text in kept if SECRET.encode() in text or KEY.encode() in text] == []


@pytest.mark.nightly
@pytest.mark.parametrize("damage", ["flip", "truncate", "swap", "missing", "extra"])
def test_a_damaged_part_is_named(project: Make, postgres_url: str, bucket: Bucket, damage: str) -> None:
    """What was altered in the bucket is named, the target stays, and the backup counts no more once it was verified."""
    shop = make_shop(project, postgres_url, bucket)
    shop.done("backup", "create")
    victim = shop.parts()[-1]
    content = bucket.get(victim)
    named = victim.rpartition("/")[2]
    if damage == "flip":
        bucket.put(victim, content[:40] + bytes([content[40] ^ 1]) + content[41:])
    elif damage == "truncate":
        bucket.put(victim, content[:-1])
    elif damage == "swap":
        other = shop.parts()[0]
        bucket.put(victim, bucket.get(other))
        bucket.put(other, content)
    elif damage == "missing":
        bucket.client.delete_object(Bucket=bucket.name, Key=victim)
    else:
        named = "strange.dat"
        bucket.put(victim.rpartition("/")[0] + "/strange.dat", b"x")
    line = shop.refused("restore", "latest", "--yes")
    assert named in line or (damage == "swap" and other.rpartition("/")[2] in line)
    shop.refused("backup", "verify")
    (listed,) = shop.listed()
    assert listed["is_good"] is False
    assert shop.left() == []


def test_a_part_altered_on_sqlite_is_named(sqlite_shop: Shop) -> None:
    """One flipped byte is found after the download, before the target is touched."""
    sqlite_shop.done("backup", "create")
    (victim,) = sqlite_shop.parts()
    content = bytearray(sqlite_shop.bucket.get(victim))
    content[len(content) // 2] ^= 1
    sqlite_shop.bucket.put(victim, bytes(content))
    assert f"{victim.rpartition('/')[2]} was altered" in sqlite_shop.refused("restore", "latest", "--yes")


@pytest.mark.nightly
def test_a_backup_is_sealed_before_it_is_sent(project: Make, sqlite_url: str, bucket: Bucket, tmp_path: Path) -> None:
    """With age no plain byte goes to the bucket, and the key opens it after the download."""
    if not shutil.which("age"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("age was not found")
    key = tmp_path / "key.txt"
    made = subprocess.run(["age-keygen", "-o", str(key)], capture_output=True, text=True, check=True)
    (tmp_path / "to.txt").write_text(made.stderr.strip().rpartition(" ")[2] + "\n")
    shop = make_shop(project, sqlite_url, bucket,
                     f'age_recipients = "{tmp_path / "to.txt"}"\nage_identity = "{key}"\n')  # fmt: skip
    shop.done("backup", "create")
    assert [part for part in shop.parts() if not part.endswith(".age")] == []
    assert [name for name in bucket.keys if WORD.encode() in bucket.get(name)] == []
    shop.done("backup", "verify")
    shop.done("restore", "latest", "--yes")
    assert shop.left() == []


def test_a_killed_upload_is_no_backup(large_shop: Shop) -> None:
    """SIGKILL in the middle of the upload leaves no backup, and the next run clears away what was sent."""
    shop, killed = large_shop, []
    process = shop.folder.start("backup", "create", env=shop.bucket.env)
    shop.bucket.wire.after(9_000_000, lambda: (process.kill(), killed.append(True)))
    process.communicate(timeout=60)
    assert killed == [True]
    assert [b for b in shop.listed() if b["is_good"]] == []
    shop.done("backup", "create")
    (id,) = {str(b["id"]) for b in shop.listed()}
    assert {key.split("/")[1] for key in shop.bucket.keys} == {id}
    assert shop.left() == []
    shop.done("backup", "verify")


@pytest.mark.nightly
def test_a_killed_upload_of_many_parts_is_cleared(project: Make, postgres_url: str, bucket: Bucket) -> None:
    """Parts that were sent whole before the kill are no backup, and go with the next run."""
    shop = make_shop(project, postgres_url, bucket)
    before = bucket.wire.seen
    shop.done("backup", "create")
    taken = bucket.wire.seen - before
    process = shop.folder.start("backup", "create", env=bucket.env)
    bucket.wire.after(int(taken * 0.8), process.kill)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert len({key.split("/")[1] for key in bucket.keys}) == 2
    assert len(shop.listed()) == 1
    shop.done("backup", "create")
    assert {key.split("/")[1] for key in bucket.keys} == {str(b["id"]) for b in shop.listed()}


@pytest.mark.nightly
def test_a_connection_lost_half_way_is_one_line(large_shop: Shop) -> None:
    """It says where, that nothing changed and what to do; nothing stays here, and the same command ends it later."""
    wire = large_shop.bucket.wire
    wire.after(9_000_000, wire.cut)
    line = large_shop.refused("backup", "create")
    assert "the connection to the storage was lost" in line
    assert "Next: run the same command again" in line
    assert large_shop.left() == []
    wire.is_cut = False
    (failed,) = large_shop.listed()
    assert "the connection to the storage was lost" in str(failed["failure"])
    large_shop.done("backup", "create")


@pytest.mark.nightly
def test_a_lost_download_leaves_nothing_here(large_shop: Shop) -> None:
    """A connection that ends while a backup is fetched changes nothing, and the backup stays good."""
    large_shop.done("backup", "create")
    wire = large_shop.bucket.wire
    wire.after(1_500, wire.cut)
    assert "the connection to the storage was lost" in large_shop.refused("restore", "latest", "--yes")
    assert large_shop.left() == []
    wire.is_cut = False
    assert [b["is_good"] for b in large_shop.listed()] == [True]


@pytest.fixture
def asked_for_keys(s3_port: int) -> Iterator[None]:
    """The server takes no key that it does not know."""
    require_keys(s3_port, asked=True)
    yield
    require_keys(s3_port, asked=False)


@pytest.mark.nightly
def test_refused_credentials_are_one_line(sqlite_shop: Shop, asked_for_keys: None) -> None:
    """Unknown keys are refused before anything is read from the target."""
    assert "the storage refused the credentials" in sqlite_shop.refused("backup", "create")
    assert "the storage refused the credentials" in sqlite_shop.refused("backup", "list")


@pytest.mark.nightly
def test_what_cannot_be_reached_is_one_line(sqlite_shop: Shop) -> None:
    """No credentials, no bucket, no library: each has its own words and its own next command."""
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    assert "no credentials were found" in sqlite_shop.refused("backup", "create", env=none)
    file = sqlite_shop.folder.path / "neoron.toml"
    text = file.read_text()
    file.write_text(text.replace(sqlite_shop.bucket.name, "nowhere-at-all"))
    for words in (("backup", "create"), ("backup", "list"), ("restore", "latest", "--yes")):
        assert "there is no such bucket" in sqlite_shop.refused(*words)
    file.write_text(text.replace("s3://", "gs://"))
    line = sqlite_shop.refused("backup", "list", exit_code=64)
    assert "is not installed" in line


@pytest.mark.nightly
def test_a_missing_bucket_is_one_line(sqlite_shop: Shop) -> None:
    """It is told before the target is read, and no bucket is made."""
    file = sqlite_shop.folder.path / "neoron.toml"
    file.write_text(file.read_text().replace(sqlite_shop.bucket.name, "nowhere-at-all"))
    assert "there is no such bucket" in sqlite_shop.refused("backup", "create")


@pytest.mark.nightly
def test_a_backup_is_known_by_its_own_id_alone(sqlite_shop: Shop) -> None:
    """The manifest of another backup is refused, names with a way out find nothing, and neighbours are left alone."""
    shop = sqlite_shop
    shop.done("backup", "create")
    shop.done("backup", "create")
    first, second = (str(b["id"]) for b in shop.listed())
    for key in (f"shop/{first}x/keep.txt", f"shop/{first}", "shopping/keep.txt", "shop/keep.txt"):
        shop.bucket.put(key, b"not ours")
    shop.done("backup", "prune", "--keep", "1", "--yes")
    assert {k for k, v in shop.bucket.keys.items() if v == len(b"not ours")} == {
        f"shop/{first}x/keep.txt", f"shop/{first}", "shopping/keep.txt", "shop/keep.txt",
    }  # fmt: skip
    moved = "20200101T000000-abcdef"
    shop.bucket.put(f"shop/{moved}/manifest.json", json.dumps(shop.manifest(second)).encode())
    assert "that of another backup" in shop.refused("restore", moved, "--yes")
    assert [b["id"] for b in shop.listed()] == [second]
    for id in ("..", f"{first}x", "manifest.json"):
        assert f"no backup `{id}`" in shop.refused("backup", "verify", id)


_SEND_AND_FETCH = """
import pathlib, sys
from neoron.model.backup import BackupRecord
from neoron.records.storage import open_storage
url, made, back, digest = sys.argv[1:]
record = BackupRecord("20260101T000000-abcdef", "sqlite", "", "full", "", "", "", "", 0, "", 0, {"part": digest}, ())
storage = open_storage(url)
storage.send(pathlib.Path(made), record, lambda done, total: None)
storage.fetch(record, pathlib.Path(back), lambda done, total: None)
# Not ru_maxrss, which begins with what the process had that started this one.
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) // 1024)
"""


@pytest.mark.nightly
def test_memory_does_not_grow_with_a_part(bucket: Bucket, tmp_path: Path) -> None:
    """A part of 200 MB goes there and comes back in less than 150 MB of memory."""
    made, back, found = tmp_path / "made", tmp_path / "back", hashlib.sha256()
    made.mkdir()
    back.mkdir()
    with (made / "part").open("wb") as file:
        for _mebibyte in range(200):
            found.update(piece := os.urandom(1 << 20))
            file.write(piece)
    url = f"s3://{bucket.name}/shop"
    ran = subprocess.run(
        [sys.executable, "-c", _SEND_AND_FETCH, url, str(made), str(back), found.hexdigest()],
        env={**os.environ, **bucket.env}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (back / "part").stat().st_size == 200 << 20
    assert int(ran.stdout) < 150
