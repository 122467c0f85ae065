"""Encrypted backups: sealed with age, opened only with its key, and proven all the same."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fix_project import ProjectFolder
from neoron.records import backups, sealed

Make = Callable[..., ProjectFolder]
SECRET = "what only the owner may read"


def key(path: Path) -> str:
    """Make a key; the recipient that belongs to it."""
    done = subprocess.run(["age-keygen", "-o", str(path)], capture_output=True, text=True, check=True)
    return done.stderr.strip().rpartition(" ")[2]


@pytest.fixture(
    params=[
        "sqlite", pytest.param("postgres", marks=pytest.mark.postgresql),
        pytest.param("mariadb", marks=pytest.mark.nightly),
    ]
)  # fmt: skip
def each_url(request: pytest.FixtureRequest) -> str:
    """An empty target of each engine whose backups are files of ours."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def vault(project: Make, each_url: str, tmp_path: Path) -> ProjectFolder:
    """A project whose backups are encrypted, with a row that must not be readable."""
    if not shutil.which("age"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("age was not found")
    recipient = key(tmp_path / "key.txt")
    (tmp_path / "recipients.txt").write_text(recipient + "\n")
    folder = project(each_url, f"""
        [backup]
        age_recipients = "{tmp_path / "recipients.txt"}"
        age_identity = "{tmp_path / "key.txt"}"
        """)  # fmt: skip
    folder.sql("1", "notes", f"CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(80));"
                             f"INSERT INTO notes VALUES (1, '{SECRET}');", None)  # fmt: skip
    assert folder.run("database", "update").exit_code == 0
    return folder


def kept(folder: ProjectFolder) -> Path:
    """The folder of the only backup."""
    (found,) = [p for p in (folder.path / ".neoron" / "backups").iterdir() if not p.name.startswith(".")]
    return found


def test_an_encrypted_backup_is_proven_and_brought_back(vault: ProjectFolder) -> None:
    """No part of it can be read; verify and restore open it with its key, and leave nothing open behind."""
    assert vault.run("backup", "create").exit_code == 0
    files = [p for p in kept(vault).rglob("*") if p.is_file()]
    assert {p.suffix for p in files} == {".age", ".json"}
    assert all(SECRET.encode() not in p.read_bytes() for p in files)
    assert vault.run("backup", "verify").exit_code == 0
    ran = vault.run("restore", "latest", "--yes")
    assert ran.exit_code == 0, ran.output
    assert [p.name for p in kept(vault).parent.iterdir() if p.name.startswith(".partial")] == []
    if vault.url.startswith("sqlite"):
        with closing(sqlite3.connect(vault.url.removeprefix("sqlite:///"))) as database:
            assert database.execute("SELECT text FROM notes").fetchall() == [(SECRET,)]


def settings(folder: ProjectFolder, old: str, new: str) -> None:
    """Change the project's settings."""
    file = folder.path / "neoron.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_missing_wrong_or_unnamed_key_is_one_clear_line(vault: ProjectFolder, tmp_path: Path) -> None:
    """Without its key the backup is listed and cannot be opened, and each reason has its own words."""
    assert vault.run("backup", "create").exit_code == 0
    key(tmp_path / "other.txt")
    settings(vault, "key.txt", "other.txt")
    wrong = vault.run("restore", "latest", "--yes")
    assert wrong.exit_code == 23
    assert f"the key in {tmp_path / 'other.txt'} does not open" in wrong.stderr
    settings(vault, "other.txt", "nowhere.txt")
    missing = vault.run("backup", "verify")
    assert (missing.exit_code, "there is no file" in missing.stderr) == (64, True)
    settings(vault, f'age_identity = "{tmp_path / "nowhere.txt"}"', "")
    unnamed = vault.run("backup", "verify")
    assert (unnamed.exit_code, "it is encrypted (age), and no key is configured" in unnamed.stderr) == (23, True)
    assert len(vault.json("backup", "list")["result"]["backups"]) == 1
    for ran in (wrong, missing, unnamed):
        assert len(ran.stderr.strip().splitlines()) == 1
        assert "AGE-SECRET-KEY" not in ran.output


def test_a_machine_without_the_key_takes_backups_all_the_same(vault: ProjectFolder, tmp_path: Path) -> None:
    """To take a backup only the recipients are needed; it is proven before it is sealed."""
    settings(vault, f'age_identity = "{tmp_path / "key.txt"}"', "")
    assert vault.run("backup", "create").exit_code == 0
    (listed,) = vault.json("backup", "list")["result"]["backups"]
    assert (bool(listed["verified_at"]), listed["encryption"]) == (True, "age")


def test_what_fails_while_it_is_open_keeps_its_own_words(vault: ProjectFolder, tmp_path: Path) -> None:
    """A full disk while an open backup is used is not told as a fault of opening it, and nothing stays open."""
    assert vault.run("backup", "create").exit_code == 0
    folder = kept(vault)
    record, _folder = backups.read(vault.path / ".neoron", folder.name)
    keys = sealed.Keys(identity=tmp_path / "key.txt")
    seen: list[bool] = []

    def use() -> None:
        with sealed.opened(folder, record, keys) as plain:
            seen.extend((plain / name).is_file() for name in record.files)
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        use()
    assert seen
    assert all(seen)
    assert [p.name for p in folder.parent.iterdir() if p.name.startswith(".partial")] == []


@pytest.mark.parametrize("damage", ["flip", "truncate", "missing", "extra", "swap"])
def test_a_damaged_encrypted_backup_is_refused(vault: ProjectFolder, damage: str) -> None:
    """A changed, missing or additional sealed part is named before anything is opened."""
    assert vault.run("backup", "create").exit_code == 0
    victim = max((p for p in kept(vault).rglob("*.age")), key=lambda p: p.stat().st_size)
    content = victim.read_bytes()
    if damage == "flip":
        victim.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    elif damage == "truncate":
        victim.write_bytes(content[:-1])
    elif damage == "missing":
        victim.unlink()
    elif damage == "swap":
        manifest = kept(vault) / "manifest.json"
        value = json.loads(manifest.read_text())
        value["sealed"] = dict.fromkeys(value["sealed"], "0" * 64)
        manifest.write_text(json.dumps(value))
    else:
        victim = victim.with_name("zz.age")
        victim.write_bytes(b"x")
    ran = vault.run("restore", "latest", "--yes")
    assert ran.exit_code == 23
    named = "was altered" if damage == "swap" else victim.name
    assert named in ran.stderr
