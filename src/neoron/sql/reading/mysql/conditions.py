"""What a condition of MySQL or MariaDB says of the rows of one of its tables: `sql.condition`, and what is theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from neoron.sql.actions import Where
from neoron.sql.condition import (
    bare,
    bounded_columns,
    column_of,
    comparison,
    has_limit,
    is_false,
    literal,
    tested_not_null,
    ties,
    where,
)
from neoron.sql.lexer import Kind, Token
from neoron.sql.quote import unquote_identifier
from neoron.sql.reader import Reader

_WORDS = {"||": "OR", "&&": "AND", "!": "NOT", "==": "="}
_QUALIFIED = 3
_ALL_ABOVE = {">": (0, -1), ">=": (0, 1, -1), "<>": (0, -1), "!=": (0, -1)}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a condition says about the rows it reaches.

    Shape: columns are those that it holds to few values; has_limit says that a query inside it, or its being false,
    holds it to few rows; not_null_test is the column of a condition that is nothing but `column IS NOT NULL`,
    positive_test of one that is `column > 0`.
    """

    where: Where = Where.MISSING
    columns: tuple[str, ...] = ()
    has_limit: bool = False
    not_null_test: str = ""
    positive_test: str = ""


def bounds(condition: Reader, table: str, variables: Collection[str], only: Collection[str]) -> Bounds:
    """What a condition bounds of that table; variables are words that are values, not columns.

    Shape: only are the names, without case, that its columns may be qualified with; empty for any.
    """
    plain = Reader(list(_plain(condition.source, condition.dialect, variables, only)), condition.dialect)
    if not plain.words:
        return Bounds()
    reached = Where.ALWAYS_TRUE if _is_whole_table(plain, table) else where(plain)
    columns = tuple(column for column in bounded_columns(plain) if "." not in column)
    return Bounds(reached, columns, is_false(plain) or has_limit(plain), tested_not_null(plain), _positive(plain))


def is_tied(own: Collection[str], conditions: Sequence[Reader]) -> bool:
    """Whether one of these conditions compares a column of the table with these names with one of another."""
    plain = [Reader(list(_plain(c.source, c.dialect, (), ())), c.dialect) for c in conditions]
    has_query = any({"IN", "EXISTS"} & set(c.words) and "SELECT" in c.words for c in plain)
    return has_query or any(ties(name, plain) for name in own)


def _plain(
    source: Sequence[Token], dialect: str, variables: Collection[str], only: Collection[str]
) -> Iterator[Token]:
    """The tokens with standard words for `||`, `&&` and `!`, with variables as parameters, and with the columns of
    other tables as one name that holds a dot."""
    at = 0
    while at < len(source):
        token = source[at]
        after = source[at + 1 : at + _QUALIFIED]
        is_qualified = token.kind in (Kind.WORD, Kind.IDENTIFIER) and [t.text for t in after[:1]] == ["."]
        name = unquote_identifier(token.text, dialect).lower()
        if is_qualified and len(after) > 1 and only and name not in only:
            yield Token(Kind.IDENTIFIER, f"{name}.{after[1].text}", token.start)
            at += _QUALIFIED
            continue
        if token.kind is Kind.PUNCTUATION and token.text in _WORDS:
            token = token._replace(kind=Kind.WORD, text=_WORDS[token.text])
        elif token.kind is Kind.WORD and name in variables and not is_qualified:
            token = token._replace(kind=Kind.PARAMETER)
        yield token
        at += 1


def _is_whole_table(condition: Reader, table: str) -> bool:
    """`key IN (SELECT key FROM the same table)`."""
    left, operator, right = comparison(bare(condition))
    if operator != "IN" or left is None or right is None or not table:
        return False
    texts = [unquote_identifier(t.text, condition.dialect).lower() for t in bare(right).source]
    return texts == ["select", column_of(left), "from", table.lower()]


def _positive(condition: Reader) -> str:
    """The column of `c > 0`, `c >= 1`, `c <> 0` and the like."""
    left, operator, right = comparison(bare(condition))
    is_all = left is not None and right is not None and literal(right) in _ALL_ABOVE.get(operator, ())
    return column_of(left) if is_all else ""
