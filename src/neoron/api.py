"""The Python API: a project, and a method for every command with the same words.

The command line only calls these. Nothing here prints or asks; consent comes from the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from neoron.config import Settings, find_project, read_settings
from neoron.model.backup import BackupRecord
from neoron.model.check import Check
from neoron.model.finding import Finding
from neoron.model.fix import FixReport
from neoron.model.history import History
from neoron.model.migration import Migration
from neoron.model.plan import Plan
from neoron.model.report import Report
from neoron.stages.status import MigrationState
from neoron.stages.workspace import Workspace, open_offline, open_workspace

if TYPE_CHECKING:
    from neoron.engines.roles import Progress
    from neoron.model.restore import RestoreRecord
    from neoron.model.stash import StashEntry
    from neoron.stages.add import Added
    from neoron.stages.execute import OnStep
    from neoron.stages.export import Exported
    from neoron.stages.restore import Restored
    from neoron.stages.target_status import TargetStatus

Consent = Callable[[str], bool]


def refuse(question: str) -> bool:
    """Consent to nothing that destroys."""
    return False


def consent(question: str) -> bool:
    """Consent to everything; the caller has asked already."""
    return True


def _silent(text: str) -> None:
    """A listener that does nothing."""


@dataclass(frozen=True)
class Project:
    """A folder with a `neoron.toml`, for one environment.

    Shape: notice hears sentences for the user while work goes on.
    """

    settings: Settings
    notice: Callable[[str], None] = _silent

    @staticmethod
    def open(
        path: str | Path = ".", *, environment: str = "", url: str = "", notice: Callable[[str], None] = _silent
    ) -> Project:
        """Open the project that a folder lies in.

        Raises: UsageError when there is none, or its settings are wrong.
        """
        file = find_project(Path(path).resolve())
        return Project(read_settings(file, environment=environment, url=url), notice)

    def _workspace(self, no_stash: str = "") -> Workspace:
        return replace(open_workspace(self.settings, self.notice), no_stash=no_stash)

    def migrations_list(self) -> tuple[MigrationState, ...]:
        """Every migration with its state in the target. Raises: MigrationError."""
        from neoron.stages.status import states

        workspace = self._workspace()
        if not workspace.engine.session.exists(workspace.url):
            return states(workspace.migrations, History(), workspace.compiler)
        session = workspace.connect()
        try:
            return states(workspace.migrations, workspace.engine.history.read(session), workspace.compiler)
        finally:
            session.close()

    def migrations_offline(self, engine: str = "") -> tuple[MigrationState, ...]:
        """Every migration file, without asking a target. Raises: MigrationError."""
        from neoron.stages.status import states

        workspace = open_offline(self.settings, engine or "sqlite", self.notice)
        return states(workspace.migrations, History(), workspace.compiler)

    def migrations_add(
        self, name: str, *, is_empty: bool = False, as_sql: bool = False,
        renames: Sequence[tuple[str, str]] = (), ask: Callable[[str, str, str], bool] = lambda *_: False,
    ) -> Added:  # fmt: skip
        """Write a new migration. Changes: the migrations folder. Raises: MigrationError."""
        from neoron.stages.add import add

        return add(self._workspace(), name, is_empty=is_empty, as_sql=as_sql, renames=renames, ask=ask)

    def migrations_merge(self, name: str = "merge") -> Added:
        """Write a migration that joins the heads. Changes: the migrations folder. Raises: MigrationError."""
        from neoron.stages.add import merge

        return merge(self._workspace(), name)

    def migrations_remove(self, *, asks_target: bool = True) -> Migration:
        """Delete the newest unapplied migration file. Changes: the migrations folder. Raises: MigrationError."""
        from neoron.stages.remove import remove

        return remove(self._workspace(), asks_target=asks_target)

    def migrations_accept(self, version: str) -> Report:
        """Record an edited applied migration as it is now. Changes: the history. Raises: MigrationError."""
        from neoron.stages.accept import accept

        return accept(self._workspace(), version)

    def migrations_check(self) -> tuple[str, ...]:
        """What separates models from migrations; empty when nothing. Raises: MigrationError."""
        from neoron.stages.add import check

        return check(self._workspace())

    def migrations_script(
        self, start: str = "0", end: str = "head", *, is_idempotent: bool = False, engine: str = ""
    ) -> str:
        """The SQL of a range, without a connection. Raises: MigrationError."""
        from neoron.stages.script import script

        workspace = open_offline(self.settings, engine, self.notice)
        return script(workspace, start, end, is_idempotent=is_idempotent)

    def database_update(
        self, target: str = "head", *, consent: Consent = refuse, digest: str = "", on_step: OnStep | None = None,
        no_stash: str = "",
    ) -> Report:
        """Bring the target to a version, up or down. Changes: the target. Raises: MigrationError."""
        from neoron.stages.update import update

        return update(self._workspace(no_stash), target, consent=consent, digest=digest, on_step=on_step)

    def database_plan(self, target: str = "head") -> Plan:
        """What `database_update` would send. Raises: MigrationError."""
        from neoron.stages.update import dry_run

        return dry_run(self._workspace(), target)

    def database_status(self) -> TargetStatus:
        """Versions, drift, last run, lock holder. Raises: MigrationError."""
        from neoron.stages.target_status import target_status

        return target_status(self._workspace())

    def database_drop(self) -> str:
        """Drop the target's database and return its name. Changes: everything in it is lost. Raises: MigrationError."""
        from neoron.stages.drop import drop

        return drop(self._workspace())

    def database_resolve(self, *, is_done: bool) -> str:
        """Say of a statement in doubt whether it was done. Changes: history, stash. Raises: MigrationError."""
        from neoron.stages.resolve import resolve_doubt

        return resolve_doubt(self._workspace(), is_done=is_done)

    def review(
        self, start: str = "", end: str = "head", *, engine: str = "", is_live: bool = False, rules: Sequence[str] = ()
    ) -> list[Finding]:
        """What migrations risk: the newest, a range, or what is pending on the live target. Raises: MigrationError."""
        from neoron.stages.review import review_live, review_range

        if is_live and not start:
            return review_live(self._workspace(), end, rules=rules)
        return review_range(open_offline(self.settings, engine, self.notice), start, end, rules=rules)

    def review_fix(
        self, start: str = "", end: str = "head", *, is_live: bool = False, is_dry: bool = False,
        rules: Sequence[str] = (),
    ) -> FixReport:  # fmt: skip
        """Write the safe sequences into migrations. Changes: the migrations folder. Raises: MigrationError."""
        from neoron.stages.fix import fix_migrations

        return fix_migrations(self._workspace(), start, end, is_live=is_live, is_dry=is_dry, rules=rules)

    def preflight(self) -> list[Check]:
        """Size and room of the target. Raises: MigrationError."""
        from neoron.stages.preflight import planned, preflight

        workspace = self._workspace()
        session = workspace.connect()
        try:
            return preflight(workspace, session, planned(workspace, session))
        finally:
            session.close()

    def verify(self) -> list[Check]:
        """Foreign keys, indexes, validations and application checks, as they are now. Raises: MigrationError."""
        from neoron.stages.validate import read_validations, smoke, validate
        from neoron.stages.verify import integrity

        workspace = self._workspace()
        validations = read_validations(workspace)
        session = workspace.connect()
        try:
            checks = integrity(workspace.engine, session) + validate(workspace, session, validations)
        finally:
            session.close()
        return checks + smoke(workspace)

    def deploy(
        self, target: str = "head", *, consent: Consent = refuse, digest: str = "", takes_backup: bool = True,
        on_step: OnStep | None = None, progress: Progress | None = None, no_stash: str = "",
    ) -> Report:  # fmt: skip
        """Bring the target to a version through the whole pipeline. Changes: the target. Raises: MigrationError."""
        from neoron.stages.backup import silent
        from neoron.stages.deploy import NO_STEP, deploy

        report = deploy(
            self._workspace(no_stash), target, consent=consent, digest=digest, takes_backup=takes_backup,
            on_step=on_step or NO_STEP, progress=progress or silent,
        )  # fmt: skip
        return report

    def rollback(
        self, target: str = "-1", *, consent: Consent = refuse, on_step: OnStep | None = None, no_stash: str = ""
    ) -> Report:
        """Take back what was applied after a version, a time (`time:…`) or by the last run (`last-run`).

        Changes: the target. Raises: MigrationError.
        """
        from neoron.stages.deploy import NO_STEP, rollback

        return rollback(self._workspace(no_stash), target, consent=consent, on_step=on_step or NO_STEP)

    def rollback_plan(self, target: str = "-1", *, no_stash: str = "") -> Plan:
        """What `rollback` would send. Raises: MigrationError."""
        from neoron.stages.deploy import rollback_plan

        return rollback_plan(self._workspace(no_stash), target)

    def stash_list(self) -> tuple[StashEntry, ...]:
        """What destructive steps have left in the target, oldest first. Raises: MigrationError."""
        from neoron.stages.stash import listed

        return listed(self._workspace())

    def stash_purge(self, *, older_than_days: float) -> tuple[StashEntry, ...]:
        """Throw away what was kept longer ago. Changes: what was kept is lost. Raises: MigrationError."""
        from neoron.stages.stash import purge

        return purge(self._workspace(), older_than_days=older_than_days)

    def backup_create(self, *, kind: str = "", progress: Progress | None = None) -> BackupRecord:
        """Take a backup, `logical` or `physical`, and prove it. Changes: the project's store. Raises: BackupError."""
        from neoron.stages.backup import create, silent

        workspace = self._workspace()
        session = workspace.connect()
        try:
            return create(workspace, session, kind=kind, progress=progress or silent)
        finally:
            session.close()

    def backup_list(self) -> list[BackupRecord]:
        """The project's backups, oldest first, also those that failed. Raises: MigrationError."""
        from neoron.records.backup_store import store_of
        from neoron.records.backups import failed

        found = [*store_of(self.settings).listed(), *failed(self.settings.store)]
        return sorted(found, key=lambda record: record.created_at)

    def backup_prune(
        self, *, keep: int | None = None, older_than_days: float | None = None, is_dry: bool = False
    ) -> list[BackupRecord]:
        """Remove old backups, never the last good one; what went. Changes: the store. Raises: MigrationError."""
        from neoron.stages.prune import prune

        return prune(self._workspace(), keep=keep, older_than_days=older_than_days, is_dry=is_dry)

    def backup_verify(self, backup: str = "latest", *, progress: Progress | None = None) -> BackupRecord:
        """Restore a backup aside and compare it with its manifest. Raises: BackupError."""
        from neoron.stages.backup import silent, verify

        return verify(self._workspace(), backup, progress=progress or silent)

    def restore(
        self, backup: str, *, consent: Consent = refuse, to_time: str = "", ends_sessions: bool = False,
        progress: Progress | None = None,
    ) -> Restored:  # fmt: skip
        """Put a backup in the target's place; what was there is kept. Changes: the target. Raises: MigrationError."""
        from neoron.stages.backup import silent
        from neoron.stages.restore import restore

        return restore(
            self._workspace(), backup, consent=consent, back_to=to_time, ends_sessions=ends_sessions,
            progress=progress or silent,
        )  # fmt: skip

    def restore_preview(self, backup: str, *, to_time: str = "", progress: Progress | None = None) -> Restored:
        """What `restore` would lose and whom it would end. Raises: MigrationError."""
        from neoron.stages.backup import silent
        from neoron.stages.restore import preview

        return preview(self._workspace(), backup, back_to=to_time, progress=progress or silent)

    def restore_discard(self, backup: str, *, consent: Consent = refuse) -> RestoreRecord:
        """Throw away what the last restore of a backup replaced. Changes: it is gone. Raises: MigrationError."""
        from neoron.stages.restore import discard

        return discard(self._workspace(), backup, consent=consent)

    def data_export(
        self, tables: Sequence[str], path: Path, *, form: str = "json", root: str = "",
        progress: Progress | None = None,
    ) -> Exported:  # fmt: skip
        """Write tables to a file or folder, `json` or `jsonl`. Changes: that place. Raises: MigrationError."""
        from neoron.stages.backup import silent
        from neoron.stages.export import export

        return export(self._workspace(), tables, path, form=form, root=root, progress=progress or silent)

    def keep_report(self, report: Report) -> Path:
        """Write a report's JSON and HTML into the project's store; the page's path. Raises: OSError."""
        from neoron.records.reports import keep
        from neoron.render.html import render_report

        return keep(self.settings.store, report, render_report(report))
