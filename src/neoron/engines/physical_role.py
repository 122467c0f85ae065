"""The role of physical backups, which few engines fill."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from neoron.engines.url import Url
from neoron.model.backup import BackupRecord
from neoron.model.schema import TableContent

if TYPE_CHECKING:
    from neoron.engines.roles import Progress, Session


@dataclass(frozen=True, slots=True)
class ArchivePlace:
    """Where a server archives its log: a folder, or the stanza of a pgBackRest repository with its file of settings."""

    folder: Path | None = None
    stanza: str = ""
    config: Path | None = None


class PhysicalRole(Protocol):
    """engines/*/physical.py: the whole server's files and its log, brought up aside, at any time since.

    Shape: needs_archive says that no backup is taken without an archive of the log; archive is where the server
    archives it; room is an empty folder, the caller's to remove.
    """

    needs_archive: bool

    def create(self, session: Session, folder: Path, *, archive: ArchivePlace, progress: Progress) -> BackupRecord:
        """Take a backup into an empty folder. Raises: BackupError."""

    def verify(
        self, session: Session, record: BackupRecord, folder: Path, *, archive: ArchivePlace, room: Path,
        progress: Progress,
    ) -> BackupRecord:  # fmt: skip
        """Bring it up aside, compare every table, clear the copy away. Raises: BackupError."""

    def check(self, url: Url, record: BackupRecord, folder: Path, back_to: str, *, archive: ArchivePlace) -> None:
        """Compare every part with the record, and whether it and the archive reach a time. Raises: BackupError."""

    def load(
        self, url: Url, record: BackupRecord, folder: Path, aside: str, *, back_to: str, archive: ArchivePlace,
        room: Path, progress: Progress,
    ) -> None:  # fmt: skip
        """As `RestoreRole.load`, by way of the room. Raises: BackupError, TargetUnavailable."""

    def held(
        self, url: Url, record: BackupRecord, folder: Path, *, back_to: str, archive: ArchivePlace, room: Path,
        progress: Progress,
    ) -> tuple[TableContent, ...] | None:  # fmt: skip
        """Rows and checksums of every table at a time, read aside; None where only a restore can tell.

        Raises: BackupError.
        """
