"""Physical backups on an S3 server and sealed by age: they come back, and what was damaged never reaches the target."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from test_restore_to_time import NOW, THEN, Shop, gone_on, make_shop, scratch, shop

from fix_archiving import ArchivingServer
from fix_project import ProjectFolder
from fix_s3 import KEY, SECRET, Bucket

__all__ = ["scratch", "shop"]
MakeProject = Callable[..., ProjectFolder]
PLACES = 64


def sealing(folder: Path) -> str:
    """Settings with a new pair of keys in a folder."""
    if not shutil.which("age"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("age was not found")
    key = folder / "key.txt"
    made = subprocess.run(["age-keygen", "-o", str(key)], capture_output=True, text=True, check=True)
    (folder / "to.txt").write_text(made.stderr.strip().rpartition(" ")[2] + "\n")
    return f'age_recipients = "{folder / "to.txt"}"\nage_identity = "{key}"\n'


def refused(shop: Shop, *words: str, env: dict[str, str] | None = None, exit_code: int = 23) -> str:
    """Run it in vain: one line, the target as it was, and no secret told."""
    ran = shop.folder.run(*words, env=env)
    assert (ran.exit_code, shop.items, shop.beside()) == (exit_code, NOW, []), ran.output
    assert SECRET not in ran.output
    assert ran.stderr.count("neoron: ") == 1, ran.stderr
    return ran.stderr


def left(shop: Shop) -> list[str]:
    """What lies in the project's own folder of backups, without the notes of failures."""
    root = shop.folder.path / ".neoron" / "backups"
    return sorted(p.name for p in root.iterdir() if p.name != "failed") if root.is_dir() else []


@pytest.mark.nightly
@pytest.mark.parametrize("is_sealed", [False, True], ids=["plain", "sealed"])
def test_a_physical_backup_on_a_storage(
    is_sealed: bool, archiving_server: ArchivingServer, project: MakeProject, scratch: Path, bucket: Bucket,
    tmp_path: Path,
) -> None:  # fmt: skip
    """It lies in the bucket alone and goes to a time; flipped, cut, swapped and lost parts are refused by name."""
    lines = f'storage = "s3://{bucket.name}/shop"\n{sealing(tmp_path) if is_sealed else ""}'
    shop = make_shop(archiving_server, project, scratch, lines)
    made = shop.folder.run("backup", "create", env=bucket.env)
    assert made.exit_code == 0, made.output
    assert KEY not in made.output
    shop.send("INSERT INTO items VALUES (3, 'before')")
    moment = shop.server.now()
    shop.send("INSERT INTO items VALUES (4, 'after')", "UPDATE items SET name = 'after' WHERE id = 1")
    parts = sorted((k for k in bucket.keys if not k.endswith("manifest.json")), key=bucket.keys.__getitem__)
    assert all(part.endswith(".age") for part in parts) is is_sealed
    assert len(parts) >= 4
    assert left(shop) == []
    whole = {part: bucket.get(part) for part in parts}
    first, largest = parts[0], parts[-1]
    middle = len(whole[largest]) // 2
    flipped = whole[largest][:middle] + bytes([whole[largest][middle] ^ 1]) + whole[largest][middle + 1 :]
    swapped = {first: whole[largest], largest: whole[first]}
    damages = ({largest: flipped}, {largest: whole[largest][:-1]}, swapped, {largest: None})
    for damage in damages:
        for part, content in damage.items():
            if content is None:
                bucket.client.delete_object(Bucket=bucket.name, Key=part)
            else:
                bucket.put(part, content)
        line = refused(shop, "restore", "latest", "--to-time", moment, "--yes", env=bucket.env)
        assert any(part.rpartition("/")[2] in line for part in damage), line
        for part in damage:
            bucket.put(part, whole[part])
    if is_sealed:
        key = tmp_path / "key.txt"
        key.rename(tmp_path / "elsewhere.txt")
        line = refused(shop, "restore", "latest", "--to-time", moment, "--yes", env=bucket.env, exit_code=64)
        assert f"there is no file {key}" in line
        (tmp_path / "elsewhere.txt").rename(key)
    for words in (("backup", "verify"), ("restore", "latest", "--to-time", moment, "--yes")):
        ran = shop.folder.run(*words, env=bucket.env)
        assert ran.exit_code == 0, ran.output
    assert shop.items == THEN
    assert (left(shop), list(scratch.iterdir())) == ([], [])


@pytest.mark.nightly
@pytest.mark.parametrize("is_sealed", [False, True], ids=["plain", "sealed"])
def test_a_damaged_physical_backup_never_reaches_the_target(
    is_sealed: bool, archiving_server: ArchivingServer, project: MakeProject, scratch: Path, tmp_path: Path
) -> None:
    """One flipped byte at 64 places, a cut part, swapped parts, a lost part, a missing key: refused by name (F43)."""
    shop = make_shop(archiving_server, project, scratch, sealing(tmp_path) if is_sealed else "")
    gone_on(shop)
    folder, chances = shop.manifest().parent, random.Random(11)
    files = [f for f in folder.rglob("*") if f.is_file() and f.name != "manifest.json"]
    whole = {file: file.read_bytes() for file in files}
    places = [(file, chances.randrange(len(whole[file]))) for file in chances.choices(files, k=PLACES)]
    places[: len(files)] = [(file, len(whole[file]) - 1) for file in files]
    for number, (file, at) in enumerate(places):
        damaged = bytearray(whole[file])
        damaged[at] ^= 1 << (number % 8)
        file.write_bytes(damaged)
        words = ("backup", "verify", folder.name) if number % 8 == 0 else ("restore", folder.name, "--yes")
        assert f"{file.relative_to(folder)} was altered" in refused(shop, *words)
        file.write_bytes(whole[file])
    files.sort(key=lambda f: f.stat().st_size)
    file, other = files[-1], files[-2]
    for damage in ({file: whole[file][:-1]}, {file: whole[other], other: whole[file]}, {file: None}):
        for victim, content in damage.items():
            victim.unlink() if content is None else victim.write_bytes(content)
        line = refused(shop, "restore", folder.name, "--yes")
        assert any(str(victim.relative_to(folder)) in line for victim in damage), line
        for victim in damage:
            victim.write_bytes(whole[victim])
    if is_sealed:
        (tmp_path / "key.txt").unlink()
        line = refused(shop, "restore", folder.name, "--yes", exit_code=64)
        assert f"there is no file {tmp_path / 'key.txt'}" in line
    else:
        shop.ok("backup", "verify", folder.name)
    assert list(scratch.iterdir()) == []
