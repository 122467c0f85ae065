"""What a statement outside a transaction left behind, as the catalog tells by its probe."""

from __future__ import annotations

from dataclasses import replace

from neoron.engines.roles import Engine, Session
from neoron.model.plan import Step, StepKind
from neoron.model.report import Fault

DONE, UNDONE = "done", "undone"


class CheckFailed(Exception):
    """A CHECK step returned rows, or the catalog does not show what a statement should have done."""


def remains(session: Session, step: Step) -> str:
    """`done`, `undone`, or the statement that clears what is neither. Raises: the driver's own error."""
    return str(session.query(step.probe)[0][0])


def cleared(session: Session, step: Step) -> str:
    """The same once what is neither was cleared.

    Changes: an invalid remainder is gone.
    Raises: the driver's own error.
    """
    if (left := remains(session, step)) in (DONE, UNDONE):
        return left
    session.execute(left)
    return remains(session, step)


def has_left_nothing(engine: Engine, session: Session, step: Step, fault: Fault) -> bool:
    """Whether a step that the server refused surely did no part of its work. Raises: the driver's own error."""
    if step.probe:
        return remains(session, step) == UNDONE
    effect = engine.effects.effect(step.sql)
    is_change = step.kind is StepKind.STATEMENT and effect.can_run_in_transaction
    return effect.is_whole or (is_change and fault.is_unbegun)


def with_rows_left(session: Session, fault: Fault) -> Fault:
    """A transaction's fault once it is rolled back: rows that stayed, of tables that know none, forbid a retry."""
    has_kept_rows = getattr(session, "has_kept_rows", False)
    return replace(fault, is_in_doubt=True, is_retryable=False) if has_kept_rows else fault


def require_done(session: Session, step: Step) -> None:
    """Refuse work that the catalog shows as invalid: a failed index build may leave an invalid index behind.

    Raises: CheckFailed; the driver's own error.
    """
    if step.probe and remains(session, step) not in (DONE, UNDONE):
        raise CheckFailed("the statement ended, but the catalog shows its work as invalid")
