"""Statements and safe sequences -> groups that are committed one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from neoron.rules.remedy import Phase
from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    Drop,
    Reading,
    ReadsOnly,
    Setting,
    ValidateConstraint,
)
from neoron.sql.parts import Constraint, ConstraintKind, Kind
from neoron.stages.fixing import Mended

_ADDING = (AddColumn, CreateIndex, CreateTable, ReadsOnly, Setting, ValidateConstraint)
_LIGHT_CHANGES = ("set not null", "set default", "drop default")


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of a group; number is that of the original statement whose place, or text, it takes, else None."""

    text: str
    number: int | None = None
    is_kept: bool = False


@dataclass(slots=True)
class Group:
    """Statements in one transaction, or each outside any; undo takes back what was made for safety's sake."""

    is_outside: bool = False
    lines: list[Line] = field(default_factory=list)
    undo: list[str] = field(default_factory=list)


def arranged(numbers: Sequence[int], statements: Sequence[Reading], mended: Mapping[int, Mended]) -> list[Group]:
    """The groups of statements that were in one transaction.

    Shape: numbers are their places in `statements`. What follows a mended statement only waits for it where it could
    need it: index builds and validations of neighbours are done together.
    """
    course = _Course()
    for number in numbers:
        mine = mended.get(number)
        reading = statements[number]
        if not _may_pass(reading, mine, course):
            course.flush()
        if mine is None:
            course.put([Line(reading.text, number, is_kept=True)], is_outside=False)
        else:
            course.begin(mine)
            if not _is_passed(reading, mine):
                course.flush()
    course.flush()
    return course.groups


@dataclass(slots=True)
class _Course:
    groups: list[Group] = field(default_factory=list)
    pending: list[list[tuple[Phase, int | None]]] = field(default_factory=list)

    def put(self, lines: list[Line], *, is_outside: bool, is_new: bool = False, undo: Sequence[str] = ()) -> None:
        """Add lines to the last group where it is of that kind, else to a new one."""
        if not lines:
            return
        if is_new or not self.groups or self.groups[-1].is_outside is not is_outside:
            self.groups.append(Group(is_outside))
        self.groups[-1].lines += lines
        self.groups[-1].undo += undo

    def begin(self, mended: Mended) -> None:
        """Put what stands in the statement's place; the rest waits."""
        lines = _lines(mended.first.statements, mended.number)
        self.put(lines, is_outside=mended.first.is_outside, undo=mended.first.undo)
        owner = None if lines else mended.number
        for sequence in mended.then:
            self.pending.append([(phase, owner if at == 0 else None) for at, phase in enumerate(sequence)])
            owner = None

    def flush(self) -> None:
        """Put all that waits: at each turn what has to run outside transactions first."""
        while self.pending:
            is_outside = any(waiting[0][0].is_outside for waiting in self.pending)
            turn = [w.pop(0) for w in self.pending if w[0][0].is_outside is is_outside]
            self.pending = [w for w in self.pending if w]
            lines = [line for phase, number in turn for line in _lines(phase.scans, number)]
            lines += [x for phase, n in turn for x in _lines(phase.brief, None if phase.scans else n)]
            is_new = not is_outside
            self.put(lines, is_outside=is_outside, is_new=is_new, undo=[u for phase, _n in turn for u in phase.undo])


def _lines(texts: Sequence[str], number: int | None) -> list[Line]:
    return [Line(text, number if at == 0 else None) for at, text in enumerate(texts)]


def _may_pass(reading: Reading, mended: Mended | None, course: _Course) -> bool:
    """Whether the statement may run before what waits."""
    if not course.pending:
        return True
    makes_keys = any(phase.is_outside for waiting in course.pending for phase, _n in waiting)
    return all(_only_adds(a, is_mended=mended is not None) for a in reading.actions) and not (
        makes_keys and any(_references(a) for a in reading.actions)
    )


def _is_passed(reading: Reading, mended: Mended) -> bool:
    """Whether what follows may run before the rest of its sequence."""
    return all(_only_adds(a, is_mended=True) for a in reading.actions)


def _only_adds(action: Action, *, is_mended: bool) -> bool:
    if isinstance(action, AddConstraint):
        is_key = action.constraint.kind not in (ConstraintKind.FOREIGN_KEY, ConstraintKind.CHECK)
        return action.domain is None and (is_mended or not is_key)
    if isinstance(action, AlterColumn):
        return action.change in _LIGHT_CHANGES
    if isinstance(action, Drop):
        return is_mended and action.kind is Kind.INDEX
    return isinstance(action, _ADDING)


def _references(action: Action) -> bool:
    return any(c.kind is ConstraintKind.FOREIGN_KEY for c in _constraints(action))


def _constraints(action: Action) -> Iterator[Constraint]:
    if isinstance(action, AddConstraint):
        yield action.constraint
    elif isinstance(action, AddColumn):
        yield from action.column.constraints
    elif isinstance(action, CreateTable):
        yield from action.constraints
        for column in action.columns:
            yield from column.constraints
