"""Names and values survive the way into SQL text and back."""

from __future__ import annotations

import math
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neoron.errors import UsageError
from neoron.sql.lexer import Kind, tokens
from neoron.sql.quote import dollar_quote, quote_identifier, quote_literal, unquote_identifier

DIALECT_NAMES = ["postgresql", "sqlite", "mssql"]
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats()


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
@given(name=TEXTS.filter(lambda name: 0 < len(name.encode()) <= 63))
def test_a_quoted_name_is_one_token_and_reads_back(dialect: str, name: str) -> None:
    """Whatever a name holds, its quoted form is one identifier that stands for exactly that name."""
    (token,) = tokens(quote_identifier(name, dialect), dialect)
    assert token.kind is Kind.IDENTIFIER
    assert unquote_identifier(token.text, dialect) == name


@given(value=TEXTS | NUMBERS | st.none() | st.binary(max_size=20) | st.booleans())
def test_sqlite_reads_a_literal_as_the_value(value: str | int | float | bytes | bool | None) -> None:
    """SQLite answers a quoted value with that value, a float up to its last digit; it has no NaN and stores NULL."""
    connection = sqlite3.connect(":memory:")
    (answer,) = connection.execute(f"SELECT {quote_literal(value, 'sqlite')}").fetchone()
    connection.close()
    is_nan = isinstance(value, float) and math.isnan(value)
    # SQLite 3.40 reads the decimals of a very small number one digit off in the last place.
    is_close = isinstance(value, float) and isinstance(answer, float) and abs(answer - value) <= math.ulp(value)
    assert is_close or answer == (None if is_nan else value)


@given(value=TEXTS)
def test_a_text_literal_is_one_string(value: str) -> None:
    """Whatever a text holds, its literal is one string token of PostgreSQL, with backslashes as they are."""
    (token,) = tokens(quote_literal(value, "postgresql"), "postgresql")
    assert token.kind is Kind.STRING
    assert token.text[1:-1].replace("''", "'") == value


@given(value=TEXTS)
def test_a_text_literal_of_sql_server_is_national(value: str) -> None:
    """Whatever a text holds, its literal is one N'…' string of SQL Server, so that no character becomes a `?`."""
    (token,) = tokens(quote_literal(value, "mssql"), "mssql")
    assert token.kind is Kind.STRING
    assert token.text[0] == "N"
    assert token.text[2:-1].replace("''", "'") == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "NULL"), (True, "true"), (False, "false"), (-3, "-3"), (1.5, "1.5"), (b"\x00\xff", "'\\x00ff'::bytea"),
        (math.inf, "'Infinity'::float8"), (-math.inf, "'-Infinity'::float8"), (math.nan, "'NaN'::float8"),
    ],
)  # fmt: skip
def test_postgresql_literals(value: int | float | bytes | bool | None, expected: str) -> None:
    """Values that PostgreSQL writes in its own way are written so."""
    assert quote_literal(value, "postgresql") == expected


@given(text=st.text(alphabet="ab$q1 ';\n", max_size=30))
def test_a_dollar_quote_ends_where_it_should(text: str) -> None:
    """Whatever the text holds, its dollar quote is one token around exactly that text."""
    quoted = dollar_quote(text)
    (token,) = tokens(quoted, "postgresql")
    tag = quoted[: quoted.index("$", 1) + 1]
    assert token.kind is Kind.DOLLAR
    assert quoted == f"{tag}{text}{tag}"


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
@pytest.mark.parametrize("name", ["", "a\0b"])
def test_names_no_database_has_are_refused(dialect: str, name: str) -> None:
    """An empty name and one with a NUL are refused."""
    with pytest.raises(UsageError):
        quote_identifier(name, dialect)


def test_a_name_postgresql_would_cut_off_is_refused() -> None:
    """PostgreSQL keeps 63 bytes of a name, so a longer one is refused; SQLite has no such limit."""
    assert quote_identifier("x" * 63, "postgresql") == '"' + "x" * 63 + '"'
    with pytest.raises(UsageError, match="63 bytes"):
        quote_identifier("é" * 32, "postgresql")
    assert len(quote_identifier("x" * 1000, "sqlite")) == 1002


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_a_text_with_nul_is_refused(dialect: str) -> None:
    """A literal with a NUL would be cut off there, so it is refused."""
    with pytest.raises(UsageError):
        quote_literal("a\0b", dialect)


@pytest.mark.parametrize(
    ("dialect", "text", "name"),
    [
        ("postgresql", "Users", "users"), ("postgresql", '"Users"', "Users"), ("postgresql", "ÄBC", "Äbc"),
        ("postgresql", 'U&"d\\0061t\\+000061"', "data"), ("sqlite", "Users", "Users"), ("sqlite", "[a b]", "a b"),
        ("sqlite", "`a``b`", "a`b"), ("sqlite", "'users'", "users"),
    ],
)  # fmt: skip
def test_written_names_are_those_the_database_stores(dialect: str, text: str, name: str) -> None:
    """PostgreSQL lowers a name without quotes, SQLite keeps it, and quotes keep everything."""
    assert unquote_identifier(text, dialect) == name
