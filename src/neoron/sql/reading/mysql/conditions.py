"""What a condition of MySQL or MariaDB bounds, told from its tokens: joins, variables and `||` among them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from neoron.sql.actions import Where
from neoron.sql.lexer import Kind
from neoron.sql.quote import unquote_identifier
from neoron.sql.reader import Reader

_MAX_DEPTH = 40
_COMPARISONS = frozenset({"=", "<=>", "<>", "!=", "<", ">", "<=", ">=", "=="})
_SIMPLE_VALUES = frozenset({
    "TRUE", "FALSE", "NULL", "INTERVAL", "DAY", "HOUR", "MINUTE", "SECOND", "MONTH", "YEAR", "WEEK", "QUARTER",
    "MICROSECOND", "CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME", "LOCALTIME", "LOCALTIMESTAMP", "DATE", "AS",
    "TIMESTAMP", "DEFAULT", "DIV", "MOD", "COLLATE", "BINARY", "CAST", "CHAR", "SIGNED", "UNSIGNED",
})  # fmt: skip
_OPENS_QUERY = ("SELECT", "WITH", "TABLE")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a condition says about the rows it reaches.

    Shape: columns are those that it holds to few values; has_limit is that of a query inside it; not_null_test is the
    column of a condition that is nothing but `column IS NOT NULL`, positive_test of one that is `column > 0`.
    """

    where: Where = Where.MISSING
    columns: tuple[str, ...] = ()
    has_limit: bool = False
    not_null_test: str = ""
    positive_test: str = ""


class Condition:
    """The tokens of a condition; variables are words that stand for values, not for columns.

    Shape: only names the table, without case, whose columns are asked for; empty for all of them.
    """

    def __init__(self, reader: Reader, variables: Collection[str] = (), only: Collection[str] = ()) -> None:
        self._words = reader.words
        self._source = reader.source
        self._dialect = reader.dialect
        self._variables = {name.upper() for name in variables}
        self._only = only
        self._closes = _pairs(reader.words)

    def bounds(self, start: int, end: int, table: str = "") -> Bounds:
        """What the tokens from start to end bound; table is the name of the one whose rows they choose."""
        if start >= end:
            return Bounds()
        truth = self._truth(start, end, 0)
        is_true = truth is True or self._is_whole_table(start, end, table)
        return Bounds(
            Where.ALWAYS_TRUE if is_true else Where.BOUNDED, tuple(self._held(start, end, 0)),
            truth is False or any(self._words[i] in ("LIMIT", "FETCH") for i in range(start, end)),
            self._tested(start, end, ("IS", "NOT", "NULL")), self._positive(start, end),
        )  # fmt: skip

    def ties(self, start: int, end: int, aliases: Collection[str]) -> bool:
        """Whether some comparison has columns of two of these tables, or a column without a table, on its sides."""
        for i in range(start, end):
            if self._words[i] in ("=", "<=>", "<", ">", "<=", ">="):
                left, right = self._qualifier(i - 1, -1), self._qualifier(i + 1, 1)
                if left is not None and right is not None and left != right and {left, right} <= {*aliases, ""}:
                    return True
        return any(self._words[i] in ("EXISTS", "IN") for i in range(start, end)) and any(
            self._words[i] == "SELECT" for i in range(start, end)
        )

    def _qualifier(self, at: int, step: int) -> str | None:
        """The table in front of the column at that place, "" for a bare column, None for a value."""
        if not 0 <= at < len(self._words) or not self._is_column(at):
            return None
        if step > 0:
            is_qualified = at + 2 < len(self._words) and self._words[at + 1] == "."
            return self._plain(at) if is_qualified else ""
        return self._plain(at - 2) if at >= 2 and self._words[at - 1] == "." else ""

    def _truth(self, start: int, end: int, depth: int) -> bool | None:
        """Whether it is true or false whatever the row holds; None when that depends."""
        start, end = self._inner(start, end)
        if start >= end or depth > _MAX_DEPTH:
            return None
        for operators, wins in ((("OR", "||"), True), (("AND", "&&"), False)):
            parts = self._cut(start, end, operators)
            if len(parts) > 1:
                found = [self._truth(a, b, depth + 1) for a, b in parts]
                return wins if wins in found else None if None in found else not wins
        if self._words[start] in ("NOT", "!"):
            inner = self._truth(start + 1, end, depth + 1)
            return None if inner is None else not inner
        return self._leaf(start, end)

    def _leaf(self, start: int, end: int) -> bool | None:
        if end - start == 1:
            return self._is_true(start)
        if self._words[end - 3 : end] == ["IS", "NOT", "NULL"]:
            return True if self._is_literal(start, end - 3) else None
        at = next((i for i in self._outside(start, end) if self._words[i] in (*_COMPARISONS, "LIKE")), None)
        if at is None:
            return None
        left, right = (self._shown(*self._inner(*part)) for part in ((start, at), (at + 1, end)))
        operator = self._words[at]
        if operator == "LIKE":
            return True if right == ("%",) else None
        if left == right and left and operator in ("=", "<=>", "==", "<=", ">="):
            return True
        if self._is_literal(start, at) and self._is_literal(at + 1, end):
            return _compared(left[-1], operator, right[-1])
        return None

    def _is_true(self, at: int) -> bool | None:
        word = self._words[at]
        if word in ("TRUE", "FALSE"):
            return word == "TRUE"
        token = self._source[at]
        if token.kind is Kind.NUMBER:
            return _number(token.text) != 0
        if token.kind is Kind.STRING:
            return (_number(token.text[1:-1]) or 0) != 0
        return None

    def _is_literal(self, start: int, end: int) -> bool:
        start, end = self._inner(start, end)
        if end - start == 2 and self._words[start] in ("-", "+"):
            start += 1
        is_value = end - start == 1 and (
            self._source[start].kind in (Kind.NUMBER, Kind.STRING) or self._words[start] in ("TRUE", "FALSE")
        )
        return is_value

    def _is_whole_table(self, start: int, end: int, table: str) -> bool:
        """`key IN (SELECT key FROM the same table)`."""
        start, end = self._inner(start, end)
        words = self._words[start:end]
        if "IN" not in words or "WHERE" in words or "LIMIT" in words or not table:
            return False
        at = start + words.index("IN")
        inside = self._shown(at + 1, end)
        return inside == ("(", "select", *self._shown(start, at), "from", table.lower(), ")")

    def _tested(self, start: int, end: int, tail: tuple[str, ...]) -> str:
        start, end = self._inner(start, end)
        at = end - len(tail)
        return self._column(start, at) if at > start and tuple(self._words[at:end]) == tail else ""

    def _positive(self, start: int, end: int) -> str:
        """The column of `c > 0`, `c >= 1`, `c <> 0` and the like."""
        start, end = self._inner(start, end)
        if self._words[start] == "NOT" or end - start < 3:
            return ""
        at = next((i for i in self._outside(start, end) if self._words[i] in (">", ">=", "<>", "!=")), None)
        if at is None or not self._is_literal(at + 1, end):
            return ""
        text = "".join(self._shown(at + 1, end))
        return self._column(start, at) if text in ("0", "-1", "1") and not (text == "1" and self._words[at] == ">") \
            else ""  # fmt: skip

    def _held(self, start: int, end: int, depth: int) -> list[str]:
        """The columns that it holds to few values."""
        start, end = self._inner(start, end)
        if start >= end or depth > _MAX_DEPTH:
            return []
        either = self._cut(start, end, ("OR", "||", "XOR"))
        if len(either) > 1:
            found = [self._held(a, b, depth + 1) for a, b in either]
            return [c for c in found[0] if all(c in other for other in found)]
        parts = self._cut(start, end, ("AND", "&&"))
        if len(parts) > 1:
            held = [c for a, b in parts for c in self._held(a, b, depth + 1)]
            return [*held, *self._between_two(parts)]
        return self._held_by_leaf(start, end)

    def _held_by_leaf(self, start: int, end: int) -> list[str]:
        for at in self._outside(start, end):
            word = self._words[at]
            if word in ("=", "<=>", "=="):
                for side, other in (((start, at), (at + 1, end)), ((at + 1, end), (start, at))):
                    column = self._column(*side)
                    if column and self._is_value(*other):
                        return [column]
                return []
            if word == "IN" and at > start and self._words[at - 1] != "NOT":
                column, inside = self._column(start, at), self._inner(at + 1, end)
                is_list = inside[0] < inside[1] and self._words[inside[0]] not in _OPENS_QUERY
                return [column] if column and is_list and self._is_value(*inside) else []
            if word == "BETWEEN" and self._words[at - 1] != "NOT":
                return [c for c in [self._column(start, at)] if c and self._is_value(at + 1, end)]
            if word in _COMPARISONS or word in ("IS", "LIKE", "NOT"):
                return []
        return []

    def _between_two(self, parts: list[tuple[int, int]]) -> Iterator[str]:
        above: set[str] = set()
        below: set[str] = set()
        for start, end in parts:
            inner = self._inner(start, end)
            at = next((i for i in self._outside(*inner) if self._words[i] in ("<", "<=", ">", ">=")), None)
            if at is None:
                continue
            column, other, is_above = self._column(inner[0], at), (at + 1, inner[1]), self._words[at][0] == ">"
            if not column:
                column, other, is_above = self._column(at + 1, inner[1]), (inner[0], at), not is_above
            if column and self._is_value(*other):
                (above if is_above else below).add(column)
        yield from above & below

    def _column(self, start: int, end: int) -> str:
        """The column that these tokens name, or the first of a row of them; empty for anything else."""
        start, end = self._inner(start, end)
        if start < end and self._is_column(start) and "," in self._words[start:end]:
            end = start + self._words[start:end].index(",")
        if (end - start) % 2 == 0 or end - start > 5 or not all(self._is_column(i) for i in range(start, end, 2)):
            return ""
        if self._only and end - start > 1 and self._plain(end - 3) not in self._only:
            return ""
        return self._plain(end - 1) if all(w == "." for w in self._words[start + 1 : end : 2]) else ""

    def _is_column(self, at: int) -> bool:
        kind, word = self._source[at].kind, self._words[at]
        if kind is Kind.IDENTIFIER:
            return True
        is_call = at + 1 < len(self._words) and self._words[at + 1] == "("
        return kind is Kind.WORD and word not in _SIMPLE_VALUES and word not in self._variables and not is_call

    def _is_value(self, start: int, end: int) -> bool:
        """Whether no column of a row takes part; a query in parentheses is a value of its own."""
        at = start
        while at < end:
            if self._words[at] == "(" and at + 1 < end and self._words[at + 1] in _OPENS_QUERY:
                at = self._closes.get(at, end) + 1
                continue
            if self._is_column(at) and self._words[at] not in ("AND", "NOT", "ANY", "ARRAY", "EXTRACT", "FROM"):
                return False
            at += 1
        return start < end

    def _inner(self, start: int, end: int) -> tuple[int, int]:
        """Without the parentheses around all of it."""
        while end - start > 1 and self._words[start] == "(" and self._closes.get(start) == end - 1:
            start, end = start + 1, end - 1
        return start, end

    def _outside(self, start: int, end: int) -> Iterator[int]:
        at = start
        while at < end:
            yield at
            at = max(self._closes.get(at, at), at) + 1

    def _cut(self, start: int, end: int, operators: tuple[str, ...]) -> list[tuple[int, int]]:
        """The parts between these operators outside parentheses; the AND of a BETWEEN is none, nor is any in CASE."""
        parts, begin, betweens, cases = [], start, 0, 0
        for at in self._outside(start, end):
            word = self._words[at]
            betweens += word == "BETWEEN"
            cases += (word == "CASE") - (word == "END" and cases > 0)
            if cases or word not in operators:
                continue
            if word == "AND" and betweens:
                betweens -= 1
                continue
            parts.append((begin, at))
            begin = at + 1
        return [*parts, (begin, end)]

    def _shown(self, start: int, end: int) -> tuple[str, ...]:
        return tuple(self._plain(i) for i in range(start, end))

    def _plain(self, at: int) -> str:
        token = self._source[at]
        if token.kind in (Kind.WORD, Kind.IDENTIFIER):
            return unquote_identifier(token.text, self._dialect).lower()
        return token.text[1:-1] if token.kind is Kind.STRING else token.text


def _pairs(words: list[str]) -> dict[int, int]:
    found, opened = {}, []
    for at, word in enumerate(words):
        if word == "(":
            opened.append(at)
        elif word == ")" and opened:
            found[opened.pop()] = at
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _compared(left: str, operator: str, right: str) -> bool:
    one, two = _number(left), _number(right)
    a: float | str = left.lower() if one is None or two is None else one
    b: float | str = right.lower() if one is None or two is None else two
    if operator in ("=", "==", "<=>"):
        return a == b
    if operator in ("<>", "!="):
        return a != b
    is_less, is_equal = str(a) < str(b) if isinstance(a, str) else a < float(b), a == b
    return {"<": is_less, "<=": is_less or is_equal, ">": not is_less and not is_equal, ">=": not is_less}[operator]
