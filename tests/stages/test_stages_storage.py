"""A storage by itself: what its URL may hold, what a manifest may name, and what is removed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fix_s3 import KEY, SECRET
from neoron.errors import BackupError, UsageError
from neoron.model.backup import BackupRecord
from neoron.model.encode import to_json
from neoron.records.backup_store import BackupStore
from neoron.records.storage import open_storage


def one_part(root: Path) -> tuple[BackupRecord, Path]:
    """A backup of one part, and the folder that it lies in."""
    folder = root / "made"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "part").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    return BackupRecord("20260101T000000-abcdef", "sqlite", "", "full", "", "", "", "", 3, "2026-01-01", 0,
                        {"sub/part": digest}, ()), folder  # fmt: skip


@pytest.mark.parametrize(
    "url", [f"s3://{KEY}:{SECRET}@b/p", "s3://b/p?key=1", "b/p", "s3://b/../c", "s3://", "what://b", "gs://b/p"]
)
def test_a_url_that_is_none_or_holds_a_secret_is_refused(url: str) -> None:
    """Credentials have no place in the URL, and what is refused is not said again."""
    with pytest.raises(UsageError) as refused:
        open_storage(url)
    assert SECRET not in str(refused.value)
    assert "Next: " in str(refused.value)


@pytest.mark.parametrize("name", ["../../outside", "/etc/outside", "a\\b", "manifest.json", "x/../../y", ""])
def test_a_forged_manifest_is_refused(name: str, tmp_path: Path) -> None:
    """A part whose name leads out of the backup's own folder is refused before anything is fetched."""
    storage = open_storage(f"memory://{tmp_path.name}/forged")
    record, _folder = one_part(tmp_path)
    storage.write_manifest(replace(record, files={name: "0" * 64}))
    with pytest.raises(BackupError, match="names a part outside of it"):
        storage.read(record.id)
    assert storage.listed() == []


def test_the_note_of_a_failure_takes_no_whole_backup_along(tmp_path: Path) -> None:
    """Where only the storage's last answer was lost, removing the note of that failure leaves the backup there."""
    storage = open_storage(f"memory://{tmp_path.name}/noted")
    record, folder = one_part(tmp_path)
    store = BackupStore(tmp_path, storage)
    note = replace(record, files={}, failure="the connection to the storage was lost")
    storage.send(folder, record, lambda done, total: None)
    store.remove(note)
    assert [found.id for found in store.listed()] == [record.id]
    store.remove(record)
    assert store.listed() == []


@pytest.mark.parametrize("url", ["memory://shop/backups", "file://{folder}/away"])
def test_other_schemes_work_as_fsspec_gives_them(url: str, tmp_path: Path) -> None:
    """Memory and files: parts and manifest go, come back equal, and are removed."""
    storage = open_storage(url.format(folder=tmp_path))
    record, folder = one_part(tmp_path)
    back = tmp_path / "back"
    back.mkdir()
    assert storage.listed() == []
    storage.send(folder, record, lambda done, total: None)
    assert [to_json(found) for found in storage.listed()] == [to_json(record)]
    storage.fetch(record, back, lambda done, total: None)
    assert (back / "sub" / "part").read_bytes() == b"abc"
    storage.discard(record.id)
    assert storage.listed() == []
