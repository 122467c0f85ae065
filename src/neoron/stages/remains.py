"""What a statement outside a transaction left behind, as the catalog tells by its probe."""

from __future__ import annotations

from neoron.engines.roles import Session
from neoron.model.plan import Step

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


def require_done(session: Session, step: Step) -> None:
    """Refuse work that the catalog shows as invalid: a failed index build may leave an invalid index behind.

    Raises: CheckFailed; the driver's own error.
    """
    if step.probe and remains(session, step) not in (DONE, UNDONE):
        raise CheckFailed("the statement ended, but the catalog shows its work as invalid")
