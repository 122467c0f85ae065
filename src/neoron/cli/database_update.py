"""neoron database update"""

from __future__ import annotations

import click

from neoron.cli.invocation import Invocation
from neoron.cli.invocation import command as make_command
from neoron.cli.options import no_stash_option
from neoron.cli.progress import ShownProgress


@make_command(name="update")
@click.argument("target", default="head")
@click.option("--dry-run", is_flag=True, help="Show the plan and send nothing.")
@click.option("--digest", default="", metavar="HEX", help="Run only if the plan still has this digest.")
@no_stash_option
def command(invocation: Invocation, target: str, dry_run: bool, digest: str, no_stash: str) -> int:
    """Apply or take back migrations until the database is at TARGET: an id, a name, 0, head, or -1.

    Creates the database when it is missing. For targets that matter there is `neoron deploy`, which takes the backup
    that a protected environment wants; here there must be a good one already.
    """
    project = invocation.project()
    if dry_run:
        from neoron.render.text import render_plan

        plan = project.database_plan(target)
        return invocation.emit(plan_json(plan), render_plan(plan, invocation.style()))
    invocation.require_protected_name(project)
    with ShownProgress(invocation) as progress:
        report = project.database_update(
            target, consent=invocation.consent, digest=digest, on_step=progress.step, no_stash=no_stash
        )
    if report.is_ok and not invocation.as_json:
        return invocation.emit(None, _short(report), exit_code=report.exit_code)
    return invocation.emit_report(report)


def plan_json(plan: object) -> dict[str, object]:
    """A plan as every `--dry-run` shows it in JSON."""
    from neoron.model.encode import plain
    from neoron.model.plan import Plan

    assert isinstance(plan, Plan)
    return {**plain(plan), "digest": plan.digest, "from": plan.from_version, "to": plan.to_version}


def _short(report: object) -> str:
    from neoron.model.report import Report
    from neoron.render.units import format_ms

    assert isinstance(report, Report)
    if not report.results:
        return f"nothing to do: the database is at {report.to_version}"
    lines = [f"  {version}  {name}" for version, name in report.versions[:20]]
    if len(report.versions) > 20:
        lines.append(f"  and {len(report.versions) - 20} more")
    head = f"{report.from_version} → {report.to_version} in {format_ms(report.elapsed_ms)}"
    return "\n".join([head, *lines])
