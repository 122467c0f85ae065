"""The safe sequences written into a SQL file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from neoron.errors import SourceError
from neoron.model.finding import Finding
from neoron.model.fix import FixedFile, FixReport, Replaced
from neoron.rules.reviewer import Circumstances, review_script
from neoron.sql.actions import Reading, Setting, Transaction
from neoron.sql.chunks import Chunk, chunks
from neoron.sql.lexer import Kind, tokens
from neoron.sql.reading import readings
from neoron.stages.arranging import Group, Line, arranged
from neoron.stages.fixing import Fixes, Mended, fixes
from neoron.stages.review_text import FileReview, circumstances_of, text_of

_BRANCH = "it stands in a branch or a block: write its sequence there by hand"
T = TypeVar("T")
_APART = "it takes more than one transaction, and this file runs in one"


def fix_files(paths: Sequence[Path], told: FileReview, *, is_dry: bool = False) -> FixReport:
    """Write the safe sequences in place of the risky statements of SQL files.

    Changes: the files, unless is_dry.
    Raises: SourceError for a file that cannot be read or written; UsageError as `review_sql`.
    """
    given = circumstances_of(told)
    reports = [fixed_text(text_of(path), given, path=str(path)) for path in paths]
    files = tuple(f for report in reports for f in report.files)
    for file in () if is_dry else files:
        try:
            with Path(file.path).open("w", encoding="utf-8", newline="") as opened:
                opened.write(file.after)
        except OSError as error:
            raise SourceError(f"cannot write it: {error.strerror}", where=file.path) from None
    return FixReport(
        files, tuple(r for report in reports for r in report.replaced), tuple(f for r in reports for f in r.left),
        tuple(reason for report in reports for reason in report.reasons),
    )  # fmt: skip


def fixed_text(text: str, given: Circumstances, *, path: str = "") -> FixReport:
    """A script with its safe sequences; one file when it changes, none when not."""
    statements = readings(text, given.dialect)
    found = fixes(statements, given, path=path)
    cut = chunks(text, [reading.text for reading in statements], given.dialect)
    if cut is None or not found.mended:
        return FixReport((), (), tuple(found.findings), reasons_of(found.findings, statements, found))
    script = _Script(statements, *cut, given.is_one_transaction, given.dialect)

    def attempt(numbers: Collection[int]) -> tuple[str, list[Finding]]:
        after = script.with_(found, numbers)
        return after, review_script(after, given, path=path)

    after, left, done = best(found, attempt)
    if after == text:
        return FixReport((), (), tuple(found.findings), reasons_of(found.findings, statements, found))
    replaced = tuple(Replaced(path, statements[n].line, found.mended[n].rules) for n in done)
    return FixReport((FixedFile(path, text, after),), replaced, tuple(left), reasons_of(left, statements, found))


def best(
    found: Fixes, attempt: Callable[[Collection[int]], tuple[T, list[Finding]]]
) -> tuple[T, list[Finding], tuple[int, ...]]:
    """The most statements that can be mended so that their findings end and none comes that was not there before.

    Shape: attempt writes the statements of those numbers anew, and reviews the result.
    """
    known = {signature(finding) for finding in found.findings}
    kept: list[int] = []

    def is_fine(left: Sequence[Finding], numbers: Collection[int]) -> bool:
        if not all(signature(finding) in known for finding in left):
            return False
        ended = Counter(rule for number in numbers for rule in found.mended[number].rules)
        before, after = (Counter(f.rule for f in findings) for findings in (found.findings, left))
        return all(after[rule] + count <= before[rule] for rule, count in ended.items())

    after, left = attempt(list(found.mended))
    if is_fine(left, found.mended):
        return after, left, tuple(sorted(found.mended))
    for number in sorted(found.mended):
        if is_fine(attempt([*kept, number])[1], [*kept, number]):
            kept.append(number)
        else:
            for rule in found.mended[number].rules:
                found.reasons.setdefault((rule, number), "its safe sequence does not fit here")
    return *attempt(kept), tuple(kept)


def signature(finding: Finding) -> tuple[str, str, str]:
    """What makes a finding the same one after its statement has moved."""
    return finding.rule, finding.category.value, finding.table


def reasons_of(left: Sequence[Finding], statements: Sequence[Reading], found: Fixes) -> tuple[str, ...]:
    """Why each finding that is left has no safe sequence; "" where nobody said."""
    at = {reading.text: number for number, reading in enumerate(statements)}
    return tuple(found.reasons.get((f.rule, at.get(f.statement, -1)), "") for f in left)


@dataclass(slots=True)
class _Script:
    """A script in its chunks."""

    statements: Sequence[Reading]
    pieces: list[Chunk]
    rest: str
    is_one_transaction: bool
    dialect: str
    out: list[str] = field(default_factory=list)

    def with_(self, found: Fixes, numbers: Collection[int]) -> str:
        """The text with the statements of those numbers mended."""
        self.out = []
        mended = {n: found.mended[n] for n in numbers}
        for first, last, is_closed in self._regions():
            if last == first:
                self._alone(first, mended, found)
            elif is_closed:
                self._transaction(first, last, mended)
            else:
                for number in range(first, last + 1):
                    self._sealed(number, mended, found)
        return "".join(self.out) + self.rest

    def _regions(self) -> Iterator[tuple[int, int, bool]]:
        """Each statement outside a transaction by itself, and each transaction as a whole."""
        at = 0
        while at < len(self.statements):
            last = at
            if self._verb(at) == "begin":
                last = next((n for n in range(at + 1, len(self.statements)) if self._verb(n)), len(self.statements) - 1)
            is_closed = self._verb(last) == "commit" and last > at
            if self._verb(at) == "begin" and not is_closed:
                last = max(last, at + 1) if at + 1 < len(self.statements) else at
            yield at, last, is_closed
            at = last + 1

    def _verb(self, number: int) -> str:
        actions = self.statements[number].actions
        return next((a.verb for a in actions if isinstance(a, Transaction) and not a.inside), "")

    def _alone(self, number: int, mended: Mapping[int, Mended], found: Fixes) -> None:
        mine = mended.get(number)
        if mine is None or self.is_one_transaction:
            self._sealed(number, mended, found)
            return
        lines, piece = flat(mine), self.pieces[number]
        if len(lines) == 1:
            self.out.append(f"{piece.lead}{lines[0].text}{piece.tail}")
        elif _stands_alone(piece, self.dialect):
            for line in lines:
                self._line(line)
        else:
            found.reasons.update({(rule, number): _BRANCH for rule in mine.rules})
            self.out.append(piece.whole)

    def _sealed(self, number: int, mended: Mapping[int, Mended], found: Fixes) -> None:
        """A statement in a transaction that cannot be divided."""
        mine = mended.get(number)
        if mine and mine.then:
            found.reasons.update({(rule, number): _APART for rule in mine.rules})
        for line in flat(mine) if mine and not mine.then else [Line("", number, is_kept=True)]:
            self._line(line)

    def _transaction(self, first: int, last: int, mended: Mapping[int, Mended]) -> None:
        begin, commit = self.pieces[first], self.pieces[last]
        groups = arranged(range(first + 1, last), self.statements, mended) or [Group()]
        if groups[0].is_outside:
            self.out.append(begin.lead)
        else:
            self.out.append(begin.whole)
        carried: list[str] = []
        for at, group in enumerate(groups):
            if at and not group.is_outside:
                self.out += [f"\n\n{begin.text};", *(f"\n{text};" for text in carried)]
            for line in group.lines:
                self._line(line)
                carried += self._local(line)
            if at < len(groups) - 1 and not group.is_outside:
                self.out.append(f"\n{commit.text};\n")
        self.out.append(commit.lead.rstrip() if groups[-1].is_outside else commit.whole)

    def _local(self, line: Line) -> list[str]:
        actions = self.statements[line.number].actions if line.number is not None and line.is_kept else ()
        return [line.text for a in actions if isinstance(a, Setting) and a.scope == "local"]

    def _line(self, line: Line) -> None:
        piece = self.pieces[line.number] if line.number is not None else Chunk("\n", "", "")
        self.out.append(piece.whole if line.is_kept else written_line(piece, line.text))


def _stands_alone(piece: Chunk, dialect: str) -> bool:
    """Whether nothing but comments and the ends of statements and batches stand before the statement."""
    words = {t.text.upper() for t in tokens(piece.lead, dialect) if t.kind is not Kind.COMMENT}
    return words <= {";", "GO"}


def written_line(piece: Chunk, text: str) -> str:
    """A statement of a safe sequence in the place of another."""
    return f"{piece.lead}{text}{piece.tail or ';'}"


def flat(mended: Mended) -> list[Line]:
    """A safe sequence where every statement is a transaction of its own."""
    phases = [mended.first, *(phase for sequence in mended.then for phase in sequence)]
    texts = [text for phase in phases for text in phase.statements]
    return [Line(text, mended.number if at == 0 else None) for at, text in enumerate(texts)]
