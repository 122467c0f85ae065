"""Which statements of a script have a safe sequence, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from neoron.model.finding import Finding
from neoron.rules.offering import clauses_of, owners
from neoron.rules.remedy import Phase, Remedy
from neoron.rules.reviewer import Circumstances, review_readings
from neoron.sql.actions import Action, Reading


@dataclass(frozen=True, slots=True)
class Mended:
    """A statement with its safe sequence.

    Shape: first stands in its place; of each of the sequences in `then` a phase follows once the one before is
    committed; rules are those whose findings it ends.
    """

    number: int
    first: Phase
    then: tuple[tuple[Phase, ...], ...]
    rules: tuple[str, ...]


@dataclass(slots=True)
class Fixes:
    """What a script's findings offer: the mended statements by their number, and reasons why a finding stays."""

    findings: list[Finding] = field(default_factory=list)
    mended: dict[int, Mended] = field(default_factory=dict)
    reasons: dict[tuple[str, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class _Heard:
    action: Action
    remedy: Remedy
    rules: list[str]


def fixes(
    statements: Sequence[Reading], given: Circumstances, *, path: str = "", paths: Sequence[str] = (),
    transactions: Sequence[int | None] = (), before: Sequence[Reading] = (),
) -> Fixes:  # fmt: skip
    """The safe sequences of a script; arguments are those of `review_readings`."""
    heard: dict[int, list[_Heard]] = {}
    found = Fixes()

    def hear(number: int, action: Action, finding: Finding, remedy: Remedy | str) -> None:
        reading = statements[number]
        if any(rule == finding.rule and reason for rule, reason, _line in reading.allowed):
            return
        if isinstance(remedy, str):
            found.reasons.setdefault((finding.rule, number), remedy)
            return
        mine = heard.setdefault(number, [])
        known = next((one for one in mine if one.action is action), None)
        if known:
            known.rules.append(finding.rule)
        else:
            mine.append(_Heard(action, remedy, [finding.rule]))

    found.findings = review_readings(
        statements, given, path=path, paths=paths, transactions=transactions, before=before, heard=hear
    )
    for number, mine in heard.items():
        told = _mended(number, statements[number], mine, given.dialect)
        if isinstance(told, Mended):
            found.mended[number] = told
        else:
            for one in mine:
                found.reasons.update({(rule, number): told for rule in one.rules})
    return found


def _mended(number: int, reading: Reading, heard: Sequence[_Heard], dialect: str) -> Mended | str:
    rules = tuple(dict.fromkeys(rule for one in heard for rule in one.rules))
    cut = clauses_of(reading, dialect)
    undo = tuple(u for one in heard for u in one.remedy.undo)
    then = tuple(one.remedy.then for one in heard if one.remedy.then)
    if cut:
        by_action = {id(one.action): one.remedy.clauses for one in heard}
        parts = zip(owners(reading), cut.clauses, strict=True)
        clauses = [c for action, clause in parts for c in by_action.get(id(action), (clause,))]
        first = Phase(brief=(f"{cut.head} {', '.join(clauses)}",), undo=undo) if clauses else Phase(undo=undo)
        return Mended(number, first, then, rules)
    if len(heard) < len(owners(reading)) and len({one.remedy for one in heard}) > 1:
        return "only some of what it does has a safe sequence"
    whole = dict.fromkeys(one.remedy for one in heard)
    instead = tuple(s for remedy in whole for s in remedy.instead)
    then = tuple(remedy.then for remedy in whole if remedy.then)
    return Mended(number, Phase(brief=instead, undo=undo), then, rules)
