"""Settle a statement in doubt by a person's word, where the catalog cannot tell."""

from __future__ import annotations

from dataclasses import replace

from neoron.errors import UsageError
from neoron.model.history import Progress
from neoron.model.migration import Direction
from neoron.model.plan import RecordKind, statements_digest
from neoron.stages.execute import Run
from neoron.stages.journal import Journal
from neoron.stages.workspace import Workspace


def resolve_doubt(workspace: Workspace, *, is_done: bool) -> str:
    """Note the statement that an interrupted run died in as done, or as to be run again.

    Changes: one row of the history and one of the journal.
    Raises: UsageError when no statement is in doubt.
    """
    engine = workspace.engine
    run = Run(workspace, "database resolve")
    session = workspace.connect()
    try:
        with run.locked(session):
            partial = engine.history.read(session).partial
            if partial is None or partial.step_attempted <= partial.steps_done:
                raise UsageError("no statement is in doubt", where=str(workspace.url), next="neoron database status")
            number = partial.step_attempted
            done = number if is_done else number - 1
            section = workspace.compiler.compile(partial.version)
            way = section.up if partial.progress is Progress.APPLYING else section.down
            digest = statements_digest(tuple(s.text for s in way.statements[:done]))
            settled = replace(partial, steps_done=done, step_attempted=0, done_digest=digest)
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
    direction = Direction.UP if partial.progress is Progress.APPLYING else Direction.DOWN
    return f"{partial.version}/{direction.value}/{number}"
