"""The backups of a project as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from neoron.model.backup import BackupRecord
from neoron.render.style import Style
from neoron.render.table import render_table
from neoron.render.units import format_bytes, format_ms


def render_backups(found: Sequence[BackupRecord], style: Style, *, now: datetime | None = None) -> str:
    """One line per backup, oldest first, and why each failed one failed."""
    if not found:
        return "no backups; next: neoron backup create"
    headers = ("id", "state", "kind", "age", "size", "restore time", "version", "target")
    rows = [
        (
            b.id, state_of(b), b.kind, _age(b.created_at, now or datetime.now(UTC)), format_bytes(b.size_bytes),
            format_ms(b.restore_ms) if b.verified_at else "–", b.version or "–", b.target,
        )
        for b in found
    ]  # fmt: skip
    reasons = [f"{b.id}: {b.failure}" for b in found if b.failure]
    return "\n".join([render_table(headers, rows, style), *(["", *reasons] if reasons else [])])


def state_of(record: BackupRecord) -> str:
    """`good`, `failed`, or `unproven` for one that was never restored aside."""
    if record.failure:
        return "failed"
    return "good" if record.verified_at else "unproven"


def _age(created_at: str, now: datetime) -> str:
    return format_ms(max(0.0, (now - datetime.fromisoformat(created_at)).total_seconds()) * 1000)
