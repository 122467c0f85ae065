"""The journal: a chain in which an edited, lost or moved row is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.calls import Calls, two_tables
from neoron.engines.roles import Row
from neoron.stages.journal import Journal, broken_at, chain

MakeCalls = Callable[..., Calls]
COLUMNS = 10


def _rows(count: int) -> list[Row]:
    journal = Journal("run-1", by="ada", host="here")
    for number in range(count):
        journal.note("step", version="1", step=f"1/up/{number}", outcome="done", detail="é\n'\"")
    return journal.take()


def test_rows_are_numbered_and_chained() -> None:
    """Every row holds the hash of the one before it; the first begins the chain."""
    rows = _rows(4)
    assert [row[0] for row in rows] == [1, 2, 3, 4]
    assert rows[0][-1] == chain("", rows[0][:-1])
    assert all(after[-1] == chain(str(before[-1]), after[:-1]) for before, after in pairwise(rows))
    assert broken_at(rows) is None


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 7), st.integers(0, COLUMNS))
def test_an_edit_anywhere_is_found(place: int, column: int) -> None:
    """A changed value in any column of any later row breaks the chain there or at the next row."""
    rows = _rows(8)
    value = rows[place][column]
    edited = (*rows[place][:column], value + 1 if isinstance(value, int) else f"{value}x", *rows[place][column + 1 :])
    found = broken_at([*rows[:place], edited, *rows[place + 1 :]])
    assert found is not None


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.sampled_from(["lost", "twice", "swapped"]))
def test_a_lost_doubled_or_moved_row_is_found(place: int, change: str) -> None:
    """A row that is gone, there twice or in another place breaks the chain."""
    rows = _rows(8)
    changed = {
        "lost": [*rows[:place], *rows[place + 1 :]], "twice": [*rows[:place], rows[place], *rows[place:]],
        "swapped": [*rows[:place], rows[place + 1], rows[place], *rows[place + 2 :]],
    }[change]  # fmt: skip
    assert broken_at(changed) is not None


def test_events_of_a_rolled_back_transaction_are_forgotten() -> None:
    """What waits stays until its transaction committed; what was rolled back never enters the chain."""
    journal = Journal("run-1")
    journal.note("step", step="kept")
    kept = journal.waiting
    journal.note("step", step="rolled back")
    journal.drop_waiting(kept)
    rows = journal.take()
    assert [row[5] for row in rows] == ["kept"]
    assert journal.take() == rows
    journal.stored(rows)
    journal.note("step", step="next")
    assert broken_at([*rows, *journal.take()]) is None


def test_runs_continue_each_others_chain(calls: MakeCalls, target_url: str) -> None:
    """Runs, good and bad, up and down, leave one chain, with who, from where and how it ended."""
    shop = two_tables(calls(target_url))
    shop.ok("database", "update")
    shop.ok("rollback", "0", "--yes")
    shop.shop.sql("20260103000000", "wrong", "SELECT no_such_thing;", "SELECT 1;")
    assert shop.run("database", "update").exit_code == 21
    status = shop.json("database", "status")
    assert (status["exit_code"], status["result"]["journal_broken_at"]) == (0, 0)
    assert status["result"]["last_run_outcome"] == "failed_changed"
    assert "@" in status["result"]["last_run_by"]


@pytest.mark.parametrize("column", ["outcome", "detail", "by_user", "at", "hash"])
def test_an_edited_row_of_a_real_journal_is_named(
    calls: MakeCalls, sqlite_url: str, tmp_path: Path, column: str
) -> None:
    """`database status` exits 1 and names the first row that does not continue the chain."""
    shop = two_tables(calls(sqlite_url))
    shop.ok("database", "update")
    with sqlite3.connect(tmp_path / "target.db") as connection:
        connection.execute(f"UPDATE neoron_journal SET {column} = 'x' WHERE seq = 2")
    answer = shop.json("database", "status")
    assert answer["exit_code"] == 1
    assert answer["result"]["journal_broken_at"] == 2
