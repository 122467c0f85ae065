"""Backups that are none, are another's, or are broken: each has its own words (B34)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bad_inputs.refusals import refused
from cli.calls import Calls, two_tables

MakeCalls = Callable[..., Calls]
Damage = Callable[[Path], None]


@pytest.fixture
def shop(calls: MakeCalls, target_url: str) -> Calls:
    """A project with one proven backup, on each engine."""
    shop = two_tables(calls(target_url))
    shop.ok("database", "update")
    shop.ok("backup", "create")
    return shop


def _backup(shop: Calls) -> Path:
    (folder,) = [f for f in (shop.shop.path / ".neoron" / "backups").iterdir() if not f.name.startswith(".")]
    return folder


def _manifest(**changes: Any) -> Damage:
    def damage(folder: Path) -> None:
        file = folder / "manifest.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return damage


def _largest(folder: Path) -> Path:
    files = [f for f in folder.rglob("*") if f.is_file() and f.name != "manifest.json"]
    return max(files, key=lambda f: f.stat().st_size)


def _truncate(folder: Path) -> None:
    file = _largest(folder)
    file.write_bytes(file.read_bytes()[:-7])


def _flip(folder: Path) -> None:
    file = _largest(folder)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "letter.txt").write_text("not a backup")


def _write(text: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / "manifest.json").write_text(text)

    return damage


DAMAGES: dict[str, tuple[Damage, str]] = {
    "non-backup": (_empty, "not a backup: it has no manifest.json"),
    "other engine": (_manifest(engine="sqlserver"), "it is a backup of sqlserver, and the target is "),
    "newer format": (_manifest(format=99), "its format is 99, and this version reads up to 1"),
    "other database": (_manifest(target="postgresql://x@y/z"), "it is a backup of postgresql://x@y/z, and the target"),
    "missing key": (_manifest(encryption="age"), "it is encrypted (age), and no key is configured"),
    "truncated file": (_truncate, "was altered"),
    "flipped bit": (_flip, "was altered"),
    "lost file": (lambda folder: _largest(folder).unlink(), "is missing"),
    "damaged manifest": (_write("{"), "its manifest is damaged"),
    "other manifest": (_write("[]"), "its manifest is something else"),
    "thin manifest": (_manifest(contents=None), "its manifest is damaged"),
    "odd format": (_manifest(format="2"), "its manifest is damaged"),
}


def test_every_kind_of_bad_backup_has_its_own_words(shop: Calls, tmp_path: Path) -> None:
    """What is no backup, or one of another engine, database or format, encrypted, cut or altered, is so named (B34)."""
    for kind, (damage, says) in DAMAGES.items():
        folder = tmp_path / kind
        shutil.copytree(_backup(shop), folder)
        damage(folder)
        error = refused(shop, "backup", "verify", str(folder), code=23, kind="backup", says=(says,))
        assert kind in error["where"], error


def test_the_six_messages_differ() -> None:
    """No two of the six kinds that a person mixes up are said in the same words (B34)."""
    six = ("non-backup", "other engine", "newer format", "other database", "missing key", "truncated file")
    assert len({DAMAGES[kind][1] for kind in six}) == 6


def test_a_backup_that_is_not_there_is_named(calls: MakeCalls, sqlite_url: str) -> None:
    """An unknown backup, or none at all, is answered with the command that lists or takes one (B34)."""
    shop = two_tables(calls(sqlite_url))
    shop.ok("database", "update")
    says = ("there is no good backup yet", "Next: neoron backup create")
    refused(shop, "backup", "verify", code=23, kind="backup", says=says)
    says = ("no backup `20200101`", "Next: neoron backup list")
    refused(shop, "backup", "verify", "20200101", code=23, kind="backup", says=says)


def test_the_good_backup_is_still_good(shop: Calls) -> None:
    """The backup itself, by its id, its folder or as the latest, is restored aside and found equal (B34)."""
    folder = _backup(shop)
    for name in (folder.name, str(folder), "latest"):
        assert "restored aside and equal" in shop.ok("backup", "verify", name)
