"""Restores that were begun: a small file each, so that the same command again finishes what a kill cut short."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from neoron.errors import BackupError
from neoron.model.encode import to_json
from neoron.model.restore import RestoreRecord, RestoreState
from neoron.records.written import write_whole

_OPEN = (RestoreState.LOADING, RestoreState.LOADED)


def keep(store: Path, record: RestoreRecord) -> RestoreRecord:
    """Write how far a restore has come, on disk before this returns. Raises: BackupError."""
    folder = store / "restores"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{record.id}.json", to_json(record, indent=2))
    except OSError as error:
        raise BackupError(f"the restore cannot be noted: {error.strerror}", where=str(folder)) from None
    return record


def listed(store: Path, target: str) -> list[RestoreRecord]:
    """All restores of a target, oldest first; a file that is none is passed over."""
    found = [_read(file) for file in sorted((store / "restores").glob("*.json"))]
    return [record for record in found if record and record.target == target]


def unfinished(store: Path, target: str) -> list[RestoreRecord]:
    """The restores of a target that have not ended, oldest first."""
    return [record for record in listed(store, target) if record.state in _OPEN]


def _read(file: Path) -> RestoreRecord | None:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
        record = RestoreRecord(**{k: v for k, v in value.items() if k in RestoreRecord.__slots__})
        return replace(record, state=RestoreState(value["state"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
