"""Walks the statements of a script, asks every rule about every action, and carries the scene forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from neoron.model.finding import Finding
from neoron.model.migration import Location
from neoron.rules import RULES
from neoron.rules.allowing import judged
from neoron.rules.carry import IMPLICIT_COMMIT, Course
from neoron.rules.holding import exclusive_tables
from neoron.rules.implicit import commits_implicitly
from neoron.rules.offering import offered, shown
from neoron.rules.remedy import Remedy
from neoron.rules.rule import Hit, OnEngine, Rule
from neoron.rules.scene import Scene, VersionTuple
from neoron.sql.actions import Action, Call, Reading, Transaction
from neoron.sql.reading import readings

DIALECTS = {
    "postgresql": "postgresql", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mariadb", "sqlserver": "mssql",
}  # fmt: skip
"""Engine -> the dialect of its SQL."""
VERSIONS: Mapping[str, VersionTuple] = {
    "postgresql": (16,), "sqlite": (3, 40), "mysql": (8, 0, 36), "mariadb": (10, 11), "sqlserver": (16,),
}  # fmt: skip
"""Engine -> the version that is reviewed for when none is named; SQL Server 2022 is 16."""
_MAX_CALLS = 8
Heard = Callable[[int, Action, Finding, "Remedy | str"], None]
"""Hears of each finding: the number of its statement, its action, and the safe sequence or why there is none."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a review is told besides the script.

    Shape: version () is the default of the engine, edition "" one that has all;
    schema is SQL that made what is there now;
    is_one_transaction says that the whole script runs in one; rows and sizes_bytes are by table; opt_in names the
    rules that are asked for on top.
    """

    engine: str
    version: VersionTuple = ()
    edition: str = ""
    schema: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    sizes_bytes: Mapping[str, int] = field(default_factory=dict)
    is_one_transaction: bool = False
    opt_in: frozenset[str] = frozenset()

    @property
    def dialect(self) -> str:
        """The dialect of the engine's SQL."""
        return DIALECTS[self.engine]


def review_script(text: str, given: Circumstances, *, path: str = "") -> list[Finding]:
    """Everything a script risks, in the order of its statements; findings with a reason keep it in `allowed`."""
    return review_readings(readings(text, given.dialect), given, path=path)


def review_readings(
    statements: Sequence[Reading], given: Circumstances, *, path: str = "", paths: Sequence[str] = (),
    transactions: Sequence[int | None] = (), before: Sequence[Reading] = (), heard: Heard | None = None,
) -> list[Finding]:  # fmt: skip
    """The same for statements that were read already.

    Shape: paths are the files of the statements, where there are several; transactions are the numbers of their
    transactions, None outside any; without them the whole script or nothing is one; before are statements that ran
    long ago; heard is told of every finding while it is made.
    """
    course = started(given, before)
    course.script = [action for reading in statements for action in reading.actions]
    course.in_transaction = given.is_one_transaction
    found: list[Finding] = []
    at = 0
    for number, reading in enumerate(statements):
        if transactions:
            _enter(course, transactions[number], transactions[number - 1] if number else None)
        course.next_statement()
        hits: list[Finding] = []
        place = paths[number] if paths else path
        for action in reading.actions:
            for finding, one, remedy in () if reading.is_ours else _findings(action, course, at, reading, given, place):
                hits.append(finding)
                if heard:
                    heard(number, one, finding, remedy)
            _let_happen(course, action, at)
            at += 1
        found += judged(_without_twins(hits), reading, place, given.engine)
    return found


def started(given: Circumstances, before: Sequence[Reading] = ()) -> Course:
    """The course of a review at its start: what the given schema, or what ran before, made is there and busy."""
    base = _made(given.engine, before) if before else _settled(given.engine, given.schema)
    return replace(
        base, version=given.version or VERSIONS[given.engine], edition=given.edition,
        rows=given.rows, sizes_bytes=given.sizes_bytes, tables=dict(base.tables), known=set(base.known),
        domains=set(base.domains), routines=dict(base.routines), objects=dict(base.objects), created=set(), settings={},
        earlier=[], held={}, script=[], local_settings={}, in_transaction=False, before=None, gone=set(), savepoints=0,
    )  # fmt: skip


@cache
def _settled(engine: str, schema: str) -> Course:
    return _made(engine, readings(schema, DIALECTS[engine]) if schema.strip() else ())


def _made(engine: str, before: Sequence[Reading]) -> Course:
    course = Course(engine, VERSIONS[engine])
    course.script = [action for reading in before for action in reading.actions]
    for at, action in enumerate(course.script):
        course.pass_(action, at)
    course.settle()
    return course


def _enter(course: Course, group: int | None, before: int | None) -> None:
    if group is None or group != before:
        course.earlier.clear()
        course.held.clear()
    course.in_transaction = group is not None


def _let_happen(course: Course, action: Action, at: int) -> None:
    if course.engine in IMPLICIT_COMMIT and course.in_transaction and commits_implicitly(action):
        course.pass_(Transaction(verb="commit"), at)
    course.hold(exclusive_tables(action), type(action).__name__, course.scene(at))
    course.pass_(action, at)
    for inner in _called(course, action):
        course.pass_(inner, at)


def _called(course: Course, action: Action, depth: int = 0) -> Iterator[Action]:
    """The actions of a routine that the action calls and that the script, or the schema, defines."""
    if not isinstance(action, Call) or depth > _MAX_CALLS:
        return
    scene = course.scene(0)
    body = course.routines.get(scene.key(action.name))
    if body is None and not scene.default_schema:
        body = course.routines.get(action.name.name)
    for inner in body or ():
        yield replace(inner, offset=action.offset, inside=f"routine {action.name}")
        yield from _called(course, inner, depth + 1)


def _findings(
    action: Action, course: Course, at: int, reading: Reading, given: Circumstances, path: str
) -> Iterator[tuple[Finding, Action, Remedy | str]]:
    scene = course.scene(at)
    for one in (action, *_called(course, action)):
        for rule, on_engine in _asked(given.engine, type(one).__name__):
            if rule.is_opt_in and rule.id not in given.opt_in:
                continue
            for hit in on_engine.check(one, scene):
                remedy = offered(on_engine, one, scene, reading, given.dialect)
                for each in rule.spread(hit):
                    yield _finding(rule, on_engine, each, one, reading, scene, path, shown(remedy)), one, remedy


@cache
def _asked(engine: str, kind: str) -> tuple[tuple[Rule, OnEngine], ...]:
    return tuple((r, r.engines[engine]) for r in RULES if engine in r.engines and kind in _kinds(r, engine, kind))


def _kinds(rule: Rule, engine: str, every: str) -> tuple[str, ...]:
    looks_at = rule.engines[engine].looks_at or rule.looks_at
    return tuple(c.__name__ for c in looks_at) or (every,)


def _finding(
    rule: Rule, on_engine: OnEngine, hit: Hit, action: Action, reading: Reading, scene: Scene, path: str, fix: str
) -> Finding:
    line, column = _place(reading, action.offset)
    effect = on_engine.effect
    return Finding(
        rule.id, hit.category or rule.category, hit.severity or on_engine.severity or rule.severity,
        _told(hit, action), reading.text, Location(path, reading.line) if path else None, fix,
        scene.engine, reading.line, column, effect.lock.value, "rewrites" if effect.rewrites else
        "scans" if effect.scans else "", on_engine.instead or rule.instead, "", line, hit.table,
    )  # fmt: skip


def _told(hit: Hit, action: Action) -> str:
    return f"{hit.message} (inside {action.inside})" if action.inside else hit.message


def _place(reading: Reading, offset: int) -> tuple[int, int]:
    before = reading.text[:offset]
    column = offset - (before.rfind("\n") + 1) + 1
    return reading.line + before.count("\n"), column


def _without_twins(found: Sequence[Finding]) -> list[Finding]:
    """The findings of one statement, each rule's category and words once."""
    return list({(f.rule, f.category, f.message): f for f in found}.values())
