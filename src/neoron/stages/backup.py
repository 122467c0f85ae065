"""Take a backup and prove it: it counts only once it was restored aside and found equal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from neoron.engines.roles import Progress, Session
from neoron.errors import BackupError, MigrationError
from neoron.model.backup import BackupRecord
from neoron.records import backups
from neoron.stages.execute import new_run_id
from neoron.stages.status import current_version
from neoron.stages.workspace import Workspace


def silent(what: str, done: int, total: int) -> None:
    """A progress listener that does nothing."""


def create(workspace: Workspace, session: Session, *, progress: Progress = silent) -> BackupRecord:
    """Back up the whole target into the project's store, and verify it by restoring it aside.

    Changes: the store; the target only where its engine restores beside it.
    Raises: BackupError; nothing is left in the store then.
    """
    backup_id = new_run_id()
    folder = backups.new_folder(workspace.settings.store, backup_id)
    try:
        taken = workspace.engine.backup.create(session, folder, progress=progress)
        version = current_version(workspace.engine.history.read(session), workspace.migrations)
        record = replace(taken, id=backup_id, target=str(workspace.url), version=version, path=backup_id)
        record = workspace.engine.backup.verify(session, record, folder, progress=progress)
    except BaseException as error:
        backups.discard(folder)
        if isinstance(error, workspace.engine.faults.errors()):
            raise BackupError(workspace.engine.faults.translate(error).message, where=str(workspace.url)) from None
        if isinstance(error, OSError) and not isinstance(error, MigrationError):
            raise BackupError(f"not taken: {error.strerror or error}", where=str(folder.parent)) from None
        raise
    backups.keep(folder, record)
    return record


def verify(workspace: Workspace, backup: str, *, progress: Progress = silent) -> BackupRecord:
    """Restore a backup aside and compare every table with its manifest.

    Raises: BackupError saying what is wrong with it; TargetUnavailable.
    """
    record, folder = backups.read(workspace.settings.store, backup)
    require_fitting(workspace, record, folder)
    session = workspace.connect()
    try:
        record = workspace.engine.backup.verify(session, record, folder, progress=progress)
    finally:
        session.close()
    backups.write_manifest(folder, record)
    return record


def require_fitting(workspace: Workspace, record: BackupRecord, folder: Path) -> None:
    """Refuse a backup of another engine or another target. Raises: BackupError."""
    if record.engine != workspace.engine.name:
        raise BackupError(
            f"it is a backup of {record.engine}, and the target is {workspace.engine.name}", where=str(folder)
        )
    if record.target != str(workspace.url):
        raise BackupError(
            f"it is a backup of {record.target}, and the target is {workspace.url}",
            where=str(folder), next="choose that target with --env or --url",
        )  # fmt: skip
