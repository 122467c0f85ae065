"""A T-SQL script is cut into the batches that sqlcmd and Management Studio would send."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neoron.sql.split import SplitError, split
from neoron.sql.split_batches import batches

CASES = [
    ("", []),
    ("-- nothing\n/* GO */\nGO\n;\nGO\n", []),
    ("SELECT 1", [("SELECT 1", 1)]),
    ("SELECT 1; SELECT 2\nGO\nSELECT 3", [("SELECT 1; SELECT 2", 1), ("SELECT 3", 3)]),
    ("\ufeffGO\r\nSELECT 1\r\nGO\r\n\r\nSELECT 2\r\ngo\r\n", [("SELECT 1", 2), ("SELECT 2", 5)]),
    ("SELECT 1\n  Go  \t\nSELECT 2\nGO -- done\nSELECT 3\nGO;\nSELECT 4",
     [("SELECT 1", 1), ("SELECT 2", 3), ("SELECT 3", 5), ("SELECT 4", 7)]),
    ("SELECT '\nGO\n' AS x\nGO\nSELECT 2", [("SELECT '\nGO\n' AS x", 1), ("SELECT 2", 5)]),
    ("SELECT N'it''s\nGO\n'", [("SELECT N'it''s\nGO\n'", 1)]),
    ("/* a\nGO\n/* b */\nGO\n*/ SELECT 1", [("/* a\nGO\n/* b */\nGO\n*/ SELECT 1", 1)]),
    ("SELECT [a]]\nGO\n] FROM \"b\nGO\n\"", [("SELECT [a]]\nGO\n] FROM \"b\nGO\n\"", 1)]),
    ("-- it's\nSELECT 1\nGO\n-- [x\nSELECT 2", [("-- it's\nSELECT 1", 1), ("-- [x\nSELECT 2", 4)]),
    ("SELECT 1 GO\nSELECT go\nFROM GO.t\nGOTO x", [("SELECT 1 GO\nSELECT go\nFROM GO.t\nGOTO x", 1)]),
    ("INSERT t DEFAULT VALUES\nGO 3\nSELECT 1", [*[("INSERT t DEFAULT VALUES", 1)] * 3, ("SELECT 1", 3)]),
    ("SELECT 1\nGO 0\nSELECT 2", [("SELECT 2", 3)]),
    (":setvar Db \"x\"\nUSE [$(Db)]\nGO\n:on error exit\nGO\nSELECT geography\n::Parse('x')",
     [(":setvar Db \"x\"", 1), ("USE [$(Db)]", 2), (":on error exit", 4), ("SELECT geography\n::Parse('x')", 6)]),
    ("-- says what it is for\nCREATE PROCEDURE p AS SELECT 1\nGO",
     [("-- says what it is for\nCREATE PROCEDURE p AS SELECT 1", 1)]),
]  # fmt: skip
UNFINISHED = [
    ("SELECT 1\nGO\nSELECT 'a\nGO", "string", 3),
    ("SELECT [a\nGO", "quoted identifier [", 1),
    ("SELECT [a]]\nGO", "quoted identifier [", 1),
    ("\nSELECT \"a\nGO", 'quoted identifier "', 2),
    ("/* a /* b */\nGO\nSELECT 1", "comment /*", 1),
]
PIECES = ["SELECT 1", "PRINT 'GO'", "SELECT [GO]\n, '\nGO\n'", "EXEC('x') -- y'", "/*/*\nGO\n*/*/ SELECT 2", "GOTO a"]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_scripts_are_cut_at_lines_with_go(text: str, expected: list[tuple[str, int]]) -> None:
    """Each batch comes out as it was written, with the line it starts on, as often as its GO says."""
    assert [(s.text, s.line) for s in split(text, "mssql")] == expected


@pytest.mark.parametrize(("text", "what", "line"), UNFINISHED)
def test_a_batch_that_never_ends_is_named(text: str, what: str, line: int) -> None:
    """A script that ends inside a quote or comment is refused with the line where that was opened."""
    with pytest.raises(SplitError) as refused:
        split(text, "mssql")
    assert (refused.value.message, refused.value.line) == (f"unterminated {what} opened here", line)


def test_a_slip_of_the_pen_is_not_sent_a_billion_times() -> None:
    """GO with a number beyond what anybody means is refused."""
    with pytest.raises(SplitError, match="repeats the batch more than"):
        split("SELECT 1\nGO 999999999", "mssql")


def test_lines_of_batches_are_counted_from_where_the_text_starts() -> None:
    """A section's batches carry the lines of the whole file."""
    assert [s.line for s in split("\nSELECT 1\nGO\nSELECT 2", "mssql", first_line=10)] == [11, 13]


@given(data=st.data())
def test_joined_batches_come_apart_again(data: st.DataObject) -> None:
    """However batches are put together, the same batches come out, each at its place."""
    chosen = data.draw(st.lists(st.sampled_from(PIECES), max_size=8))
    script = ""
    for piece in chosen:
        script += data.draw(st.sampled_from(["", "\n", "GO\n", "\r\n\r\n"])) + piece
        script += data.draw(st.sampled_from(["\nGO\n", "\r\nGO\r\n", "\n go 1 -- x\n"]))
    assert [batch.text for batch in batches(script, "mssql")] == chosen
    assert all(script.startswith(batch.text, batch.start) for batch in batches(script, "mssql"))


@pytest.mark.parametrize("unit", ["INSERT t VALUES (1, 'x; [ -- ''y''');\nGO\n", "/*x*/ ", "[a]", "go 1", "N''"])
def test_time_of_cutting_batches_grows_with_the_text(unit: str) -> None:
    """A text that is eight times as long takes about eight times as long, whatever it repeats."""
    short, long = (min(_seconds(unit * (size // len(unit))) for _ in range(3)) for size in (50_000, 400_000))
    assert long < 40 * max(short, 0.001)


def _seconds(text: str) -> float:
    start = time.perf_counter()
    split(text, "mssql")
    return time.perf_counter() - start
