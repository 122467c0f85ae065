"""The connection to the server is lost, at a commit or elsewhere: what happened is asked, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from conformance.engine_under_test import EngineUnderTest
from conformance.facts import Facts, difference, facts
from conformance.forked_runs import Driver, Forked
from conformance.trip_wire import TripWire
from fix_project import ProjectFolder
from neoron.engines.lookup import open_url

UPDATE = ("database", "update")
NEEDS_WIRE = pytest.mark.needs("wire")
MakeProject = Callable[..., ProjectFolder]


@pytest.fixture
def folder(project: MakeProject, engine: EngineUnderTest) -> ProjectFolder:
    """Migrations that show when anything happens twice."""
    folder = project(engine.at("unused"))
    engine.write(folder)
    return folder


@pytest.fixture
def wanted(driver: Driver, folder: ProjectFolder, engine: EngineUnderTest, wire: TripWire) -> Facts:
    """What an undisturbed run leaves; the wire has then seen every statement of it."""
    url = engine.empty()
    assert driver.run(folder, "--url", wire.url(url), *UPDATE).exit_code == 0
    return facts(url)


def commits(engine: EngineUnderTest, wire: TripWire) -> int:
    """How many commits the wire has seen."""
    return sum(bool(re.match(engine.traits.commit, text)) for text in wire.seen)


@NEEDS_WIRE
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_lost_at_any_commit_is_resolved_within_the_run(
    when: str, driver: Driver, folder: ProjectFolder, engine: EngineUnderTest, wire: TripWire, wanted: Facts
) -> None:
    """A commit that never left is tried again, one whose answer was lost is asked for: exit 0, each effect once."""
    count = commits(engine, wire)
    assert count > len(wanted.history)
    wrong = []
    for nth in range(1, count + 1):
        url = engine.empty()
        wire.arm(engine.traits.commit, nth, when=when)
        ran = driver.run(folder, "--url", wire.url(url), *UPDATE)
        assert wire.has_cut
        found = difference(facts(url), wanted)
        wrong += [f"commit {nth}: exit {ran.exit_code} {found} {ran.output}"] if ran.exit_code or found else []
        engine.drop(url)
    assert wrong == []


@NEEDS_WIRE
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_that_nobody_can_ask_about_ends_as_unknown(
    when: str, driver: Driver, folder: ProjectFolder, engine: EngineUnderTest, wire: TripWire, wanted: Facts
) -> None:
    """With the server out of reach after the commit the run ends with exit 22 and says what to do; that then works."""
    wrong = []
    # The last commit only ends the journal: the migrations are known to be done by then.
    for nth in range(1, commits(engine, wire)):
        url = engine.empty()
        wire.arm(engine.traits.commit, nth, when=when, refuses=True)
        ran = driver.run(folder, "--url", wire.url(url), *UPDATE)
        said = ("unknown whether the last transactions were committed", "run the same command")
        if ran.exit_code != 22 or "Traceback" in ran.output or any(words not in ran.output for words in said):
            wrong.append(f"commit {nth}: exit {ran.exit_code} {ran.output}")
        wire.disarm()
        again = driver.run(folder, "--url", wire.url(url), *UPDATE)
        found = difference(facts(url), wanted)
        wrong += [f"rerun {nth}: exit {again.exit_code} {found} {again.output}"] if again.exit_code or found else []
        engine.drop(url)
    assert wrong == []


class Cuts:
    """One kind of cut, tried at many statements."""

    def __init__(
        self, driver: Driver, folder: ProjectFolder, engine: EngineUnderTest, wire: TripWire, wanted: Facts
    ) -> None:
        self.driver, self.folder, self.engine, self.wire, self.wanted = driver, folder, engine, wire, wanted
        self.count = len(wire.seen) - 8  # without what `facts` and the journal's last word ask

    def wrong(self, nth: int, when: str, *, refuses: bool) -> list[str]:
        """Cut at the nth statement, then run again on a whole connection; what is not as it should be."""
        url, found = self.engine.empty(), []
        self.wire.arm(".", nth, when=when, refuses=refuses)
        ran = self.run(url)
        self.wire.disarm()
        if ran.exit_code not in (0, 20, 21, 22, 69) or "Traceback" in ran.output or "of Neoron itself" in ran.output:
            found.append(f"exit {ran.exit_code} {ran.output}")
        if refuses and ran.exit_code == 0 and facts(url).history != self.wanted.history:
            found.append(f"exit 0 without a connection: {ran.output}")
        again = self.run(url)
        wrong = difference(facts(url), self.wanted)
        found += [f"rerun: exit {again.exit_code} {wrong} {again.output}"] if again.exit_code or wrong else []
        self.engine.drop(url)
        return [f"statement {nth}: {words}" for words in found]

    def run(self, url: str) -> Forked:
        """One update through the wire."""
        return self.driver.run(self.folder, "--url", self.wire.url(url), *UPDATE)


@pytest.fixture
def cuts(driver: Driver, folder: ProjectFolder, engine: EngineUnderTest, wire: TripWire, wanted: Facts) -> Cuts:
    """Ready to cut."""
    return Cuts(driver, folder, engine, wire, wanted)


KINDS = pytest.mark.parametrize(
    ("when", "refuses"), [("before", False), ("before", True), ("after", False), ("after", True)],
    ids=["before", "before, gone for good", "after", "after, gone for good"],
)  # fmt: skip


@NEEDS_WIRE
@KINDS
def test_a_connection_lost_at_other_statements_is_survived_or_reported(when: str, refuses: bool, cuts: Cuts) -> None:
    """A statement cut off goes on by itself or ends the run in one clear line; the same command then converges."""
    places = range(1 + 2 * refuses, cuts.count, 9)
    assert [text for nth in places for text in cuts.wrong(nth, when, refuses=refuses)] == []


@pytest.mark.nightly
@NEEDS_WIRE
@KINDS
def test_a_connection_lost_at_every_statement_is_survived_or_reported(when: str, refuses: bool, cuts: Cuts) -> None:
    """The same at every statement of the run."""
    assert [text for nth in range(1, cuts.count) for text in cuts.wrong(nth, when, refuses=refuses)] == []


@pytest.mark.needs("ask")
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_lost_transaction_is_known_by_its_token(is_stored: bool, engine: EngineUnderTest) -> None:
    """What a session noted of its transaction tells another one, after the first is gone, whether it committed."""
    found, url = open_url(engine.empty(), Path())
    with closing(found.session.connect(url)) as lost, closing(found.session.connect(url)) as asking:
        for statement in found.history.table_statements():
            lost.execute(statement)
        lost.begin()
        found.history.append_journal(lost, [(1, "now", "r", "step", "v", "s", "done", "", "me", "here", "f00d")])
        token = lost.commit_token()
        if is_stored:
            lost.commit()
        lost.close()
        assert asking.commit_outcome(token) is is_stored
