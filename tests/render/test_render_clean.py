"""Text from a database cannot command a terminal or hide in a page."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from neoron.render.clean import clean, cut, excerpt, headline, one_line, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jx", "x"),
        ("a\u202eb\u200bc\u2066", "abc"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb", "a   b"),
        ("\ud800", "\ufffd"),
        ("a\x00b", "ab"),
        ("naïve 漢字 🎉", "naïve 漢字 🎉"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    """Escapes, control characters and direction marks go; letters of any script stay."""
    assert clean(text) == shown


@given(st.text(st.characters(), max_size=60))
def test_clean_leaves_only_what_can_be_printed(text: str) -> None:
    """Whatever a name holds, what is shown has no control character and can be encoded."""
    shown = clean(text)
    assert shown.encode().decode() == shown
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(2, 40))
def test_cut_never_exceeds_the_width(text: str, width: int) -> None:
    """A cut text fits its column even when its letters are two cells wide."""
    assert cell_len(cut(one_line(text), width)) <= width


def test_headline_passes_over_comments() -> None:
    """A statement is known by its words, not by the comment above it."""
    assert headline("-- why\n\n/* more */\nALTER TABLE t\n  ADD COLUMN a int") == "ALTER TABLE t ADD COLUMN a int"
    assert headline("-- only a comment") == "-- only a comment"
    assert headline("") == ""


def test_excerpt_has_at_most_the_lines_asked_for() -> None:
    """Three lines of a long statement are shown, and the last one says that more follow."""
    shown = excerpt("\n".join(f"line {n} " + "x" * 100 for n in range(9)), lines=3, width=40)
    assert len(shown) == 3
    assert shown[-1].endswith("…")
    assert max(map(len, shown)) <= 40
    assert excerpt("one", lines=3, width=40) == ["one"]


def test_shorten_says_how_much_is_missing() -> None:
    """A text that is too long ends with the number of characters left out."""
    assert shorten("abc", 3) == "abc"
    assert re.fullmatch(r"a{10}\n… 1,990 more characters", shorten("a" * 2000, 10))
