"""After against before: what changed by whose hand, and what nobody meant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from cli.calls import Calls, two_tables
from neoron.api import Project
from neoron.engines.lookup import open_url
from neoron.engines.roles import Engine, Session
from neoron.model.check import Status
from neoron.model.migration import Direction
from neoron.model.plan import Plan, Step, StepKind
from neoron.stages.verify import compare, integrity, snapshot

MakeCalls = Callable[..., Calls]
Target = tuple[Engine, Session]


@pytest.fixture
def target(target_url: str) -> Iterator[Target]:
    """A session on a target with items (3 rows) that parts refer to."""
    engine, url = open_url(target_url, Path("/"))
    session = engine.session.connect(url, create=True)
    for statement in (
        "CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(50), price INT)",
        "CREATE TABLE parts (id INT PRIMARY KEY, item INT REFERENCES items (id))",
        "INSERT INTO items VALUES (1, 'a', 10), (2, NULL, 20), (3, '', 30)", "INSERT INTO parts VALUES (1, 1), (2, 2)",
    ):  # fmt: skip
        session.execute(statement)
    yield engine, session
    session.close()


def _plan(*statements: str, kind: StepKind = StepKind.STATEMENT) -> Plan:
    steps = tuple(Step(f"1/up/{i}", "1", kind, sql, 1) for i, sql in enumerate(statements, 1))
    return Plan("x", "x", Direction.UP, "0", "1", steps)


def _verdicts(target: Target, plan: Plan, *done: str) -> dict[str, tuple[Status, str]]:
    """The checks after these statements ran in place of the plan's own."""
    engine, session = target
    before = snapshot(engine, session, plan)
    for statement in done:
        session.execute(statement)
    return {c.name: (c.status, c.detail) for c in compare(engine, session, before)}


ADD = "ALTER TABLE items ADD COLUMN note TEXT"


def test_an_untouched_table_is_equal(target: Target) -> None:
    """A new column changes no value of the old ones."""
    found = _verdicts(target, _plan(ADD), ADD)
    assert found["content items"] == (Status.OK, "equal over 3 columns")
    assert found["content parts"][0] is Status.OK


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE items SET price = 11 WHERE id = 1", "UPDATE items SET name = '' WHERE id = 2",
        "UPDATE items SET name = NULL WHERE id = 3", "UPDATE items SET name = 'a ' WHERE id = 1",
        "DELETE FROM items WHERE id = 3", "INSERT INTO items (id, name, price) VALUES (4, 'd', 4)",
        "UPDATE items SET price = CASE id WHEN 1 THEN 20 WHEN 2 THEN 10 ELSE price END",
    ],
)  # fmt: skip
def test_a_changed_value_or_a_lost_row_is_found(target_url: str, target: Target, damage: str) -> None:
    """One changed value, NULL against empty, a lost, new or exchanged row in a table nobody was to touch is found."""
    engine, session = target
    before = snapshot(engine, session, _plan(ADD))
    session.execute(ADD)
    session.execute(damage)
    found = {c.name: c for c in compare(engine, session, before)}
    check = found["content items"]
    if target_url.startswith("sqlite"):
        assert check.status is Status.FAIL, check
        assert "the values differ over 3 columns" in check.detail
    else:
        # The server counts who wrote only a little later, so that this may still be somebody else's write.
        assert check.status in (Status.FAIL, Status.WARN), check
    assert found["content parts"].status is Status.OK


def test_two_rows_that_exchange_a_value_have_another_checksum(target: Target) -> None:
    """The checksum of a table is one of its rows, not of its columns: no exchange of values leaves it as it was."""
    engine, session = target
    (items,) = [table for table in engine.catalog.schema(session).tables if table.name == "items"]
    names = [column.name for column in items.columns]
    seen = {engine.catalog.content(session, items, names).checksum}
    for shift in (1, 2):
        session.execute(f"UPDATE items SET price = 10 * ((id + {shift} - 1) % 3 + 1)")
        seen.add(engine.catalog.content(session, items, names).checksum)
    assert len(seen) == 3


def test_what_the_migration_writes_is_its_own_business(target: Target) -> None:
    """A table that a migration's statement updates may change; the others may not."""
    update = "UPDATE items SET price = price + 1"
    found = _verdicts(target, _plan(update), update)
    assert found["content items"][0] is Status.OK
    assert "changed by the migration's own statements" in found["content items"][1]
    assert found["content parts"] == (Status.OK, "equal over 2 columns")


def test_what_cannot_be_read_beforehand_is_a_warning(target: Target) -> None:
    """What a Python step changes is shown as a warning, not as damage."""
    found = _verdicts(target, _plan("def upgrade(): ...", kind=StepKind.PYTHON), "DELETE FROM parts")
    assert found["content parts"][0] is Status.WARN
    assert "2 before, 0 after" in found["content parts"][1]


def test_a_table_that_goes_away_unplanned_is_a_warning(target: Target) -> None:
    """A table that is gone and was not meant to go is named."""
    found = _verdicts(target, _plan(ADD), "DROP TABLE parts")
    assert found["content parts"] == (Status.WARN, "the table is gone")


def test_an_applications_write_is_not_called_damage(postgres_url: str, calls: MakeCalls) -> None:
    """Rows that the application writes during a deploy are told from damage by the server's own counters."""
    shop = two_tables(calls(postgres_url))
    shop.ok("database", "update")
    shop.shop.sql("20260103000000", "note", "ALTER TABLE items ADD COLUMN note TEXT;", "SELECT 1;")

    def write(*_: object) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("INSERT INTO items (id, name) SELECT max(id) + 1, 'by the application' FROM items")
        # The server passes its counters on when a session is idle for a moment, or ends.
        time.sleep(1.2)

    report = Project.open(shop.shop.path).deploy(takes_backup=False, on_step=write)
    (check,) = [c for c in report.checks if c.name == "content items"]
    assert check.status is Status.WARN, check
    assert "other sessions wrote meanwhile" in check.detail
    assert report.exit_code == 1


def test_broken_references_are_found(target: Target, target_url: str) -> None:
    """A row that refers to nothing is found by `integrity`, whatever let it in."""
    engine, session = target
    assert [c.status for c in integrity(engine, session)] == [Status.OK, Status.OK]
    if target_url.startswith("sqlite"):
        session.execute("PRAGMA foreign_keys = OFF")
        session.execute("DELETE FROM items WHERE id = 1")
    else:
        session.execute("ALTER TABLE parts DROP CONSTRAINT parts_item_fkey")
        session.execute("DELETE FROM items WHERE id = 1")
        session.execute("ALTER TABLE parts ADD FOREIGN KEY (item) REFERENCES items (id) NOT VALID")
    keys = integrity(engine, session)[0]
    assert (keys.status, keys.value) == (Status.FAIL, 1)
    assert "parts" in keys.detail


def test_an_invalid_index_is_found(postgres_url: str) -> None:
    """An index whose build failed is found by `integrity`."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS i FROM generate_series(1, 2)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY t_i ON t (i)")
    engine, url = open_url(postgres_url, Path("/"))
    session = engine.session.connect(url)
    indexes = integrity(engine, session)[1]
    session.close()
    assert (indexes.status, indexes.value) == (Status.FAIL, 1)
    assert "t_i" in indexes.detail
