"""T-SQL scripts are cut where the batch parser of Microsoft's own client tools cuts them."""

from __future__ import annotations

import random

import pytest

from fix_tsql import TsqlCheck
from neoron.sql.lexer import Kind, tokens
from neoron.sql.split import SplitError, split

PIECES = (
    "GO", "go", "  GO  ", "\tGo", "GO 3", "GO 2 -- twice", "GO -- it's", "GOTO x", "-- GO", "SELECT 1",
    "go_on:", "SELECT 'GO'", "SELECT 'a", "GO", "b'", "SELECT N'it''s", "SELECT [a", "]]", "]", "SELECT \"a",
    "b\"", "''", "[GO]", "/* GO", "*/", "/*", "/* /* x */", "*/ SELECT 2", "--", "-- '", "-- /*",
    "SELECT 1 -- [", "SELECT 5--3 /* ' */", ";", "CREATE PROCEDURE p AS", "BEGIN", "END", "", " ", "\f",
    "SELECT 1 /* GO */ GO", "x GO", "PRINT 'a' GO", "@GO", "GO1", "SELECT 😀", "-- ä", "SELECT '\\'", "\\",
    "$", "#t", "SELECT 1;GO", "<GO>",
)  # fmt: skip


def _script(chance: random.Random) -> str:
    parts = []
    for _ in range(chance.randint(1, 9)):
        parts.append(chance.choice(PIECES))
        parts.append(chance.choice(("\n", "\n", "\n", "\r\n", " ")))
    return "".join(parts[: chance.choice((-1, len(parts)))])


def _ours(text: str) -> list[str] | None:
    try:
        return [_evened(statement.text) for statement in split(text, "mssql")]
    except SplitError:
        return None


def _theirs(tsql: TsqlCheck, text: str) -> list[str] | None:
    found = tsql.client_batches(text)
    if found is None:
        return None
    return [_evened(batch) for batch, times in found if _has_code(batch) for _ in range(times)]


def _evened(batch: str) -> str:
    return batch.strip(" \t\r\n\f\v")


def _has_code(batch: str) -> bool:
    return any(token.kind is not Kind.COMMENT and token.text != ";" for token in tokens(batch, "mssql"))


def _compare(tsql: TsqlCheck, seed: int, count: int) -> int:
    """How many of the scripts both accept; a difference fails."""
    chance = random.Random(seed)
    compared = 0
    for _ in range(count):
        text = _script(chance)
        theirs = _theirs(tsql, text)
        if theirs is None:
            continue
        compared += 1
        assert _ours(text) == theirs, repr(text)
    return compared


def test_scripts_are_cut_as_the_client_does(tsql: TsqlCheck) -> None:
    """500 random scripts of strings, comments, names and lines GO give the batches of Microsoft's parser."""
    assert _compare(tsql, 1, 500) > 200


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 6))
def test_twenty_thousand_scripts_are_cut_as_the_client_does(seed: int, tsql: TsqlCheck) -> None:
    """The same for 5,000 scripts each."""
    assert _compare(tsql, seed, 5000) > 2000


def test_the_comparison_can_fail(tsql: TsqlCheck) -> None:
    """A line GO inside a string is no cut to either, and one outside is to both."""
    assert _theirs(tsql, "SELECT 1\nGO\nSELECT 2") == ["SELECT 1", "SELECT 2"]
    assert _theirs(tsql, "SELECT '\nGO\n'") == ["SELECT '\nGO\n'"]
    assert _theirs(tsql, "SELECT 1\nGO 2") == ["SELECT 1", "SELECT 1"]
    assert _theirs(tsql, "SELECT 'open") is None
