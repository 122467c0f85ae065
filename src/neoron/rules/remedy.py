"""What stands in place of a risky part of a statement: the seam between rules and `review --fix`.

A rule's `OnEngine.remedy` is a function from a `Part` to a `Remedy`, or to the reason why there is none here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neoron.rules.scene import Scene
    from neoron.sql.actions import Action


@dataclass(frozen=True, slots=True)
class Phase:
    """Statements that run after everything before them was committed.

    Shape: scans read a table under a light lock and come first, brief ones take a strong lock for a moment; is_outside
    says that each runs outside any transaction; undo takes back what they made, whether or not it is there.
    """

    scans: tuple[str, ...] = ()
    brief: tuple[str, ...] = ()
    is_outside: bool = False
    undo: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[str, ...]:
        """All of them, in their order."""
        return self.scans + self.brief


@dataclass(frozen=True, slots=True)
class Remedy:
    """The safe sequence.

    Shape: clauses stand in place of the risky clause of an ALTER TABLE that was taken apart, instead in place of the
    whole statement otherwise; then follows in phases; undo takes back helpers of the first statement; head is that
    ALTER TABLE up to its first clause, filled in where the sequence is offered.
    """

    clauses: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    then: tuple[Phase, ...] = ()
    undo: tuple[str, ...] = ()
    head: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One action that a rule has found, and its text.

    Shape: head is `ALTER TABLE name` as written and clause the part of it that does the action, both empty where the
    statement is not such a list; the scene holds only while the rule is asked.
    """

    action: Action
    scene: Scene
    statement: str
    head: str = ""
    clause: str = ""

    def alter(self, clause: str) -> str:
        """Another clause on the same table, as a statement."""
        return f"{self.head} {clause}"


RemedyFor = Callable[[Part], Remedy | str]
"""The safe sequence of a part, or in words why there is none."""
