"""Backups that failed: a small file each beside the good ones, so that nobody takes silence for success."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from neoron.model.backup import BackupRecord
from neoron.model.encode import to_json
from neoron.records.written import write_whole

FOLDER = "failed"


def note(store: Path, record: BackupRecord) -> None:
    """Keep the record of a backup that failed; where it cannot be written, as on a full disk, it is left out."""
    folder = store / "backups" / FOLDER
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(folder / f"{record.id}.json", to_json(record, indent=2))


def files(store: Path) -> list[Path]:
    """The records of failed backups, oldest first."""
    return sorted((store / "backups" / FOLDER).glob("*.json"))
