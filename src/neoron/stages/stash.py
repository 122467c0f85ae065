"""What the target keeps: how much a plan will need, what could not be put back, list and purge."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from neoron.engines.roles import Session
from neoron.model.check import Check, Status
from neoron.model.plan import Plan, StepKind
from neoron.model.plural import plural
from neoron.model.stash import StashEntry
from neoron.stages.locking import acquire
from neoron.stages.stash_steps import KEEP
from neoron.stages.workspace import Workspace


def to_keep(workspace: Workspace, session: Session, plan: Plan) -> list[Check]:
    """How much the plan's stash may need: for a table all its bytes, for columns at most as many.

    Raises: the driver's own error.
    """
    steps = [s for s in plan.steps if s.kind is StepKind.STASH and s.sql.startswith(KEEP)]
    wanted = [t for s in steps for t in json.loads(s.sql.removeprefix(KEEP))]
    sizes = {s.table.casefold(): s for s in workspace.engine.catalog.sizes(session)} if wanted else {}
    checks = []
    for schema, table, columns in wanted:
        shown = f"{schema}.{table}" if schema else table
        size = sizes.get(shown.casefold()) or sizes.get(table.casefold())
        if size:
            what = f"columns {', '.join(columns)}" if columns else "whole rows"
            detail = f"{plural(size.row_count, 'row')} at most; {what}"
            checks.append(Check(f"stash {shown}", Status.OK, size.size_bytes, "bytes", None, detail))
    return checks


def conflicts(workspace: Workspace, session: Session, plan: Plan) -> list[Check]:
    """A finding for each kept thing that a rollback could not put back whole. Raises: the driver's own error."""
    versions = {m.version for m in plan.migrations}
    entries = [e for e in workspace.engine.stash.entries(session) if e.state == "conflict" and e.direction == "up"]
    # A table that the same rollback has dropped since is no conflict any more.
    tables = {t.name for t in workspace.engine.catalog.schema(session).tables} if entries else set()
    here = {name.rpartition(".")[2].casefold() for name in tables}
    return [
        Check(
            f"stash {e.table}", Status.WARN, e.row_count, "rows", 0,
            f"not put back: {e.detail}; {e.name} holds them (neoron stash list)",
        )
        for e in entries
        if e.version in versions and e.table.rpartition(".")[2].casefold() in here
    ]  # fmt: skip


def listed(workspace: Workspace) -> tuple[StashEntry, ...]:
    """What the target keeps, oldest first. Raises: MigrationError."""
    session = workspace.connect()
    try:
        return workspace.engine.stash.entries(session)
    finally:
        session.close()


def purge(workspace: Workspace, *, older_than_days: float) -> tuple[StashEntry, ...]:
    """Throw away what was kept longer ago than that; what went.

    Changes: the target; what was kept is lost.
    Raises: TargetBusy while a run holds the deploy lock; MigrationError.
    """
    engine, session = workspace.engine, workspace.connect()
    try:
        acquire(engine, session, wait_ms=workspace.settings.environment.deploy_lock_wait_ms)
        try:
            limit = f"{datetime.now(UTC) - timedelta(days=older_than_days):%Y-%m-%dT%H:%M:%SZ}"
            old = tuple(e for e in engine.stash.entries(session) if e.kept_at <= limit)
            engine.stash.purge(session, [e.id for e in old])
        finally:
            engine.lock.release(session)
    finally:
        session.close()
    return old
