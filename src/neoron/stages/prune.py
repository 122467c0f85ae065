"""Remove old backups; never the last good one of a target, and a failed one never counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from neoron.errors import UsageError
from neoron.model.backup import BackupRecord
from neoron.records import backups
from neoron.records.backup_store import store_of
from neoron.stages.workspace import Workspace


def to_prune(
    records: Iterable[BackupRecord], *, keep: int | None, older_than_days: float | None, now: datetime | None = None
) -> list[BackupRecord]:
    """Which of these go, oldest first.

    Shape: keep counts the good ones that stay of each target; older_than_days lets younger ones stay. What failed or
    was never proven goes once a younger good one is there.
    """
    limit = (now or datetime.now(UTC)) - timedelta(days=older_than_days or 0)
    by_target: dict[str, list[BackupRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda r: r.created_at):
        by_target[record.target].append(record)
    gone = [record for found in by_target.values() for record in _of_one(found, keep, older_than_days, limit)]
    return sorted(gone, key=lambda record: record.created_at)


def _of_one(
    found: list[BackupRecord], keep: int | None, older_than_days: float | None, limit: datetime
) -> list[BackupRecord]:
    good = [record for record in found if record.is_good]
    if not good:
        return []
    stay = {record.id for record in good[-max(1, keep or 0) :]} if keep is not None else {good[-1].id}
    newest = good[-1].created_at
    gone = []
    for record in found:
        is_old = older_than_days is None or datetime.fromisoformat(record.created_at) <= limit
        may_go = record.id not in stay if record.is_good else record.created_at < newest
        if may_go and is_old:
            gone.append(record)
    return gone


def prune(
    workspace: Workspace, *, keep: int | None = None, older_than_days: float | None = None, is_dry: bool = False
) -> list[BackupRecord]:
    """Remove old backups from the project's store, and what killed runs have left in it; what went, or would go.

    Changes: the store.
    Raises: UsageError when no rule is given; BackupError.
    """
    if keep is None and older_than_days is None:
        raise UsageError("nothing says which backups are old", next="give --keep N or --older-than AGE")
    store = store_of(workspace.settings)
    gone = to_prune([*store.listed(), *backups.failed(store.local)], keep=keep, older_than_days=older_than_days)
    if not is_dry:
        store.clear_left()
        if store.storage:
            store.storage.clear_old_parts()
        for record in gone:
            store.remove(record)
    return gone
