"""The backup store: a folder per backup with its manifest, complete or not there at all."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.model.encode import to_json
from neoron.model.schema import TableContent
from neoron.records.failed_backups import files as failed_files
from neoron.records.unfinished import PARTIAL
from neoron.records.written import sync_folder, write_whole

FORMAT = 1
MANIFEST = "manifest.json"


def new_folder(store: Path, backup_id: str) -> Path:
    """Where a backup in the making lies, beside its final place; `unfinished.owned` makes the folder itself.

    Raises: BackupError when the store cannot be written.
    """
    folder = store / "backups" / f"{PARTIAL}{backup_id}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BackupError(f"the backup folder cannot be written: {error.strerror}", where=str(folder.parent)) from None
    return folder


def keep(folder: Path, record: BackupRecord) -> Path:
    """Write the manifest and move the finished folder to its final name.

    Raises: BackupError when that fails; then the folder is gone.
    """
    final = folder.parent / record.id
    try:
        write_manifest(folder, record)
        folder.rename(final)
        sync_folder(final.parent)
    except OSError as error:
        discard(folder)
        raise BackupError(f"the backup could not be kept: {error.strerror}", where=str(final)) from None
    return final


def write_manifest(folder: Path, record: BackupRecord) -> None:
    """Replace the manifest in one step, on disk before it is seen. Raises: OSError."""
    write_whole(folder / MANIFEST, to_json(record, indent=2))


def discard(folder: Path) -> None:
    """Remove an unfinished backup."""
    shutil.rmtree(folder, ignore_errors=True)


def read(store: Path, backup: str) -> tuple[BackupRecord, Path]:
    """A backup by its id, `latest` for the newest good one, or the path of its folder.

    Raises: BackupError saying which of these it is not: there, a backup, readable, of a known format.
    """
    if backup == "latest":
        found = [record for record in listed(store) if record.is_good]
        if not found:
            raise BackupError("there is no good backup yet", where=str(store / "backups"), next="neoron backup create")
        backup = found[-1].id
    folder = store / "backups" / backup if "/" not in backup else Path(backup)
    if not folder.exists():
        raise BackupError(f"no backup `{backup}`", where=str(folder.parent), next="neoron backup list")
    return _read(folder), folder


def _read(folder: Path) -> BackupRecord:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise BackupError(f"not a backup: it has no {MANIFEST}", where=str(folder), next="neoron backup list")
    return _read_manifest(manifest)


def _read_manifest(manifest: Path) -> BackupRecord:
    try:
        text = manifest.read_text(encoding="utf-8")
    except ValueError:
        raise _damaged(str(manifest)) from None
    return parsed(text, str(manifest))


def parsed(text: str, where: str) -> BackupRecord:
    """A manifest's text as a record; where is the place of the manifest. Raises: BackupError."""
    try:
        value = json.loads(text)
    except ValueError:
        raise _damaged(where) from None
    if not isinstance(value, dict) or "format" not in value or "files" not in value:
        raise BackupError("not a backup: its manifest is something else", where=where)
    if not isinstance(value["format"], int):
        raise _damaged(where)
    if value["format"] > FORMAT:
        raise BackupError(
            f"its format is {value['format']}, and this version reads up to {FORMAT}",
            where=where.removesuffix(f"/{MANIFEST}"), next="use a newer neoron",
        )  # fmt: skip
    try:
        value["contents"] = tuple(TableContent(**{**c, "columns": tuple(c["columns"])}) for c in value["contents"])
        return BackupRecord(**{k: v for k, v in value.items() if k in BackupRecord.__slots__})
    except (KeyError, TypeError):
        raise _damaged(where) from None


def failed(store: Path) -> list[BackupRecord]:
    """The records of backups that failed, oldest first."""
    found = []
    for file in failed_files(store):
        with suppress(BackupError):
            found.append(_read_manifest(file))
    return found


def remove(store: Path, record: BackupRecord) -> None:
    """Delete a backup: first its manifest, so that half a backup never looks like one. Raises: BackupError."""
    folder = store / "backups" / record.id
    try:
        for file in [f for f in failed_files(store) if f.stem == record.id]:
            file.unlink()
        if folder.is_dir():
            (folder / MANIFEST).unlink()
            sync_folder(folder)
            shutil.rmtree(folder)
    except OSError as error:
        raise BackupError(f"it cannot be removed: {error.strerror}", where=str(folder)) from None


def _damaged(where: str) -> BackupError:
    return BackupError("its manifest is damaged", where=where, next="neoron backup list")


def listed(store: Path) -> list[BackupRecord]:
    """All complete backups, oldest first; folders that are not backups are passed over."""
    root = store / "backups"
    found = []
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        if not folder.name.startswith(".") and (folder / MANIFEST).is_file():
            try:
                found.append(_read(folder))
            except BackupError:
                continue
    return found
