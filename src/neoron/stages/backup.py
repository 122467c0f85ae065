"""Take a backup and prove it: it counts only once it was restored aside and found equal."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from neoron.engines.roles import Progress, Session
from neoron.errors import BackupError, MigrationError, UsageError
from neoron.model.backup import BackupRecord
from neoron.records import backups, failed_backups, sealed, unfinished
from neoron.records.backup_store import BackupStore, store_of
from neoron.records.storage import DamagedPart
from neoron.stages.backup_kinds import PHYSICAL, kind_of, wanted
from neoron.stages.execute import fingerprint, new_run_id
from neoron.stages.journal import now
from neoron.stages.status import current_version
from neoron.stages.workspace import Workspace


def silent(what: str, done: int, total: int) -> None:
    """A progress listener that does nothing."""


def create(
    workspace: Workspace, session: Session, *, kind: str = "", progress: Progress = silent
) -> BackupRecord:
    """Back up the whole target, verify it by restoring it aside, and keep it in the project's store or its storage.

    Shape: kind is `logical` or `physical`, empty for what the settings say.

    Changes: the store, the storage; the target only where its engine restores beside it.
    Raises: BackupError; the store then has a note of the failure, and no backup of that name.
    """
    backup_id, began = new_run_id(), now()
    store = store_of(workspace.settings)
    folder = backups.new_folder(store.local, backup_id)
    try:
        _require_storable(workspace, store, kind)
        store.require()
        with unfinished.owned(folder):
            record = _taken(workspace, session, folder, backup_id, kind, progress)
            store.keep(folder, record, progress)
    except BaseException as error:
        backups.discard(folder)
        known = _known(workspace, error, folder)
        failed_backups.note(store.local, _failure(workspace, backup_id, began, str(known or error)))
        if known is None:
            raise
        raise known from None
    return record


def _require_storable(workspace: Workspace, store: BackupStore, kind: str) -> None:
    """Refuse a storage for backups whose parts another program keeps: only a note of them would go there."""
    in_repository = wanted(workspace, kind) == PHYSICAL and bool(workspace.settings.backup.provider)
    if store.storage and (in_repository or workspace.engine.server_keeps_backups):
        keeper = f"{workspace.settings.backup.provider}'s repository" if in_repository else "the server's own folder"
        raise UsageError(
            f"a backup of {workspace.engine.title} stays in {keeper} and cannot go to a storage",
            where="[backup] storage", next="leave `storage` out for this target",
        )  # fmt: skip


def _taken(
    workspace: Workspace, session: Session, folder: Path, backup_id: str, kind: str, progress: Progress
) -> BackupRecord:
    engine, ways = workspace.engine, kind_of(workspace, wanted(workspace, kind))
    writes, schema = engine.catalog.writes_by_table(session), fingerprint(engine, session)
    taken = ways.create(session, folder, progress)
    version = current_version(engine.history.read(session), workspace.migrations)
    record = replace(
        taken, id=backup_id, target=str(workspace.url), version=version, path=backup_id, writes=writes or {},
        # Other hands may have changed the schema while the backup ran: then its fingerprint is not known.
        schema_fingerprint=schema if schema == fingerprint(engine, session) else "",
    )  # fmt: skip
    record = ways.verify(session, record, folder, progress)
    return sealed.seal(folder, replace(record, finished_at=now()), keys_of(workspace))


def keys_of(workspace: Workspace) -> sealed.Keys:
    """The files of keys that the settings name."""
    settings = workspace.settings
    return sealed.Keys(settings.backup_path("age_recipients"), settings.backup_path("age_identity"))


def _known(workspace: Workspace, error: BaseException, folder: Path) -> MigrationError | None:
    """The error in our words; None for one that is not ours to word, such as Ctrl-C."""
    if isinstance(error, MigrationError):
        return error
    if isinstance(error, workspace.engine.faults.errors()):
        return BackupError(workspace.engine.faults.translate(error).message, where=str(workspace.url))
    if isinstance(error, OSError):
        return BackupError(f"not taken: {error.strerror or error}", where=str(folder.parent))
    return None


def _failure(workspace: Workspace, backup_id: str, began: str, reason: str) -> BackupRecord:
    return BackupRecord(
        backup_id, workspace.engine.name, "", "none", "", str(workspace.url), "", "", 0, began, 0, {}, (),
        finished_at=now(), failure=reason or "interrupted",
    )  # fmt: skip


def verify(workspace: Workspace, backup: str, *, progress: Progress = silent) -> BackupRecord:
    """Restore a backup aside and compare every table with its manifest.

    Raises: BackupError saying what is wrong with it; TargetUnavailable.
    """
    store = store_of(workspace.settings)
    record, where = store.find(backup)
    require_fitting(workspace, record, where)
    try:
        with (
            store.opened(record, where, progress) as folder,
            sealed.opened(folder, record, keys_of(workspace)) as plain,
        ):
            proven = _proven(workspace, record, plain, progress)
    except DamagedPart as error:
        with suppress(OSError, BackupError):
            store.update(replace(record, failure=error.message), where)
        raise
    store.update(proven, where)
    return proven


def _proven(workspace: Workspace, record: BackupRecord, plain: Path, progress: Progress) -> BackupRecord:
    session = workspace.connect()
    try:
        return replace(kind_of(workspace, record.kind).verify(session, record, plain, progress), failure="")
    except BackupError as error:
        if _is_damaged(workspace, record, plain):
            raise DamagedPart(error.message, where=error.where, state=error.state, next=error.next) from None
        raise
    finally:
        session.close()


def _is_damaged(workspace: Workspace, record: BackupRecord, plain: Path) -> bool:
    """Whether its own parts are not what they were; a backup that only could not be restored now stays good."""
    try:
        kind_of(workspace, record.kind).check(record, plain, "")
    except BackupError:
        return True
    except UsageError:
        return False
    return False


def require_fitting(workspace: Workspace, record: BackupRecord, where: str) -> None:
    """Refuse a backup of another engine or another target. Raises: BackupError."""
    if record.engine != workspace.engine.name:
        raise BackupError(
            f"it is a backup of {record.engine}, and the target is {workspace.engine.name}", where=where
        )
    if record.target != str(workspace.url):
        raise BackupError(
            f"it is a backup of {record.target}, and the target is {workspace.url}",
            where=where, next="choose that target with --env or --url",
        )  # fmt: skip
