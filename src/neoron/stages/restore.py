"""Emergency restore: say what is lost, load beside, compare, swap, and keep what was replaced."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from neoron.engines.roles import Engine, Progress, Session
from neoron.errors import (
    UNCHANGED,
    BackupError,
    MigrationError,
    PlanRefused,
    TargetBusy,
    TargetMissing,
    UsageError,
)
from neoron.model.backup import BackupRecord
from neoron.model.restore import Loss, RestoreRecord, RestoreState
from neoron.records import restores, sealed
from neoron.records.backup_store import store_of
from neoron.stages.backup import keys_of, require_fitting, silent
from neoron.stages.backup_kinds import Kind, kind_of
from neoron.stages.execute import new_run_id
from neoron.stages.journal import Journal, now
from neoron.stages.locking import OnWait, deploy_lock
from neoron.stages.restore_loss import Consent, measure_loss, moment, worded
from neoron.stages.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did, or would do.

    Shape: safety_copy is the replaced database's name, empty where there was none; holders are the sessions that hold
    the target.
    """

    record: RestoreRecord
    loss: Loss
    backup: BackupRecord
    holders: tuple[str, ...] = ()

    @property
    def safety_copy(self) -> str:
        """The name of what was replaced; empty when there was nothing to replace."""
        return self.record.safety if self.record.had_target else ""


@dataclass(frozen=True, slots=True)
class _Job:
    workspace: Workspace
    backup: BackupRecord
    folder: Path
    record: RestoreRecord

    @property
    def engine(self) -> Engine:
        return self.workspace.engine

    @property
    def ways(self) -> Kind:
        return kind_of(self.workspace, self.backup.kind)

    def at(self, state: RestoreState, **changes: object) -> _Job:
        """The same, written down as far as it has come. Raises: BackupError."""
        record = replace(self.record, state=state, **changes)  # type: ignore[arg-type]
        return replace(self, record=restores.keep(self.workspace.settings.store, record))


def preview(workspace: Workspace, backup: str, *, back_to: str = "", progress: Progress = silent) -> Restored:
    """What `restore` would lose and whom it would end; the target is only read.

    Changes: where only a restore can tell what was there at a time, it is loaded beside the target and dropped again.
    Raises: MigrationError for whatever would stop it.
    """
    with _opened(workspace, backup, moment(back_to), progress) as job:
        then = job.ways.held(job.backup, job.folder, job.record.back_to, progress)
        # A server that keeps the backups would keep the end of its log as well, each time one looks.
        if then is None and not workspace.engine.server_keeps_backups:
            job, loss = _loaded_to_look_at(job, progress)
        else:
            loss = measure_loss(workspace, job.backup, then, back_to=job.record.back_to, progress=progress)
        return Restored(job.record, loss, job.backup, workspace.engine.restore.holders(workspace.url))


def restore(
    workspace: Workspace, backup: str, *, consent: Consent, back_to: str = "", ends_sessions: bool = False,
    progress: Progress = silent,
) -> Restored:  # fmt: skip
    """Put a backup in the target's place; what was there is kept beside it.

    Changes: the target is wholly the old or wholly the new one at any moment; killed, the same command goes on.
    Raises: MigrationError; the target is the old one then.
    """
    with _opened(workspace, backup, moment(back_to), progress) as job:
        return _restored(job, consent, ends_sessions=ends_sessions, progress=progress)


def _restored(job: _Job, consent: Consent, *, ends_sessions: bool, progress: Progress) -> Restored:
    workspace = job.workspace
    if _has_swapped(job):
        workspace.notice("an earlier run of this restore had put it in place; it is finished now")
        done = job.at(RestoreState.SWAPPED, finished_at=now())
        return Restored(done.record, Loss(job.record.back_to or job.backup.created_at, 0), job.backup)
    holders = workspace.engine.restore.holders(workspace.url)
    _require_alone(workspace, holders, ends_sessions=ends_sessions)
    if job.record.back_to:
        job, loss = _loaded_first(job, progress)
    else:
        then = job.ways.held(job.backup, job.folder, "", progress)
        loss = measure_loss(workspace, job.backup, then, back_to="", progress=progress)
    _require_consent(job, loss, consent)
    if not job.record.back_to:
        _abandon_others(job)
        job = _loaded(job, progress)
    workspace.engine.restore.swap(workspace.url, job.record.aside, job.record.safety, ends_sessions=ends_sessions)
    job = job.at(RestoreState.SWAPPED, finished_at=now())
    return Restored(job.record, loss, job.backup, holders)


def _loaded_first(job: _Job, progress: Progress) -> tuple[_Job, Loss]:
    """Load before anybody is asked: what was there at a time is known once it is there again."""
    _abandon_others(job)
    job = _loaded(job, progress)
    return job, _loss_of_loaded(job, progress)


def _loss_of_loaded(job: _Job, progress: Progress) -> Loss:
    with _aside(job) as copy:
        catalog = job.engine.catalog
        then = [catalog.content(copy, t, [c.name for c in t.columns]) for t in catalog.schema(copy).tables]
    return measure_loss(job.workspace, job.backup, then, back_to=job.record.back_to, progress=progress)


def _loaded_to_look_at(job: _Job, progress: Progress) -> tuple[_Job, Loss]:
    """Load, compare and drop; what an earlier run has loaded and asked about is looked at and stays."""
    record = job.record
    if record.state is RestoreState.LOADED and job.engine.restore.is_there(job.workspace.url, record.aside):
        return job, _loss_of_loaded(job, progress)
    # Beside what another run loads, or has swapped and could not note: the same command shall still end that.
    job = replace(job, record=_begun(job.workspace, job.backup, record.back_to))
    try:
        job = _loaded(job, progress)
        return job, _loss_of_loaded(job, progress)
    finally:  # after Ctrl-C as well
        _clear(job)
        job.at(RestoreState.ABANDONED)


def _require_consent(job: _Job, loss: Loss, consent: Consent) -> None:
    if consent(worded(loss, job.record)):
        return
    is_loaded = job.record.state is RestoreState.LOADED
    raise PlanRefused(
        worded(loss, job.record), where=str(job.workspace.url),
        state=f"Nothing changed; {job.record.aside} is loaded beside it." if is_loaded else UNCHANGED,
        next="run again with --yes; --dry-run shows it by table",
    )  # fmt: skip


def discard(workspace: Workspace, backup: str, *, consent: Consent) -> RestoreRecord:
    """Throw away what the last restore of a backup replaced.

    Changes: the safety copy is gone.
    Raises: BackupError when there is none; PlanRefused without consent; TargetBusy.
    """
    found, _where = store_of(workspace.settings).find(backup)
    role, url = workspace.engine.restore, workspace.url
    done = [r for r in restores.listed(workspace.settings.store, str(url)) if r.backup == found.id]
    kept = [r for r in done if r.state is RestoreState.SWAPPED and r.had_target and role.is_there(url, r.safety)]
    if not kept:
        raise BackupError(f"no restore of {found.id} has left a safety copy", where=str(url), next="neoron backup list")
    record = kept[-1]
    what = f"this throws away {record.safety}, the database that the restore of {record.finished_at[:19]} replaced"
    if not consent(what):
        raise PlanRefused(what, where=str(url), next="run again with --yes")
    role.drop(url, record.safety, ends_sessions=False)
    return restores.keep(workspace.settings.store, replace(record, state=RestoreState.DISCARDED))


@contextmanager
def _opened(workspace: Workspace, backup: str, back_to: str, progress: Progress) -> Iterator[_Job]:
    """The restore of a backup whose parts lie in plain as long as it goes on."""
    store = store_of(workspace.settings)
    found, where = store.find(backup)
    require_fitting(workspace, found, where)
    with (
        store.opened(found, where, progress) as folder,
        sealed.opened(folder, found, keys_of(workspace)) as plain,
    ):
        yield _job(workspace, found, plain, back_to)


def _job(workspace: Workspace, found: BackupRecord, folder: Path, back_to: str) -> _Job:
    """The restore that an earlier run of this command has begun, or a new one; the backup's parts are checked first."""
    kind_of(workspace, found.kind).check(found, folder, back_to)
    begun = [
        r for r in restores.unfinished(workspace.settings.store, str(workspace.url))
        if (r.backup, r.back_to) == (found.id, back_to)
    ]  # fmt: skip
    return _Job(workspace, found, folder, begun[-1] if begun else _begun(workspace, found, back_to))


def _begun(workspace: Workspace, found: BackupRecord, back_to: str) -> RestoreRecord:
    role, url = workspace.engine.restore, workspace.url
    mark = new_run_id().lower().replace("-", "_")
    aside, safety = role.names(url, mark)
    return RestoreRecord(
        mark, found.id, workspace.engine.name, str(url), back_to, aside, safety, RestoreState.LOADING, now(),
        had_target=role.is_there(url, url.database),
    )  # fmt: skip


def _has_swapped(job: _Job) -> bool:
    """Whether a run was killed after the swap and before it could say so."""
    role, url, record = job.engine.restore, job.workspace.url, job.record
    if record.state is not RestoreState.LOADED or role.is_there(url, record.aside):
        return False
    return role.is_there(url, record.safety) if record.had_target else role.is_there(url, url.database)


def _require_alone(workspace: Workspace, holders: tuple[str, ...], *, ends_sessions: bool) -> None:
    if holders and not ends_sessions:
        raise TargetBusy(
            f"it is held by {', '.join(holders)}", where=str(workspace.url),
            next="stop them, or run again with --end-sessions",
        )  # fmt: skip


def _abandon_others(job: _Job) -> None:
    """Clear away what other restores of this target have left half-way."""
    role, url, store = job.engine.restore, job.workspace.url, job.workspace.settings.store
    for record in restores.unfinished(store, str(url)):
        if record.id == job.record.id:
            continue
        if _has_swapped(replace(job, record=record)):
            restores.keep(store, replace(record, state=RestoreState.SWAPPED, finished_at=now()))
            continue
        role.drop(url, record.aside, ends_sessions=True)
        restores.keep(store, replace(record, state=RestoreState.ABANDONED, finished_at=now()))


def _loaded(job: _Job, progress: Progress) -> _Job:
    """Load and compare, unless an earlier run has done so. No deploy runs meanwhile."""
    role, url, record = job.engine.restore, job.workspace.url, job.record
    if record.state is RestoreState.LOADED and role.is_there(url, record.aside):
        return job
    job = job.at(RestoreState.LOADING)
    start = time.monotonic()
    session = _session(job.workspace)
    try:
        if session is None:
            _load(job, progress)
        else:
            wait_ms = job.workspace.settings.environment.deploy_lock_wait_ms
            with deploy_lock(job.engine, session, wait_ms=wait_ms, on_wait=_waiting(job.workspace)):
                _load(job, progress)
    finally:
        if session:
            session.close()
    return job.at(RestoreState.LOADED, restore_ms=round((time.monotonic() - start) * 1000))


def _waiting(workspace: Workspace) -> OnWait:
    return lambda holder: workspace.notice(f"waiting for the deploy lock, held by {holder}")


def _load(job: _Job, progress: Progress) -> None:
    engine = job.engine
    try:
        job.ways.load(job.backup, job.folder, job.record.aside, job.record.back_to, progress)
        _note_in_journal(job)
    except engine.faults.errors() as error:
        _clear(job)
        raise BackupError(engine.faults.translate(error).message, where=job.backup.id) from None
    except MigrationError:
        _clear(job)
        raise
    except OSError as error:
        _clear(job)
        raise BackupError(f"not restored: {error.strerror or error}", where=job.backup.id) from None


def _clear(job: _Job) -> None:
    with suppress(MigrationError, *job.engine.faults.errors()):
        job.engine.restore.drop(job.workspace.url, job.record.aside, ends_sessions=True)


def _note_in_journal(job: _Job) -> None:
    """A row in the restored journal says who brought it back, from where, and where the replaced database is."""
    history = job.engine.history
    with _aside(job) as session:
        if not history.read(session).exists:
            return
        seq, last_hash = history.last_journal(session)
        journal = Journal(job.record.id, seq, last_hash)
        to_time = f" to {job.record.back_to}" if job.record.back_to else ""
        replaced = job.record.safety if job.record.had_target else "nothing"
        journal.note("restore", outcome="done", detail=f"backup {job.backup.id}{to_time}; replaced: {replaced}")
        session.begin()
        history.append_journal(session, journal.take())
        session.commit()


@contextmanager
def _aside(job: _Job) -> Iterator[Session]:
    """A session on what was loaded beside the target."""
    session = job.engine.session.connect(replace(job.workspace.url, database=job.record.aside))
    try:
        yield session
    finally:
        session.close()


def _session(workspace: Workspace) -> Session | None:
    """A session on the target for the deploy lock; None where there is nothing that could be opened."""
    try:
        return workspace.connect()
    except TargetMissing:
        return None
    except UsageError:
        raise
    except MigrationError as error:
        if not workspace.engine.is_embedded:
            raise
        workspace.notice(f"the target cannot be opened: {error.message}")
        return None
