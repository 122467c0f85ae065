"""What a plan would drop, counted in the target before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neoron.engines.roles import Engine, Session
from neoron.model.plan import Plan, StepKind
from neoron.model.plural import plural
from neoron.stages.stash_steps import kept_tables


@dataclass(frozen=True, slots=True)
class Loss:
    """A table, or a column of one, that holds rows or values and would go.

    Units: row_count counts rows of the table, or rows where the column is not NULL.
    """

    table: str
    column: str
    row_count: int


def losses(engine: Engine, session: Session, plan: Plan) -> tuple[Loss, ...]:
    """Tables and columns that hold something now and are not there after the plan.

    Raises: the driver's own error.
    """
    before = engine.catalog.schema(session)
    statements = [s.sql for s in plan.steps if s.kind is StepKind.STATEMENT]
    after = engine.catalog.after(session, before, statements)
    if after is None:
        return ()
    found: list[Loss] = []
    for table in before.tables:
        left = after.table(table.name)
        if left is None:
            found.append(Loss(table.name, "", engine.catalog.filled(session, table.name, "")))
            continue
        kept = {c.name for c in left.columns}
        gone = [c.name for c in table.columns if c.name not in kept]
        found += [Loss(table.name, c, engine.catalog.filled(session, table.name, c)) for c in gone]
    return tuple(loss for loss in found if loss.row_count)


def is_stashed(found: Sequence[Loss], plan: Plan) -> bool:
    """Whether the plan's stash keeps all of that."""
    kept = {name.casefold() for name in kept_tables(plan)}
    return all(loss.table.casefold() in kept or loss.table.rpartition(".")[2].casefold() in kept for loss in found)


def worded(found: Sequence[Loss]) -> str:
    """Losses in words: `Messages.Flags (100,000 values)`."""
    return ", ".join(
        f"{loss.table}.{loss.column} ({plural(loss.row_count, 'value')})" if loss.column
        else f"{loss.table} ({plural(loss.row_count, 'row')})"
        for loss in found
    )  # fmt: skip
