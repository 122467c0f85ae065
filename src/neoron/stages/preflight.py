"""Before a plan runs: is the target there, writable, and is there room?"""

from __future__ import annotations

import shutil
from pathlib import Path

from neoron.engines.lookup import engine_named
from neoron.engines.roles import Engine, Session
from neoron.errors import MigrationError, PlanRefused
from neoron.model.check import Check, Status
from neoron.model.plan import Plan, StepKind
from neoron.model.plural import plural
from neoron.sql.classify import classify
from neoron.stages.recovery_points import recovery_checks
from neoron.stages.stash import to_keep
from neoron.stages.workspace import Workspace


def preflight(
    workspace: Workspace, session: Session, plan: Plan | None = None, *, takes_backup: bool = False
) -> list[Check]:
    """Measure size, room and the state of the backups, and refuse a target that cannot be written.

    Shape: with takes_backup a backup comes next, and the age of the newest one is not judged.

    Raises: TargetUnavailable when a right is missing or the target is read-only.
    """
    engine = workspace.engine
    engine.session.preflight(session)
    size_bytes = engine.catalog.database_bytes(session)
    oldest = engine_named(engine.session.product(session)).oldest  # a MariaDB is often reached by a mysql:// URL
    checks = [
        Check("server version", Status.OK, engine.session.server_version(session), "", oldest),
        Check("database size", Status.OK, size_bytes, "bytes"),
        _room_for_data(engine, session, plan),
        _room_for_backup(workspace.settings.folder, size_bytes),
    ]
    largest = sorted(engine.catalog.sizes(session), key=lambda s: -(s.size_bytes + s.index_bytes))[:3]
    for size in largest:
        total, detail = size.size_bytes + size.index_bytes, plural(size.row_count, "row")
        checks.append(Check(f"table {size.table}", Status.OK, total, "bytes", None, detail))
    checks += recovery_checks(workspace, takes_backup=takes_backup)
    return checks + (to_keep(workspace, session, plan) if plan else [])


def planned(workspace: Workspace, session: Session) -> Plan | None:
    """What a deploy would send now; None where the files and the target do not agree yet."""
    from neoron.stages.update import plan_to

    try:
        return plan_to(workspace, session, workspace.engine.history.read(session), "head")
    except MigrationError:
        return None


def _room_for_data(engine: Engine, session: Session, plan: Plan | None) -> Check:
    """A rewrite or an index build needs about the table's size again, until it commits."""
    free = engine.catalog.free_bytes(session)
    needed = _needed_bytes(engine, session, plan)
    if free is None:
        return Check("free space for data", Status.UNKNOWN, None, "bytes", needed, "the server does not tell")
    status = Status.OK if free >= needed else Status.FAIL
    return Check("free space for data", status, free, "bytes", needed, "at least the tables that the plan touches")


def _needed_bytes(engine: Engine, session: Session, plan: Plan | None) -> int:
    sizes = {s.table: s.size_bytes + s.index_bytes for s in engine.catalog.sizes(session)}
    if plan is None:
        return max(sizes.values(), default=0)
    statements = [step.sql for step in plan.steps if step.kind is StepKind.STATEMENT]
    touched = {t.casefold() for sql in statements for t in classify(sql, engine.dialect).tables}
    return sum(size for table, size in sizes.items() if table.casefold() in touched)


def _room_for_backup(folder: Path, size_bytes: int) -> Check:
    free = shutil.disk_usage(folder).free
    status = Status.OK if free >= size_bytes else Status.FAIL
    return Check("free space for backup", status, free, "bytes", size_bytes, "at least the database's size")


def refuse_failed(checks: list[Check], target: str) -> None:
    """Refuse to go on when a check failed.

    Raises: PlanRefused naming each failed check.
    """
    failed = [c for c in checks if c.status is Status.FAIL]
    if failed:
        named = "; ".join(f"{c.name}: {c.value} of {c.limit} {c.unit}".strip() for c in failed)
        raise PlanRefused(f"preflight failed: {named}", where=target, next="neoron preflight")
