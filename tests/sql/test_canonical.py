"""A checksum is taken over what a statement says, not over how it is laid out."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nasty import BY_DIALECT

from neoron.sql.canonical import canonical
from neoron.sql.lexer import Kind, tokens

GAPS = {
    "sqlite": [" ", "\n", "\r\n", "\t\t", " -- a 'b;\n", "/* c \" */", " /* /* d */ "],
    "postgresql": [" ", "\n", "\r\n", "\t\t", " -- a 'b;\n", "-- e\r", "/* c $$ \" */", " /* d /* ' */ */ "],
}
OTHER_TOKENS = ["other", "'other'", '"other"', "42", "@"]

SAME = [
    ("sqlite", "SELECT a+1", "SELECT\n  a + 1 -- sum"),
    ("postgresql", "SELECT a=-1, f(b)", "SELECT a = - 1,f( b )"),
    ("postgresql", "\ufeffSELECT 1\r\n", "/* licence */ SELECT 1"),
    ("postgresql", "SELECT 'a\r\nb'", "SELECT 'a\nb'"),
    ("postgresql", "DO $$\r\nx $$", "DO /* a /* b */ */ $$\nx $$"),
]
DIFFERENT = [
    ("postgresql", "SELECT 'a b'", "SELECT 'a  b'"),
    ("postgresql", "DO $$ a $$", "DO $$ a  $$"),
    ("postgresql", "DO $$ a -- b\n$$", "DO $$ a $$"),
    ("sqlite", 'SELECT "a b"', 'SELECT "a  b"'),
    ("sqlite", "SELECT [a--b]", "SELECT [a]"),
    ("sqlite", "select 1", "SELECT 1"),
    ("postgresql", "SELECT a @- b", "SELECT a @ - b"),
    ("postgresql", "SELECT E'a'", "SELECT E 'a'"),
    ("sqlite", "SELECT ab", "SELECT a b"),
]


@pytest.mark.parametrize(("dialect", "one", "other"), SAME)
def test_layout_is_no_change(dialect: str, one: str, other: str) -> None:
    """White space, comments, line endings and a BOM are not a change."""
    assert canonical(one, dialect) == canonical(other, dialect)


@pytest.mark.parametrize(("dialect", "one", "other"), DIFFERENT)
def test_a_token_is_a_change(dialect: str, one: str, other: str) -> None:
    """Any character of a string, name, dollar body, word or operator counts."""
    assert canonical(one, dialect) != canonical(other, dialect)


@pytest.mark.parametrize("dialect", sorted(BY_DIALECT))
@given(data=st.data())
def test_any_layout_gives_the_same_text(dialect: str, data: st.DataObject) -> None:
    """White space and comments between any two tokens leave the canonical text as it was."""
    statement = data.draw(st.sampled_from(BY_DIALECT[dialect]))
    assume(not statement.startswith("COPY"))
    gap = st.lists(st.sampled_from(GAPS[dialect]), min_size=1, max_size=3).map("".join)
    laid_out = f" {data.draw(gap)}".join(["", *_solid(statement, dialect), ""])
    assert canonical(laid_out, dialect) == canonical(statement, dialect)


@pytest.mark.parametrize("dialect", sorted(BY_DIALECT))
@given(data=st.data())
def test_any_other_token_gives_another_text(dialect: str, data: st.DataObject) -> None:
    """A token that is replaced, added or taken away changes the canonical text."""
    parts = _solid(data.draw(st.sampled_from(BY_DIALECT[dialect])), dialect)
    at = data.draw(st.integers(0, len(parts) - 1))
    new = data.draw(st.sampled_from(OTHER_TOKENS))
    before = canonical(" ".join(parts), dialect)
    rest = parts[at + 1 :]
    for changed in ([*parts[:at], new, *rest], [*parts[:at], new, *parts[at:]], [*parts[:at], *rest]):
        assert canonical(" ".join(changed), dialect) != before


@pytest.mark.parametrize("dialect", sorted(BY_DIALECT))
@given(text=st.text(alphabet="ab1 .;'\"$-/*[]`\\\n\r(E+<@é", max_size=40))
def test_the_short_way_reads_what_the_lexer_reads(dialect: str, text: str) -> None:
    """For every text, finished or not, the canonical text is the lexer's tokens with a space between."""
    solid = _solid(text.replace("\r\n", "\n"), dialect)
    assert canonical(text, dialect) == " ".join(solid)


def _solid(text: str, dialect: str) -> list[str]:
    return [token.text for token in tokens(text, dialect) if token.kind is not Kind.COMMENT]
