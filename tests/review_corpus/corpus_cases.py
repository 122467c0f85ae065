"""The labelled corpus: many small cases per file, each with what a careful reader says about every statement.

    -- common schema                      what exists before every case of the file, up to the first case
    CREATE TABLE orders (id bigint PRIMARY KEY, note text);

    -- case: drop-table-quoted version=14 transaction=one edition=enterprise
    -- schema: CREATE TABLE more (id int);        more of it, for this case alone; repeatable
    -- expect: data-loss irreversible             about the statement that follows; `rule:ID` may be named too
    DROP TABLE "orders";

A statement without `expect` is safe, and a case without any is a safe case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neoron.model.finding import Category, Finding, Severity
from neoron.rules.reviewer import DIALECTS, review_readings
from neoron.sql.reading import readings
from neoron.stages.review_text import circumstances

FOLDER = Path(__file__).parent
_CASE = re.compile(r"^-- case: (?P<id>\S+)(?P<options>.*)$", re.MULTILINE)
_OPTION = re.compile(r"(\w+)=(\S+)")
_SCHEMA = re.compile(r"^-- schema: (.*)$", re.MULTILINE)
_EXPECT = re.compile(r"^-- expect: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One script with its labels: line of a statement -> the words behind `expect`."""

    id: str
    engine: str
    text: str
    schema: str
    options: dict[str, str]

    @property
    def is_safe(self) -> bool:
        """Whether nothing is expected."""
        return not _EXPECT.search(self.text)


@dataclass(frozen=True)
class Outcome:
    """What the review said about one statement, beside what is expected."""

    case: str
    statement: str
    expected: frozenset[str]
    found: tuple[Finding, ...]

    def missing(self) -> frozenset[str]:
        """Expected categories and rules that no error or warning has."""
        told = {f.category.value for f in self.found} | {f"rule:{f.rule}" for f in self.found}
        return self.expected - told


def cases(engine: str) -> Iterator[Case]:
    """Every case of an engine."""
    for file in sorted((FOLDER / engine).glob("*.sql")):
        text = file.read_text(encoding="utf-8")
        starts = [*_CASE.finditer(text)]
        common = text[: starts[0].start()] if starts else ""
        for here, after in zip(starts, [*starts[1:], None], strict=True):
            body = text[here.end() : after.start() if after else len(text)]
            schema = common + "".join(f"{line};\n" for line in _SCHEMA.findall(body))
            yield Case(here["id"], engine, _SCHEMA.sub("", body), schema, dict(_OPTION.findall(here["options"])))


def outcomes(case: Case) -> list[Outcome]:
    """The review of a case, statement by statement."""
    options = case.options
    given = circumstances(
        case.engine, options.get("version", ""), options.get("edition", ""), case.schema,
        transaction=options.get("transaction", ""),
    )  # fmt: skip
    read = readings(case.text, DIALECTS[case.engine])
    found = [f for f in review_readings(read, given) if not f.allowed and f.severity is not Severity.INFO]
    expected: dict[int, frozenset[str]] = {}
    for match in _EXPECT.finditer(case.text):
        line = case.text.count("\n", 0, match.start()) + 1
        owner = next(r.line for r in read if r.line > line)
        expected[owner] = expected.get(owner, frozenset()) | frozenset(match[1].split())
    return [
        Outcome(case.id, r.text, expected.get(r.line, frozenset()), tuple(f for f in found if f.line == r.line))
        for r in read
    ]


@dataclass
class Score:
    """True findings, missed ones and false alarms."""

    hits: int = 0
    misses: int = 0
    alarms: int = 0

    @property
    def recall(self) -> float:
        """The share of what is expected that was found."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 1.0

    @property
    def precision(self) -> float:
        """The share of what was found that is expected."""
        return self.hits / (self.hits + self.alarms) if self.hits + self.alarms else 1.0


def scores(all_outcomes: list[Outcome]) -> dict[str, Score]:
    """Category -> its score; a finding on a statement of which nothing is expected is a false alarm."""
    told = {category.value: Score() for category in Category}
    for outcome in all_outcomes:
        found = {f.category.value for f in outcome.found}
        for category, score in told.items():
            if category in outcome.expected:
                score.hits += category in found
                score.misses += category not in found
            elif not outcome.expected:
                score.alarms += category in found
    return told
