"""`kill -9` while a rollback puts a stash back: the same command ends it, with every value back once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from conformance.all_engines import ask
from conformance.engine_under_test import EngineUnderTest
from conformance.facts import difference, facts
from conformance.forked_runs import Driver
from fix_project import ProjectFolder

POINTS = 20 if os.environ.get("NEORON_NIGHTLY") else 4
BACK = ("rollback", "1", "--yes")


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.nightly)])
def test_a_killed_rollback_puts_the_stash_back_once(
    when: str, driver: Driver, restorable: EngineUnderTest, project: Callable[..., ProjectFolder],
    record_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    """SIGKILL at spread points of a rollback that brings back a column, rows and values: again, and all are there."""
    folder = project(restorable.empty())
    folder.sql("1", "items", "CREATE TABLE items (id INT NOT NULL PRIMARY KEY, name VARCHAR(40), price INT);"
               "INSERT INTO items VALUES (1, 'a', 10), (2, 'b', 20), (3, 'c', 30), (4, 'd', NULL);"
               "CREATE TABLE other (id INT NOT NULL PRIMARY KEY, note VARCHAR(40));"
               "INSERT INTO other VALUES (1, 'x'), (2, 'y');", "DROP TABLE other; DROP TABLE items;")  # fmt: skip
    folder.sql("2", "less", "ALTER TABLE items DROP COLUMN price; DELETE FROM items WHERE id > 2;"
               "UPDATE items SET name = 'new' WHERE id = 1; DROP TABLE other;",
               "CREATE TABLE other (id INT NOT NULL PRIMARY KEY, note VARCHAR(40));"
               "ALTER TABLE items ADD COLUMN price INT;")  # fmt: skip

    def gone_on() -> str:
        url = restorable.empty()
        ran = driver.run(folder, "--url", url, "database", "update", "--yes")
        assert ran.is_done, ran.output
        ask(url, "INSERT INTO items VALUES (9, 'since')")
        return url

    url = gone_on()
    undisturbed = driver.run(folder, "--url", url, *BACK, counts=True)
    assert undisturbed.is_done, undisturbed.output
    rows = ask(url, "SELECT id, name, price FROM items ORDER BY id")
    assert list(rows) == [(1, "a", 10), (2, "b", 20), (3, "c", 30), (4, "d", None), (9, "since", None)]
    assert list(ask(url, "SELECT id, note FROM other ORDER BY id")) == [(1, "x"), (2, "y")]
    wanted, count, failures = facts(url), len(undisturbed.calls), []
    places = sorted({1 + round(i * (count - 1) / (POINTS - 1)) for i in range(POINTS)})
    for at in places:
        url = gone_on()
        killed = driver.run(folder, "--url", url, *BACK, at=at, when=when)
        again = driver.run(folder, "--url", url, *BACK)
        wrong = [
            "" if killed.exit_code == -signal.SIGKILL else f"exit {killed.exit_code}",
            "" if again.is_done else f"again {again.exit_code}: {again.output}", difference(facts(url), wanted),
        ]  # fmt: skip
        failures += [f"{when} call {at} of {count} ({undisturbed.calls[at - 1]}): {text}" for text in wrong if text]
        restorable.drop(url)
    record_property("figure", f"{restorable.id}: rollback with a stash killed {when} {len(places)} of {count} calls")
    assert failures == []
