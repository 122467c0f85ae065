"""Take an edited applied migration as it is now: its new checksum and way down go into the history."""

from __future__ import annotations

from neoron.engines.roles import Session
from neoron.errors import UsageError
from neoron.model.history import History, State
from neoron.model.migration import Direction
from neoron.model.plan import LockLevel, Plan, RecordKind, Step, StepKind
from neoron.model.report import Report
from neoron.source.order import resolve
from neoron.stages.execute import run_plan
from neoron.stages.plan import planned_for
from neoron.stages.status import states
from neoron.stages.workspace import Workspace


def accept(workspace: Workspace, version: str) -> Report:
    """Record the file of an applied migration as it is now; runs none of its statements.

    Changes: one row of the history.
    Raises: UsageError when the file is not an altered one.
    """
    wanted = resolve(version, workspace.migrations)

    def make(_session: Session, history: History) -> Plan:
        found = {s.id: s for s in states(workspace.migrations, history, workspace.compiler)}
        if found[wanted].state is not State.ALTERED:
            raise UsageError(f"{wanted} is {found[wanted].state.value}, not altered", next="neoron migrations list")
        planned = planned_for(workspace.plan_inputs(history), workspace.compiler.compile(wanted))
        sql = workspace.engine.history.record_sql(RecordKind.ACCEPTED)
        step = Step(
            f"{wanted}/accept", wanted, StepKind.RECORD, sql, 1, lock=LockLevel.NONE, record=RecordKind.ACCEPTED
        )
        return Plan(
            str(workspace.url), workspace.engine.name, Direction.UP, wanted, wanted, (step,), (planned,)
        )

    return run_plan(workspace, "migrations accept", make)
