"""`kill -9` before and after every statement, then the same command again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence

import pytest

from conformance.all_engines import ask
from conformance.engine_sqlite import Sqlite, path_of
from conformance.engine_under_test import EngineUnderTest
from conformance.facts import difference, facts
from conformance.forked_runs import Driver, Forked
from fix_project import ProjectFolder

IS_NIGHTLY = bool(os.environ.get("NEORON_NIGHTLY"))
UPDATE = ("database", "update")
SCENARIOS = ["update", "resumed update", "rollback", "resumed rollback"]
WHOLE = pytest.mark.parametrize("points", ["update", "rollback"], indirect=True)
RESUMED = pytest.mark.parametrize("points", ["resumed update", "resumed rollback"], indirect=True)
MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]
Words = tuple[str, ...]
Past = tuple[tuple[Words, str], ...]
"""Commands that were run before, and a part of the call that each was killed at; empty for one that ended."""


class KillPoints:
    """One command on targets of one past, killed at each of its calls in turn."""

    def __init__(
        self, driver: Driver, engine: EngineUnderTest, folder: ProjectFolder, past: Past, words: Words
    ) -> None:
        self.driver, self.engine, self.folder, self.past, self.words = driver, engine, folder, past, words
        self._places: dict[str, int] = {}
        self._made = ""
        undisturbed = self.begin()
        done = self.run(undisturbed, counts=True)
        assert done.is_done, done.output
        self.calls = done.calls
        self.wanted = facts(undisturbed)
        assert self.wanted.faults == ()
        engine.drop(undisturbed)

    def begin(self) -> str:
        """A target in the state that the command starts from: a copy, or one on which its past is lived again."""
        if "copy" not in self.engine.traits.can or not self.past:
            return self._lived(self.past)
        self._made = self._made or self._lived(self.past)
        return self.engine.copy(self._made)

    def _lived(self, past: Past) -> str:
        url = self.engine.empty()
        for number, (words, call) in enumerate(past):
            at = self._place(past[:number], words, call) if call else 0
            ran = self.driver.run(self.folder, "--url", url, *words, at=at)
            assert ran.exit_code == -signal.SIGKILL if call else ran.is_done, ran.output
        return url

    def _place(self, past: Past, words: Words, call: str) -> int:
        """The number of the first call of a command that has this in it."""
        if call not in self._places:
            counted = self._lived(past)
            calls = self.driver.run(self.folder, "--url", counted, *words, counts=True).calls
            self._places[call] = next(number for number, text in enumerate(calls, 1) if call in text)
            self.engine.drop(counted)
        return self._places[call]

    def run(self, url: str, **options: object) -> Forked:
        """The command on one target."""
        return self.driver.run(self.folder, "--url", url, *self.words, **options)  # type: ignore[arg-type]

    def failures(self, when: str, places: Sequence[int]) -> list[str]:
        """Kill at these calls; what did not come right, in words."""
        found = ((at, self.failure(at, when)) for at in places)
        return [f"{when} call {at} ({self.calls[at - 1]}): {words}" for at, words in found if words]

    @property
    def everywhere(self) -> range:
        """Every call."""
        return range(1, len(self.calls) + 1)

    @property
    def spread(self) -> range:
        """As many of them as the quick run has time for; every one in the nightly run."""
        stride = 1 if IS_NIGHTLY else max(1, len(self.calls) // self.engine.traits.places)
        return self.everywhere[::stride]

    @property
    def lasting(self) -> Sequence[int]:
        """The calls after which the target, or its lock, is another than before, whoever dies."""
        lasting = self.engine.traits.lasting
        return [at for at in self.everywhere if self.calls[at - 1].startswith(lasting)] if lasting else self.spread

    def failure(self, at: int, when: str) -> str:
        """Kill at one call and run again; what is wrong afterwards, empty when nothing is."""
        url = self.begin()
        killed = self.run(url, at=at, when=when)
        if killed.exit_code != -signal.SIGKILL:
            return f"was not killed: {killed.exit_code} {killed.output}"
        again = self.run(url)
        found = difference(facts(url), self.wanted)
        wrong = found if again.is_done else f"exit {again.exit_code}: {again.output} {found}"
        self.engine.drop(url)
        return wrong


@pytest.fixture(params=SCENARIOS)
def points(
    request: pytest.FixtureRequest, driver: Driver, engine: EngineUnderTest, project: MakeProject
) -> KillPoints:
    """One of the commands, ready to be killed anywhere: up, down, and both from half-way."""
    folder, traits = project(engine.empty()), engine.traits
    versions, rollback = engine.write(folder), ("rollback", traits.back_to, "--yes")
    up, down = traits.half_way
    ways: dict[str, tuple[Past, Words]] = {
        "update": ((), UPDATE),
        "resumed update": (((UPDATE, up),), UPDATE),
        "rollback": (((UPDATE, ""),), rollback),
        "resumed rollback": (((UPDATE, ""), (rollback, down)), rollback),
    }
    made = KillPoints(driver, engine, folder, *ways[request.param])
    left = versions if request.param.endswith("update") else versions[: versions.index(traits.back_to) + 1] if (
        traits.back_to in versions) else ()  # fmt: skip
    assert made.wanted.history == tuple((version, "applied") for version in left)
    return made


def check(points: KillPoints, when: str, places: Sequence[int], record: Record) -> None:
    """Kill at these places, and keep the figure."""
    began = time.monotonic()
    failures = points.failures(when, places)
    name = f"{points.engine.id}, {' '.join(points.words)}, {len(points.calls)} calls"
    converged = f"killed {when} {len(places)} of them: {len(places) - len(failures)} converged"
    record("figure", f"{name}: {converged} ({time.monotonic() - began:.1f} s)")
    assert failures == []
    assert places


@WHOLE
def test_a_run_killed_before_any_statement_is_finished_by_the_same_command(
    points: KillPoints, record_property: Record
) -> None:
    """Whatever statement a run dies before, the same command again brings the undisturbed result, each effect once."""
    check(points, "before", points.spread, record_property)


@WHOLE
def test_a_run_killed_after_a_commit_is_finished_by_the_same_command(
    points: KillPoints, record_property: Record
) -> None:
    """A run that dies before it hears of its own commit neither repeats nor forgets it."""
    check(points, "after", points.lasting, record_property)


@RESUMED
def test_a_resumed_run_killed_after_a_commit_is_finished_by_the_same_command(
    points: KillPoints, record_property: Record
) -> None:
    """The same holds for a run that goes on where another one died."""
    check(points, "after", points.lasting, record_property)


@pytest.mark.parametrize("at", [12, 40, 70])
def test_a_new_file_whose_first_run_was_killed_keeps_its_usual_journal(
    at: int, driver: Driver, project: MakeProject, sqlite_url: str
) -> None:
    """The quicker journal of a first run does not outlive it, whoever brings the run to its end."""
    folder = project(sqlite_url)
    Sqlite.write(folder)
    assert driver.run(folder, *UPDATE, at=at).exit_code == -signal.SIGKILL
    assert driver.run(folder, *UPDATE).exit_code == 0
    assert ask(sqlite_url, "PRAGMA journal_mode") == [("delete",)]
    assert [path.name for path in path_of(sqlite_url).parent.glob("target.db*")] == ["target.db"]


@pytest.mark.nightly
@RESUMED
def test_a_resumed_run_killed_before_any_statement_is_finished_by_the_same_command(
    points: KillPoints, record_property: Record
) -> None:
    """The same holds for a run that goes on where another one died, and for its way back."""
    check(points, "before", points.everywhere, record_property)


@pytest.mark.nightly
def test_a_run_killed_after_any_statement_is_finished_by_the_same_command(
    points: KillPoints, record_property: Record
) -> None:
    """Whatever statement a run dies after, the same command again brings the undisturbed result, each effect once."""
    check(points, "after", points.everywhere, record_property)
