"""What a restore loses, or lost, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from neoron.model.backup import BackupRecord
from neoron.model.plural import plural
from neoron.model.restore import Loss, RestoreRecord
from neoron.render.style import Style
from neoron.render.table import render_table
from neoron.render.units import format_ms, format_time


def render_restored(
    record: RestoreRecord, loss: Loss, backup: BackupRecord, holders: Sequence[str], style: Style, *, is_done: bool
) -> str:
    """The backup, how far it goes back, the tables that differ, and what to type next."""
    lines = [
        f"target    {record.target}",
        f"backup    {backup.id} of {format_time(backup.created_at)}",
        f"back by   {format_ms(loss.since_s * 1000)}, to {format_time(loss.back_to)}",
        *_versions(loss),
    ]
    if loss.unknown:
        lines.append(f"lost      cannot be told: {loss.unknown}")
    if loss.rows_written is not None:
        lines.append(f"written   {plural(loss.rows_written, 'row write')} since the backup began")
    lines += [f"equal     {plural(loss.tables_equal, 'table')}"] if loss.tables_equal else []
    if loss.tables:
        rows = [(t.table, t.rows_now, t.rows_then, _difference(t.rows_now, t.rows_then)) for t in loss.tables]
        then = "rows at that time" if record.back_to else "rows in the backup"
        lines += ["", render_table(("table", "rows now", then, "with the restore"), rows, style), ""]
    return "\n".join([*lines, *_ending(record, holders, is_done=is_done)])


def _versions(loss: Loss) -> list[str]:
    if not loss.version_then or loss.version_now == loss.version_then:
        return []
    return [f"version   {loss.version_now or 'unknown'} → {loss.version_then}"]


def _difference(now: int | None, then: int | None) -> str:
    if now is None:
        return "comes back"
    if then is None:
        return "goes"
    if now == then:
        return "other values"
    return f"{plural(abs(now - then), 'row')} {'fewer' if now > then else 'more'}"


def _ending(record: RestoreRecord, holders: Sequence[str], *, is_done: bool) -> list[str]:
    if is_done:
        discard = f"neoron restore {record.backup} --discard-safety-copy"
        kept = [f"safety    {record.safety}", f"Next: neoron verify; when all is well: {discard}"]
        return ["restored  and compared table by table", *(kept if record.had_target else ["Next: neoron verify"])]
    held = [f"held by   {holder}" for holder in holders]
    ending = (f" --to-time {record.back_to}" if record.back_to else "") + (" --end-sessions" if holders else "")
    return [*held, f"Nothing changed. Next: neoron restore {record.backup}{ending}"]
