"""`kill -9` before and after every statement, then the same command again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence

import fault_projects
import pytest
from fault_checks import difference, facts, query
from fault_runs import Driver, Forked
from fault_targets import Targets, path_of

from fix_project import ProjectFolder

IS_NIGHTLY = bool(os.environ.get("NEORON_NIGHTLY"))
UPDATE = ("database", "update")
ROLLBACK = ("rollback", "0", "--yes")
LASTING = ("commit", "transact", "try_acquire", "release", "execute VACUUM", "execute CREATE INDEX CONC",
           "execute DROP INDEX CONC", "execute CREATE UNIQUE INDEX CONC", "execute PRAGMA")  # fmt: skip
SCENARIOS = ["update", "resumed update", "rollback", "resumed rollback"]
WHOLE = pytest.mark.parametrize("points", ["update", "rollback"], indirect=True)
MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]


class KillPoints:
    """One command on copies of one target, killed at each of its calls in turn."""

    def __init__(
        self, driver: Driver, targets: Targets, folder: ProjectFolder, start: str, words: Sequence[str]
    ) -> None:
        self.driver, self.targets, self.folder, self.start, self.words = driver, targets, folder, start, words
        undisturbed = self.copy()
        done = self.run(undisturbed, counts=True)
        assert done.exit_code == 0, done.output
        self.calls = done.calls
        self.wanted = facts(undisturbed)
        assert self.wanted.faults == ()
        targets.drop(undisturbed)

    def copy(self) -> str:
        """A target in the state that the command starts from."""
        return self.targets.copy(self.start) if self.start else self.targets.empty()

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
    def lasting(self) -> list[int]:
        """The calls after which the target, or its lock, is another than before, whoever dies."""
        return [at for at in self.everywhere if self.calls[at - 1].startswith(LASTING)]

    def failure(self, at: int, when: str) -> str:
        """Kill at one call and run again; what is wrong afterwards, empty when nothing is."""
        url = self.copy()
        killed = self.run(url, at=at, when=when)
        if killed.exit_code != -signal.SIGKILL:
            return f"was not killed: {killed.exit_code} {killed.output}"
        again = self.run(url)
        wrong = f"exit {again.exit_code}: {again.output}" if again.exit_code else difference(facts(url), self.wanted)
        self.targets.drop(url)
        return wrong


def state_after(driver: Driver, targets: Targets, folder: ProjectFolder, *words: str) -> str:
    """A target on which a command has been run to its end."""
    url = targets.empty()
    done = driver.run(folder, "--url", url, *words)
    assert done.exit_code == 0, done.output
    return url


def state_killed(
    driver: Driver, targets: Targets, folder: ProjectFolder, start: str, words: Sequence[str], call: str
) -> str:
    """A target on which a command was killed just before the first call that begins so."""
    counted = targets.copy(start) if start else targets.empty()
    calls = driver.run(folder, "--url", counted, *words, counts=True).calls
    url = targets.copy(start) if start else targets.empty()
    at = next(number for number, text in enumerate(calls, 1) if text.startswith(call))
    assert driver.run(folder, "--url", url, *words, at=at).exit_code == -signal.SIGKILL
    return url


SECOND = {
    "sqlite": "execute CREATE UNIQUE INDEX parents_size",
    "postgresql": "execute CREATE UNIQUE INDEX CONCURRENTLY",
}
BACK = {"sqlite": "execute VACUUM", "postgresql": "execute DROP INDEX CONCURRENTLY children_parent"}


def prepared(scenario: str, driver: Driver, targets: Targets, folder: ProjectFolder) -> KillPoints:
    """The four commands that are killed everywhere: up, down, and both from half-way."""
    if scenario == "update":
        return KillPoints(driver, targets, folder, "", UPDATE)
    if scenario == "resumed update":
        half = state_killed(driver, targets, folder, "", UPDATE, SECOND[targets.engine])
        return KillPoints(driver, targets, folder, half, UPDATE)
    whole = state_after(driver, targets, folder, *UPDATE)
    if scenario == "rollback":
        return KillPoints(driver, targets, folder, whole, ROLLBACK)
    half = state_killed(driver, targets, folder, whole, ROLLBACK, BACK[targets.engine])
    return KillPoints(driver, targets, folder, half, ROLLBACK)


@pytest.fixture(params=SCENARIOS)
def points(
    request: pytest.FixtureRequest, driver: Driver, targets: Targets, project: MakeProject
) -> KillPoints:
    """One of the commands, ready to be killed anywhere."""
    folder = project(targets.empty())
    versions = fault_projects.write(folder, targets.engine)
    made = prepared(request.param, driver, targets, folder)
    is_up = request.param.endswith("update")
    assert made.wanted.history == (tuple((version, "applied") for version in versions) if is_up else ())
    return made


def check(points: KillPoints, when: str, places: Sequence[int], record: Record) -> None:
    """Kill at these places, and keep the figure."""
    began = time.monotonic()
    failures = points.failures(when, places)
    name = f"{points.targets.engine}, {' '.join(points.words)}, {len(points.calls)} calls"
    converged = f"killed {when} {len(places)} of them: {len(places) - len(failures)} converged"
    record("figure", f"{name}: {converged} ({time.monotonic() - began:.1f} s)")
    assert failures == []


@WHOLE
def test_a_run_killed_before_any_statement_is_finished_by_the_same_command(
    points: KillPoints, record_property: Record
) -> None:
    """Whatever statement a run dies before, the same command again brings the undisturbed result, each effect once."""
    # The stash makes a way back of hundreds of calls: the quick run dies at about sixty spread over a long command.
    stride = 1 if IS_NIGHTLY else max(1, len(points.calls) // 60)
    check(points, "before", points.everywhere[::stride], record_property)


def test_a_run_killed_after_a_commit_is_finished_by_the_same_command(
    points: KillPoints, record_property: Record
) -> None:
    """A run that dies before it hears of its own commit neither repeats nor forgets it."""
    check(points, "after", points.lasting, record_property)


@pytest.mark.parametrize("at", [12, 40, 70])
def test_a_new_file_whose_first_run_was_killed_keeps_its_usual_journal(
    at: int, driver: Driver, project: MakeProject, sqlite_url: str
) -> None:
    """The quicker journal of a first run does not outlive it, whoever brings the run to its end."""
    folder = project(sqlite_url)
    fault_projects.write(folder, "sqlite")
    assert driver.run(folder, *UPDATE, at=at).exit_code == -signal.SIGKILL
    assert driver.run(folder, *UPDATE).exit_code == 0
    assert query(sqlite_url, "PRAGMA journal_mode") == [("delete",)]
    assert [path.name for path in path_of(sqlite_url).parent.glob("target.db*")] == ["target.db"]


@pytest.mark.nightly
@pytest.mark.parametrize("points", ["resumed update", "resumed rollback"], indirect=True)
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
