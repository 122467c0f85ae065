"""Text falls into tokens as its database reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasty import BY_DIALECT

from neoron.sql.lexer import Kind, tokens

CASES = [
    ("postgresql", "a$1 $1 $$x$$", ["word a$1", "parameter $1", "dollar $$x$$"]),
    ("postgresql", "$a$ $b$ $a$", ["dollar $a$ $b$ $a$"]),
    ("postgresql", "E'\\''e", ["string E'\\''", "word e"]),
    ("postgresql", "'\\'e", ["string '\\'", "word e"]),
    ("postgresql", "name'\\'", ["word name", "string '\\'"]),
    ("postgresql", "U&\"a\" u&'b' U & c", ['identifier U&"a"', "string u&'b'", "word U", "punctuation &", "word c"]),
    ("postgresql", "/* a /* b */ c */x", ["comment /* a /* b */ c */", "word x"]),
    ("postgresql", "1.5e3 .5 1..2", ["number 1.5e3", "number .5", "number 1", "punctuation ..", "number 2"]),
    ("postgresql", "a=-1", ["word a", "punctuation =", "punctuation -", "number 1"]),
    ("postgresql", "a@-b::c", ["word a", "punctuation @-", "word b", "punctuation ::", "word c"]),
    ("postgresql", "über--x\r1", ["word über", "comment --x", "number 1"]),
    ("postgresql", "a 'b", ["word a", "unfinished 'b"]),
    ("postgresql", "$q$ b", ["unfinished $q$ b"]),
    ("sqlite", "[a;b]`c``d`\"e\"", ["identifier [a;b]", "identifier `c``d`", 'identifier "e"']),
    ("sqlite", "x'00' '''' :a @b $c ?1", ["string x'00'", "string ''''", "parameter :a", "parameter @b", "parameter $c",
                                         "parameter ?1"]),
    ("sqlite", "a||b<=c", ["word a", "punctuation ||", "word b", "punctuation <=", "word c"]),
    ("sqlite", "/* /* */ */", ["comment /* /* */", "punctuation *", "punctuation /"]),
    ("sqlite", "/* a", ["unfinished /* a"]),
    ("mssql", "[a]]b]\"c\"\"d\".#t ##u@", ["identifier [a]]b]", 'identifier "c""d"', "punctuation .", "word #t",
                                          "word ##u@"]),
    ("mssql", "N'a''b'n'\\' Nb", ["string N'a''b'", "string n'\\'", "word Nb"]),
    ("mssql", "@a+=@@ROWCOUNT $action $(Db)", ["parameter @a", "punctuation +=", "parameter @@ROWCOUNT",
                                               "parameter $action", "word $(Db)"]),
    ("mssql", "/* a /* b */ c */x--y\r1", ["comment /* a /* b */ c */", "word x", "comment --y", "number 1"]),
    ("mssql", "0xFF 0x 1.5e3 a!=b::", ["number 0xFF", "number 0x", "number 1.5e3", "word a", "punctuation !=", "word b",
                                       "punctuation ::"]),
    ("mssql", "a [b", ["word a", "unfinished [b"]),
    ("mssql", "a N'b", ["word a", "unfinished N'b"]),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "text", "expected"), CASES)
def test_tokens_are_those_of_the_database(dialect: str, text: str, expected: list[str]) -> None:
    """Strings, names, dollar quotes, numbers, operators and comments are told apart as the database does."""
    assert [f"{token.kind} {token.text}" for token in tokens(text, dialect)] == expected


@pytest.mark.parametrize("dialect", sorted({*BY_DIALECT, "mssql"}))
@given(text=st.text(alphabet="abE1 .;'\"$-/*[]`\\\n\r(+<@é\0", max_size=60))
def test_nothing_is_lost_between_tokens(dialect: str, text: str) -> None:
    """For every text, each token stands at its offset and only white space lies between two of them."""
    at = 0
    for token in tokens(text, dialect):
        assert text[at : token.start].strip(" \t\r\n\f\v") == ""
        assert text.startswith(token.text, token.start)
        assert token.kind in Kind
        at = token.start + len(token.text)
    assert text[at:].strip(" \t\r\n\f\v") == ""
