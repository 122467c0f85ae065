"""neoron database status"""

from __future__ import annotations

from collections import Counter

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command


@make_command(name="status")
def command(invocation: Invocation) -> int:
    """Show where the target stands: version, what is pending, drift, the last run, who holds the lock."""
    status = invocation.project().database_status()
    counts = Counter(m.state.value for m in status.migrations)
    last = f"{status.last_run_outcome} at {status.last_run_at[:19]} by {status.last_run_by} ({status.last_run_id})"
    drift = {"none": "none", "changed": "the schema was changed by other hands since the last run"}
    lines = [
        f"target      {status.target} ({status.engine} {status.engine_version})",
        f"version     {status.version}",
        f"migrations  {', '.join(f'{count} {state}' for state, count in counts.items()) or 'none'}",
        f"last run    {last if status.last_run_id else 'none'}",
        f"lock        {status.lock_holder or 'free'}",
        f"drift       {drift.get(status.drift, 'unknown')}",
    ]
    if status.journal_broken_at:
        lines.append(f"journal     row {status.journal_broken_at} was changed: its hash does not continue the chain")
    for migration in status.migrations:
        if migration.state.value not in ("applied", "pending"):
            lines.append(f"  {migration.state.value:9} {migration.id} {migration.name}: {migration.detail}")
    follow = _next(counts)
    is_wrong = status.drift == "changed" or bool(status.journal_broken_at)
    lines += [f"Next: {follow}"] if follow else []
    return invocation.emit(status, "\n".join(lines), exit_code=int(is_wrong))


def _next(counts: Counter[str]) -> str:
    if counts["partial"]:
        return "neoron database update finishes what is half-way"
    if counts["altered"] or counts["missing"] or counts["ahead"]:
        return "neoron migrations list"
    return "neoron database update, or neoron deploy" if counts["pending"] else ""
