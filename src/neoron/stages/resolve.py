"""Settle a statement in doubt by a person's word, where the catalog cannot tell."""

from __future__ import annotations

from dataclasses import replace

from neoron.engines.roles import Session
from neoron.errors import PlanRefused, UsageError
from neoron.model.history import AppliedMigration, History, Progress
from neoron.model.plan import Plan, RecordKind, Step, StepKind, statements_digest
from neoron.stages.execute import Run
from neoron.stages.journal import Journal
from neoron.stages.plan import plan_down, plan_up
from neoron.stages.stash_steps import SETTLE
from neoron.stages.workspace import Workspace


def resolve_doubt(workspace: Workspace, *, is_done: bool) -> str:
    """Note the statement that an interrupted run died in as done, or as to be run again; the id of its step.

    Changes: one row of the history and one of the journal; of what was kept before a statement that is done, what is
    still there is forgotten.
    Raises: UsageError when no statement is in doubt; PlanRefused when the migration is not here, or was edited.
    """
    engine = workspace.engine
    run = Run(workspace, "database resolve")
    session = workspace.connect()
    try:
        with run.locked(session):
            history = engine.history.read(session)
            partial = history.partial
            if partial is None or partial.step_attempted <= partial.steps_done:
                raise UsageError("no statement is in doubt", where=str(workspace.url), next="neoron database status")
            environment = workspace.settings.environment
            session.set_timeouts(
                lock_timeout_ms=environment.lock_timeout_ms, statement_timeout_ms=environment.statement_timeout_ms
            )
            plan = _plan_of(workspace, session, history, partial)
            number = partial.step_attempted
            done = number if is_done else number - 1
            digest = statements_digest(plan.migration(partial.version).running[:done])
            settled = replace(partial, steps_done=done, step_attempted=0, done_digest=digest)
            id = f"{partial.version}/{plan.direction.value}/{number}"
            if is_done:
                # The run that goes on begins behind it, and its file may say something else by now.
                held = Step(id, partial.version, StepKind.STASH, SETTLE, None, number, is_in_doubt=True)
                engine.stash.send(session, held, run.run_id)
            seq, last = engine.history.last_journal(session)
            journal = Journal(run.run_id, seq, last)
            verdict = "done" if is_done else "again"
            journal.note("resolve", version=partial.version, step=str(number), outcome=verdict)
            session.begin()
            engine.history.write(session, RecordKind.ADVANCED, settled, "", "")
            engine.history.append_journal(session, journal.take())
            session.commit()
    finally:
        session.close()
    return id


def _plan_of(workspace: Workspace, session: Session, history: History, partial: AppliedMigration) -> Plan:
    """What is left of the half-way migration, from the statement in doubt on."""
    inputs = workspace.plan_inputs(history)
    if partial.progress is Progress.REVERTING:
        return plan_down(inputs, [partial], "", lambda version: workspace.engine.history.read_down(session, version))
    pending = [migration for migration in workspace.migrations if migration.version == partial.version]
    if not pending:
        raise PlanRefused(
            f"{partial.version} {partial.name} is half-way, and its file is not here", where=str(workspace.url),
            next="check out that version, and run again",
        )  # fmt: skip
    return plan_up(inputs, pending, "")
