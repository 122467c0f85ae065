"""One target in one look, for `database status`."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.model.migration import Version
from neoron.stages.execute import fingerprint
from neoron.stages.journal import broken_at
from neoron.stages.status import MigrationState, current_version, states
from neoron.stages.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """A target in one look.

    Shape: drift is `none`, `changed` or `unknown`; lock_holder is empty when nobody deploys; journal_broken_at
    is the number of the first journal row whose hash does not continue the chain, or 0.
    """

    target: str
    engine: str
    engine_version: str
    version: Version
    migrations: tuple[MigrationState, ...]
    last_run_id: str = ""
    last_run_at: str = ""
    last_run_by: str = ""
    last_run_outcome: str = ""
    lock_holder: str = ""
    drift: str = "unknown"
    journal_broken_at: int = 0


def target_status(workspace: Workspace) -> TargetStatus:
    """Versions, drift, the last run, and who holds the deploy lock.

    Raises: TargetUnavailable, SourceError.
    """
    engine = workspace.engine
    session = workspace.connect()
    try:
        history = engine.history.read(session)
        journal = engine.history.read_journal(session, 200)
        runs = [row for row in journal if row[3] == "run"]
        ended = next((row for row in runs if row[6] != "started"), None)
        marks = str(ended[7]).split() if ended else []
        drift = "unknown"
        # A script writes the history and cannot write a fingerprint, so after one the schema has no known state.
        scripted = max((a.applied_at for a in history.applied if a.run_id == "script"), default="")
        if len(marks) > 2 and ended and str(ended[1]) > scripted:
            drift = "none" if marks[-1] == fingerprint(engine, session) else "changed"
        last = runs[0] if runs else None
        return TargetStatus(
            str(workspace.url), engine.session.product(session), engine.session.server_version(session),
            current_version(history, workspace.migrations), states(workspace.migrations, history, workspace.compiler),
            last_run_id=str(last[2]) if last else "", last_run_at=str(last[1]) if last else "",
            last_run_by=f"{last[8]}@{last[9]}" if last else "", last_run_outcome=str(last[6]) if last else "",
            lock_holder=engine.lock.holder(session), drift=drift,
            journal_broken_at=broken_at(list(reversed(journal))) or 0,
        )  # fmt: skip
    finally:
        session.close()
