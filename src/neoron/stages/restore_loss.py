"""What a restore would lose, in numbers, before it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from neoron.engines.roles import Progress, Session
from neoron.errors import MigrationError, UsageError
from neoron.model.backup import BackupRecord
from neoron.model.plural import plural
from neoron.model.restore import Loss, RestoreRecord, TableLoss
from neoron.model.schema import TableContent
from neoron.stages.status import current_version
from neoron.stages.workspace import Workspace

Consent = Callable[[str], bool]


def moment(text: str) -> str:
    """A time as ISO 8601 in UTC; empty stays empty. Raises: UsageError for what is no time, or one that lies ahead."""
    if not text:
        return ""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"`{text}` is no time", next="write it like 2026-01-31T14:00:00, in UTC") from None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    if time > datetime.now(UTC):
        raise UsageError(f"{time:%Y-%m-%d %H:%M:%S} UTC lies ahead", next="write a time that has passed, in UTC")
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def measure_loss(
    workspace: Workspace, backup: BackupRecord, contents: Sequence[TableContent] | None, *, back_to: str,
    progress: Progress,
) -> Loss:  # fmt: skip
    """Compare the target as it is now with what it would be, table by table; the target is only read.

    Shape: contents are the tables as they would be; None tells the time alone.
    """
    then = back_to or backup.created_at
    since_s = max(0, round((datetime.now(UTC) - datetime.fromisoformat(then)).total_seconds()))
    blank = Loss(then, since_s, version_then=backup.version)
    engine = workspace.engine
    try:
        session = workspace.connect()
    except MigrationError as error:
        return Loss(then, since_s, version_then=backup.version, unknown=error.message)
    try:
        return _compared(workspace, session, backup, blank, contents, progress=progress)
    except engine.faults.errors() as error:
        message = engine.faults.translate(error).message
        return Loss(then, since_s, version_then=backup.version, unknown=message)
    finally:
        session.close()


def _compared(
    workspace: Workspace, session: Session, backup: BackupRecord, blank: Loss,
    contents: Sequence[TableContent] | None, *, progress: Progress,
) -> Loss:  # fmt: skip
    engine = workspace.engine
    version = current_version(engine.history.read(session), workspace.migrations)
    tables = [] if contents is None else _tables(workspace, session, contents, progress)
    differing = tuple(t for t in tables if not t.is_equal)
    is_own_moment = blank.back_to == backup.created_at
    # The counters were read when the backup began, and tell nothing of a later time.
    written = _rows_written(engine.catalog.writes_by_table(session), backup.writes) if is_own_moment else None
    version_then = backup.version if is_own_moment else ""
    return Loss(
        blank.back_to, blank.since_s, version, version_then, differing, len(tables) - len(differing), written
    )


def _tables(
    workspace: Workspace, session: Session, contents: Sequence[TableContent], progress: Progress
) -> list[TableLoss]:
    catalog = workspace.engine.catalog
    then = {content.table: content for content in contents}
    now = catalog.schema(session).tables
    found = []
    for number, table in enumerate(now, 1):
        content = catalog.content(session, table, [column.name for column in table.columns])
        before = then.pop(table.name, None)
        rows_then = before.row_count if before else None
        found.append(TableLoss(table.name, content.row_count, rows_then, content == before))
        progress("comparing with the target", number, len(now))
    return found + [TableLoss(name, None, content.row_count) for name, content in then.items()]


def _rows_written(now: dict[str, int] | None, then: dict[str, int]) -> int | None:
    """Rows written between two looks at the counters; None where there are none, or they were set back since."""
    if now is None or not then:
        return None
    changes = [count - then.get(table, 0) for table, count in now.items()]
    return sum(changes) if all(change >= 0 for change in changes) else None


def worded(loss: Loss, record: RestoreRecord) -> str:
    """The loss in one sentence, for the question and for its refusal."""
    kept = f"; what is there now is kept as {record.safety}" if record.had_target else ""
    return f"this takes the target back by {_span(loss.since_s)}, to {loss.back_to[:19]}Z: {_lost(loss)}{kept}"


def _lost(loss: Loss) -> str:
    if loss.unknown:
        return f"what is lost cannot be told ({loss.unknown})"
    if not loss.tables and not loss.rows_written:
        return "no row differs" if loss.tables_equal else "everything written since then is lost"
    fewer = sum(max(0, (t.rows_now or 0) - (t.rows_then or 0)) for t in loss.tables)
    more = sum(max(0, (t.rows_then or 0) - (t.rows_now or 0)) for t in loss.tables)
    changed = [t for t in loss.tables if t.rows_now == t.rows_then]
    gone = [t for t in loss.tables if t.rows_then is None]
    parts = [
        f"{plural(fewer, 'row')} fewer" if fewer else "", f"{plural(more, 'row')} more" if more else "",
        f"other values in {plural(len(changed), 'table')}" if changed else "",
        f"{plural(len(gone), 'table')} that the backup does not have" if gone else "",
        f"{plural(loss.rows_written, 'row write')} since" if loss.rows_written else "",
    ]  # fmt: skip
    return ", ".join(part for part in parts if part) or "everything written since then is lost"


def _span(seconds: int) -> str:
    if seconds < 120:
        return plural(seconds, "second")
    if seconds < 7_200:
        return plural(seconds // 60, "minute")
    if seconds >= 172_800:
        return plural(seconds // 86_400, "day")
    return f"{seconds // 3_600:,} h {seconds % 3_600 // 60:02} min"
