"""Which of an engine's roles a backup's kind asks for, and the room that a physical one is brought up in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from neoron.engines.physical_role import ArchivePlace
from neoron.engines.roles import Progress, Session
from neoron.errors import BackupError, UsageError
from neoron.model.backup import BackupRecord
from neoron.model.schema import TableContent
from neoron.records import unfinished
from neoron.stages.workspace import Workspace

PHYSICAL = "physical"


class Kind(Protocol):
    """What is done with backups of one kind; the words are those of `BackupRole`, `RestoreRole` and `PhysicalRole`."""

    def create(self, session: Session, folder: Path, progress: Progress) -> BackupRecord:
        """Take a backup into an empty folder. Raises: BackupError."""

    def verify(self, session: Session, record: BackupRecord, folder: Path, progress: Progress) -> BackupRecord:
        """Restore it aside and compare every table. Raises: BackupError."""

    def check(self, record: BackupRecord, folder: Path, back_to: str) -> None:
        """Compare every part with the record, and whether it reaches a time. Raises: BackupError."""

    def load(self, record: BackupRecord, folder: Path, aside: str, back_to: str, progress: Progress) -> None:
        """Load it into `aside`, and compare every table. Raises: BackupError, TargetUnavailable."""

    def held(
        self, record: BackupRecord, folder: Path, back_to: str, progress: Progress
    ) -> tuple[TableContent, ...] | None:
        """The tables as they were at a time; None where only a restore can tell. Raises: BackupError."""


def wanted(workspace: Workspace, kind: str) -> str:
    """The kind of backup to take: what a flag says, or the settings; pgBackRest takes physical ones."""
    backup = workspace.settings.backup
    return kind or (PHYSICAL if backup.provider else backup.kind)


def kind_of(workspace: Workspace, kind: str) -> Kind:
    """The ways of one kind of backup: physical, or the engine's usual one."""
    return _Physical(workspace) if kind == PHYSICAL else _Usual(workspace)


class _Usual:
    def __init__(self, workspace: Workspace) -> None:
        self.engine, self.url = workspace.engine, workspace.url

    def create(self, session: Session, folder: Path, progress: Progress) -> BackupRecord:
        return self.engine.backup.create(session, folder, progress=progress)

    def verify(self, session: Session, record: BackupRecord, folder: Path, progress: Progress) -> BackupRecord:
        return self.engine.backup.verify(session, record, folder, progress=progress)

    def check(self, record: BackupRecord, folder: Path, back_to: str) -> None:
        self.engine.restore.check(record, folder, back_to)

    def load(self, record: BackupRecord, folder: Path, aside: str, back_to: str, progress: Progress) -> None:
        self.engine.restore.load(self.url, record, folder, aside, back_to=back_to, progress=progress)

    def held(
        self, record: BackupRecord, folder: Path, back_to: str, progress: Progress
    ) -> tuple[TableContent, ...] | None:
        return None if back_to else self.engine.restore.held(record, folder, progress=progress)


class _Physical:
    def __init__(self, workspace: Workspace) -> None:
        self.role, self.url, self.settings = workspace.engine.physical, workspace.url, workspace.settings
        backup, self.title = self.settings.backup, workspace.engine.title
        folder, config = self.settings.backup_path("wal_archive"), self.settings.backup_path("pgbackrest_config")
        self.archive = ArchivePlace(folder, backup.stanza if backup.provider else "", config)

    def create(self, session: Session, folder: Path, progress: Progress) -> BackupRecord:
        if self.role.needs_archive:
            self._require_archive()
        elif self.settings.backup.provider:
            raise UsageError(
                f"`provider` is not for {self.title}", where=f"{self.settings.file} [backup]",
                next='leave it out, and set `kind = "physical"`',
            )  # fmt: skip
        return self.role.create(session, folder, archive=self.archive, progress=progress)

    def _require_archive(self) -> None:
        key = "stanza" if self.settings.backup.provider else "wal_archive"
        if not (self.archive.stanza if key == "stanza" else self.archive.folder):
            raise UsageError(
                f"`{key}` is not set, and a physical backup needs the archived WAL",
                where=f"{self.settings.file} [backup]", next=f"set `{key}`",
            )  # fmt: skip

    def verify(self, session: Session, record: BackupRecord, folder: Path, progress: Progress) -> BackupRecord:
        with self._room(record) as room:
            return self.role.verify(session, record, folder, archive=self.archive, room=room, progress=progress)

    def check(self, record: BackupRecord, folder: Path, back_to: str) -> None:
        self.role.check(self.url, record, folder, back_to, archive=self.archive)

    def load(self, record: BackupRecord, folder: Path, aside: str, back_to: str, progress: Progress) -> None:
        with self._room(record) as room:
            self.role.load(
                self.url, record, folder, aside, back_to=back_to, archive=self.archive, room=room, progress=progress
            )

    def held(
        self, record: BackupRecord, folder: Path, back_to: str, progress: Progress
    ) -> tuple[TableContent, ...] | None:
        if not back_to:
            return record.contents
        with self._room(record) as room:
            return self.role.held(
                self.url, record, folder, back_to=back_to, archive=self.archive, room=room, progress=progress
            )

    @contextmanager
    def _room(self, record: BackupRecord) -> Iterator[Path]:
        root = self.settings.backup_path("scratch") or Path(tempfile.gettempdir())
        try:
            with unfinished.room(root, f"aside-{record.id}-{os.getpid()}") as folder:
                yield folder
        except OSError as error:
            raise BackupError(f"it cannot be brought up aside: {error.strerror or error}", where=str(root)) from None
