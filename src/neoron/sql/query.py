"""The tables that queries and changes of rows name, and whether they call code that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from neoron.sql.lexer import Kind
from neoron.sql.reader import Reader


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CHANGES = _words("INSERT UPDATE DELETE MERGE REPLACE")
"""Verbs that change rows."""
QUERIES = _words("SELECT VALUES TABLE")
"""Verbs that only read rows, as far as the text says."""
_FROM_ENDS = _words(
    "WHERE GROUP ORDER HAVING LIMIT OFFSET FETCH WINDOW UNION EXCEPT INTERSECT SET RETURNING SELECT VALUES WHEN FOR"
)
_CALLS_WITH_FROM = _words("EXTRACT SUBSTRING TRIM OVERLAY POSITION")
_NOT_AN_UPDATE = _words("FOR ON DO KEY THEN OF BEFORE AFTER OR")
_GIVES_A_NAME = _words("INTO AS WITH RECURSIVE")
_NO_CALL = _words(
    """ALL AND ANY ARRAY AS BETWEEN BY CASE CAST CHAR CHARACTER CHECK COALESCE CUBE DECIMAL DISTINCT ELSE EXCEPT
    EXISTS EXTRACT FETCH FILTER FROM FULL GREATEST GROUP GROUPING HAVING ILIKE IN INNER INTERSECT INTERVAL INTO IS
    JOIN LATERAL LEAST LEFT LIKE LIMIT MATERIALIZED NOT NULLIF NUMERIC OFFSET ON ONLY OR OVER OVERLAY PARTITION
    POSITION RECURSIVE RETURNING RIGHT ROLLUP ROW SELECT SETS SOME SUBSTRING THEN TIME TIMESTAMP TRIM UNION USING
    VALUES VARCHAR VARYING WHEN WHERE WINDOW WITH
    ABS ARRAY_AGG ARRAY_LENGTH ARRAY_TO_STRING AVG BIT_AND BIT_OR BOOL_AND BOOL_OR BTRIM CARDINALITY CEIL CEILING
    CHAR_LENGTH CONCAT CONCAT_WS COUNT CURRENT_DATABASE CURRENT_SETTING DATE_PART DATE_TRUNC DENSE_RANK EXP
    FIRST_VALUE FLOOR FORMAT GENERATE_SERIES INITCAP JSONB_AGG JSONB_BUILD_OBJECT JSON_AGG JSON_BUILD_OBJECT LAG
    LAST_VALUE LEAD LENGTH LN LOG LOWER LPAD LTRIM MAX MD5 MIN MOD NOW NTILE OCTET_LENGTH POWER RANDOM RANK
    REGEXP_REPLACE REPLACE ROUND ROW_NUMBER RPAD RTRIM SIGN SPLIT_PART SQRT STRING_AGG STRPOS SUBSTR SUM TO_CHAR
    TO_DATE TO_JSON TO_JSONB TO_NUMBER TO_REGCLASS TO_TIMESTAMP TRUNC UNNEST UPPER VERSION"""
)
"""Words before a parenthesis that change nothing: keywords, types, and functions known to only compute."""


@dataclass(slots=True)
class Named:
    """What a query names: tables written and read, names of its own WITH, and whether it changes rows."""

    written: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    local: set[str] = field(default_factory=set)
    is_dml: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """Tables only read, without the query's own WITH names."""
        return tuple(dict.fromkeys(n for n in self.read if n not in self.local and n not in self.written))

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table, those written first."""
        return (*dict.fromkeys(self.written), *self.reads)


def scan_query(reader: Reader) -> Named:
    """Read the rest of a statement as a query or change of rows."""
    scan = _Scan(reader)
    while not reader.is_done:
        scan.step()
    return scan.named


def main_verb(reader: Reader) -> str:
    """The verb of a query, which may stand behind WITH."""
    if reader.word() != "WITH":
        return reader.word()
    ahead = Reader(reader.source[reader.at :], reader.dialect)
    return ahead.word(-1) if ahead.find(*CHANGES, *QUERIES) else "WITH"


def calls_routine(reader: Reader, local: set[str]) -> bool:
    """Whether the statement calls a function that may do more than compute."""
    if not reader.rules.has_routines:
        return False
    return any(_is_call(reader, at, local) for at in range(1, len(reader.words)) if reader.words[at] == "(")


def _is_call(reader: Reader, parenthesis: int, local: set[str]) -> bool:
    at = parenthesis - 1
    token = reader.source[at]
    if token.kind not in (Kind.WORD, Kind.IDENTIFIER) or token.text.lower() in local:
        return False
    is_known = reader.words[at] in _NO_CALL
    while at > 1 and reader.words[at - 1] == ".":
        at -= 2
        is_known = is_known and reader.words[at] == "PG_CATALOG"
    return not is_known and reader.words[at - 1] not in _GIVES_A_NAME


class _Scan:
    """One walk over a query; where a FROM list ends depends on the parenthesis it stands in."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.named = Named()
        self._before_parenthesis = [""]
        self._in_from = [False]
        self._with_depths: set[int] = set()

    def step(self) -> None:
        """Read on by one word and what it says of the tables behind it."""
        before, word = self.reader.word(-1), self.reader.word()
        self.reader.at += 1
        if word in _STEPS:
            _STEPS[word](self, before)
        elif word in _FROM_ENDS:
            self._in_from[-1] = False

    def open(self, before: str) -> None:
        """( begins a query or list of its own."""
        self._before_parenthesis.append(before)
        self._in_from.append(False)

    def close(self, _before: str) -> None:
        """) returns to the query around it."""
        if len(self._in_from) > 1:
            self._before_parenthesis.pop()
            self._in_from.pop()

    def read_with(self, _before: str) -> None:
        """WITH name AS (…): a name of the query's own."""
        self._with_depths.add(len(self._in_from))
        reader = self.reader
        mark = reader.at
        reader.skip("RECURSIVE")
        name = reader.table()
        if name:
            reader.skip_parentheses()
        if name and reader.skip("AS") and reader.word() in ("(", "NOT", "MATERIALIZED"):
            self.named.local.add(name)
        reader.at = mark

    def read_from(self, before: str) -> None:
        """FROM, JOIN and USING: tables that are read, or the target of DELETE FROM."""
        if before == "DISTINCT" or self._before_parenthesis[-1] in _CALLS_WITH_FROM:
            return
        if before == "DELETE":
            self._write(is_dml=True)
        else:
            self._read()
        self._in_from[-1] = True

    def read_comma(self, before: str) -> None:
        """A further table of FROM, or a further name of WITH."""
        if self._in_from[-1]:
            self._read()
        elif len(self._in_from) in self._with_depths:
            self.read_with(before)

    def read_into(self, before: str) -> None:
        """The target of INSERT, MERGE and REPLACE, or the table that SELECT INTO creates."""
        is_or_variant = self.reader.word(-4) == "INSERT" and self.reader.word(-3) == "OR"
        self._write(is_dml=before in CHANGES or is_or_variant)

    def read_update(self, before: str) -> None:
        """The target of UPDATE, which FOR UPDATE, ON UPDATE, DO UPDATE and THEN UPDATE do not have."""
        if before in _NOT_AN_UPDATE:
            return
        if self.reader.skip("OR"):
            self.reader.at += 1
        self._write(is_dml=True)

    def _write(self, *, is_dml: bool) -> None:
        self.reader.skip_any("TEMP", "TEMPORARY", "UNLOGGED", "TABLE")
        name = self.reader.table()
        if name:
            self.named.written.append(name)
            self.named.is_dml |= is_dml

    def _read(self) -> None:
        self.reader.skip_any("ONLY", "LATERAL")
        if self.reader.word() in ("SELECT", "VALUES", "ROWS"):
            return
        name = self.reader.table()
        if name and self.reader.word() != "(":
            self.named.read.append(name)


_STEPS: dict[str, Callable[[_Scan, str], None]] = {
    "(": _Scan.open, ")": _Scan.close, ",": _Scan.read_comma, "WITH": _Scan.read_with, "FROM": _Scan.read_from,
    "JOIN": _Scan.read_from, "USING": _Scan.read_from, "INTO": _Scan.read_into, "UPDATE": _Scan.read_update,
}  # fmt: skip
