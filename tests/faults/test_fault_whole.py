"""Migrations of one statement go to PostgreSQL as one message: nothing of one is there, or all of it, and once."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from conformance.all_engines import ask
from conformance.engine_postgresql import Postgresql
from conformance.facts import Facts, difference, facts
from conformance.forked_runs import Driver
from conformance.trip_wire import TripWire
from fix_postgres_server import PostgresServer
from fix_project import ProjectFolder

UPDATE = ("database", "update")
ROLLBACK = ("rollback", "0", "--yes")
MESSAGE = r"BEGIN ;.*COMMIT$"
# Running any of them twice shows: as an error, or as a row too many.
STATEMENTS = (
    ("CREATE TABLE notes (note text)", "DROP TABLE notes"),
    ("INSERT INTO notes (note) VALUES ('it''s; -- one \\ % %s $$')", "INSERT INTO notes (note) VALUES ('back 2')"),
    ("CREATE INDEX notes_note ON notes (note)", "DROP INDEX notes_note"),
    ("INSERT INTO notes (note) SELECT note FROM notes", "INSERT INTO notes (note) VALUES ('back 4')"),
)
MakeProject = Callable[..., ProjectFolder]


@pytest.fixture
def folder(project: MakeProject, postgres_server: PostgresServer) -> ProjectFolder:
    """Four migrations of one statement each."""
    folder = project(postgres_server.url("unused"))
    for number, (up, down) in enumerate(STATEMENTS, 1):
        folder.sql(str(number), f"m{number}", f"{up};", f"{down};")
    return folder


@pytest.fixture
def wanted(driver: Driver, folder: ProjectFolder, made: Postgresql, wire: TripWire) -> Facts:
    """What an undisturbed run leaves; each migration was one message."""
    url = made.empty()
    ran = driver.run(folder, "--url", wire.url(url), *UPDATE)
    assert ran.exit_code == 0, ran.output
    messages = [text for text in wire.seen if text.startswith("BEGIN ;") and text.endswith("COMMIT")]
    assert len(messages) == len(STATEMENTS)
    # All but the last may leave their flush to the one that follows.
    assert ["synchronous_commit" in text for text in messages] == [True, True, True, False]
    found = facts(url)
    assert found.faults == ()
    assert len(found.history) == len(STATEMENTS)
    assert ask(url, "SELECT count(*), count(DISTINCT note) FROM notes") == [(2, 1)]
    assert ask(url, "SELECT min(elapsed_ms) >= 0, max(elapsed_ms) < 60000 FROM neoron_history") == [(True, True)]
    return found


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_message_is_resolved_within_the_run(
    when: str, driver: Driver, folder: ProjectFolder, made: Postgresql, wire: TripWire, wanted: Facts
) -> None:
    """A message that never left is sent again, one whose answer was lost is asked for: exit 0, each effect once."""
    wrong = []
    for nth in range(1, len(STATEMENTS) + 1):
        url = made.empty()
        wire.arm(MESSAGE, nth, when=when)
        ran = driver.run(folder, "--url", wire.url(url), *UPDATE)
        assert wire.has_cut
        wire.disarm()
        found = difference(facts(url), wanted)
        wrong += [f"message {nth}: exit {ran.exit_code} {found} {ran.output}"] if ran.exit_code or found else []
        made.drop(url)
    assert wrong == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_message_that_nobody_can_ask_about_ends_as_unknown(
    when: str, driver: Driver, folder: ProjectFolder, made: Postgresql, wire: TripWire, wanted: Facts
) -> None:
    """With the server out of reach the run ends with exit 22; the same command then finishes, each effect once."""
    wrong = []
    for nth in range(1, len(STATEMENTS) + 1):
        url = made.empty()
        wire.arm(MESSAGE, nth, when=when, refuses=True)
        ran = driver.run(folder, "--url", wire.url(url), *UPDATE)
        if ran.exit_code != 22 or "unknown whether the last transactions were committed" not in ran.output:
            wrong.append(f"message {nth}: exit {ran.exit_code} {ran.output}")
        wire.disarm()
        again = driver.run(folder, "--url", wire.url(url), *UPDATE)
        found = difference(facts(url), wanted)
        wrong += [f"rerun {nth}: exit {again.exit_code} {found} {again.output}"] if again.exit_code or found else []
        made.drop(url)
    assert wrong == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_journal_that_moved_on_meanwhile_leaves_the_outcome_unknown(
    when: str, driver: Driver, folder: ProjectFolder, made: Postgresql, wire: TripWire, wanted: Facts
) -> None:
    """When the journal ends in neither row that it may end in, the run does not claim to know: exit 22."""
    url = made.empty()

    def move_on() -> None:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "INSERT INTO neoron_journal SELECT seq + 100, at, 'another', event, version, step, outcome, detail,"
                " by_user, host, 'another' FROM neoron_journal ORDER BY seq DESC LIMIT 1"
            )

    wire.arm(MESSAGE, 2, when=when, strike=move_on)
    ran = driver.run(folder, "--url", wire.url(url), *UPDATE)
    assert (ran.exit_code, wire.has_cut) == (22, True), ran.output
    assert "unknown whether the last transactions were committed" in ran.output


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("words", [UPDATE, ROLLBACK], ids=["update", "rollback"])
def test_a_run_killed_around_a_message_is_finished_by_the_same_command(
    words: tuple[str, ...], when: str, driver: Driver, folder: ProjectFolder, made: Postgresql
) -> None:
    """Whatever call a run dies before or after, the same command again brings the undisturbed result."""
    start = made.empty()
    if words is ROLLBACK:
        assert driver.run(folder, "--url", start, *UPDATE).exit_code == 0
    counted = made.copy(start)
    done = driver.run(folder, "--url", counted, *words, counts=True)
    assert done.exit_code == 0, done.output
    undisturbed = facts(counted)
    places = [at for at, call in enumerate(done.calls, 1) if call.startswith("transact")]
    assert places
    wrong = []
    for at in places:
        url = made.copy(start)
        assert driver.run(folder, "--url", url, *words, at=at, when=when).exit_code < 0
        again = driver.run(folder, "--url", url, *words)
        found = difference(facts(url), undisturbed)
        wrong += [f"call {at}: exit {again.exit_code} {found} {again.output}"] if again.exit_code or found else []
        made.drop(url)
    assert wrong == []


def test_a_constraint_that_only_the_commit_checks_takes_back_the_message(
    driver: Driver, project: MakeProject, made: Postgresql
) -> None:
    """A deferred constraint fails at COMMIT: exit 20, nothing of the migration is there, its version is named."""
    url = made.empty()
    folder = project(url)
    folder.sql("1", "tables", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int REFERENCES p "
                              "DEFERRABLE INITIALLY DEFERRED);")  # fmt: skip
    folder.sql("2", "orphan", "INSERT INTO c VALUES (7);")
    ran = driver.run(folder, *UPDATE)
    assert (ran.exit_code, "violates foreign key constraint" in ran.output) == (21, True), ran.output
    assert "2/up" in ran.output
    assert ask(url, "SELECT count(*) FROM c") == [(0,)]
    assert ask(url, "SELECT version FROM neoron_history") == [("1",)]
