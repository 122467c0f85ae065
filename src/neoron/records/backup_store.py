"""Where a project's backups are: in its own folder, or on a storage that the settings name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from neoron.config import Settings
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.records import backups, unfinished
from neoron.records.storage import Storage, open_storage

Work = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class BackupStore:
    """A project's backups. Shape: local is its `.neoron`; storage is None where the backups are kept there as well."""

    local: Path
    storage: Storage | None = None

    def require(self) -> None:
        """Ask the storage once, and clear away what killed runs have left. Raises: BackupError."""
        if self.storage:
            self.storage.require()
        self.clear_left()

    def clear_left(self) -> None:
        """Remove what killed runs of this project have left, here and on the storage. Raises: BackupError."""
        discard = self.storage.discard_unfinished if self.storage else None
        unfinished.clear_left(self.local / "backups", also=discard)

    def listed(self) -> list[BackupRecord]:
        """All complete backups, oldest first. Raises: BackupError."""
        return self.storage.listed() if self.storage else backups.listed(self.local)

    def find(self, backup: str) -> tuple[BackupRecord, str]:
        """A backup by its id, `latest` or a local folder, and where it is. Raises: BackupError."""
        if self.storage is None or "/" in backup:
            record, folder = backups.read(self.local, backup)
            return record, str(folder)
        if backup == "latest":
            good = [record for record in self.storage.listed() if record.is_good]
            if not good:
                raise BackupError("there is no good backup yet", where=self.storage.url, next="neoron backup create")
            backup = good[-1].id
        return self.storage.read(backup), f"{self.storage.url}/{backup}"

    @contextmanager
    def opened(self, record: BackupRecord, where: str, work: Work) -> Iterator[Path]:
        """The folder with its parts; those of a storage are brought here, compared, and removed at the end.

        Raises: BackupError; DamagedPart naming the part.
        """
        if self.storage is None or not self._is_remote(where):
            yield Path(where)
            return
        self.clear_left()
        root = self.local / "backups"
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise BackupError(f"the backup folder cannot be written: {error.strerror}", where=str(root)) from None
        with unfinished.room(root, f"fetch-{record.id}-{os.getpid()}") as aside:
            self.storage.fetch(record, aside, lambda done, total: work("fetching bytes", done, total))
            yield aside

    def keep(self, folder: Path, record: BackupRecord, work: Work) -> None:
        """Make a finished folder a backup. Raises: BackupError; then there is none."""
        if self.storage is None:
            backups.keep(folder, record)
            return
        self.storage.send(folder, record, lambda done, total: work("sending bytes", done, total))
        backups.discard(folder)

    def update(self, record: BackupRecord, where: str) -> None:
        """Replace the manifest of a backup. Raises: BackupError; OSError."""
        if self.storage and self._is_remote(where):
            self.storage.write_manifest(record)
        else:
            backups.write_manifest(Path(where), record)

    def remove(self, record: BackupRecord) -> None:
        """Delete a backup, or the note of a failed one and what it had sent. Raises: BackupError."""
        if self.storage and record.files:
            self.storage.discard(record.id)
        elif self.storage:
            # A note of a failure: where only the last answer was lost, the backup is whole there, and stays.
            self.storage.discard_unfinished(record.id)
        backups.remove(self.local, record)

    def _is_remote(self, where: str) -> bool:
        return self.storage is not None and where.startswith(f"{self.storage.url}/")


def store_of(settings: Settings) -> BackupStore:
    """Where the settings keep backups. Raises: UsageError for a storage that cannot be opened."""
    return BackupStore(settings.store, open_storage(settings.backup.storage) if settings.backup.storage else None)
