"""A cursor over a statement of MySQL or MariaDB: names, values, options; executable comments are opened."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.parts import Name
from neoron.sql.quote import unquote_identifier
from neoron.sql.reader import Reader

_EXECUTABLE = re.compile(r"/\*(M?)!(\d{5,6})?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}
_CASELESS = re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True)
class Flavour:
    """What differs between the two: the name of the dialect, and which executable comments run.

    Shape: numbers are the ranges of versions that it takes for its own or older ones; runs_m says that it runs
    /*M! … */.
    """

    dialect: str
    numbers: tuple[tuple[int, int], ...]
    runs_m: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text stands: what it was found in, how deep, and its offset in the statement that is shown.

    Shape: origin is the offset that everything in it gets, None for the statement itself; variables are the names
    that are values here, prepared the texts of PREPARE and of user variables, None for those not known.
    """

    flavour: Flavour
    inside: str = ""
    depth: int = 0
    origin: int | None = None
    variables: frozenset[str] = frozenset()
    texts: dict[str, str | None] | None = None

    def within(self, inside: str, origin: int | None) -> Source:
        """The same for a text inside it."""
        place = self.origin if self.origin is not None else origin
        return replace(self, inside=self.inside or inside, depth=self.depth + 1, origin=place)


class Cursor(Reader):
    """Tokens of one statement, or of a part of one."""

    def __init__(self, found: Sequence[Token], dialect: str, text: str = "", source: Source | None = None) -> None:
        super().__init__(found, dialect)
        self.text = text
        self.origin = source

    @classmethod
    def over(cls, text: str, source: Source) -> Cursor:
        """A cursor at the start of a text."""
        return cls(list(opened(text, source.flavour)), source.flavour.dialect, text, source)

    def part(self, start: int, end: int | None = None) -> Cursor:
        """A cursor over some of its tokens."""
        return Cursor(self.source[start:end], self.dialect, self.text, self.origin)

    def items(self) -> list[Cursor]:
        """The rest, cut at its commas outside parentheses."""
        found, start = [], self.at
        while self.find(","):
            found.append(self.part(start, self.at - 1))
            start = self.at
        return [*found, self.part(start)]

    def inside(self) -> Cursor:
        """What stands in the parentheses that come next; steps over them."""
        start = self.at + 1
        self.skip_parentheses()
        return self.part(start, self.at - 1 if self.word(-1) == ")" else self.at)

    @property
    def offset(self) -> int:
        """Where the next token begins in the statement that is shown."""
        if self.origin is not None and self.origin.origin is not None:
            return self.origin.origin
        if not self.source:
            return 0
        return self.source[min(self.at, len(self.source) - 1)].start

    def token(self, ahead: int = 0) -> Token | None:
        """The token here."""
        at = self.at + ahead
        return self.source[at] if 0 <= at < len(self.source) else None

    def is_kind(self, *kinds: Kind) -> bool:
        """Whether the next token is of one of these kinds."""
        token = self.token()
        return token is not None and token.kind in kinds

    def _is_name(self) -> bool:
        token = self.token()
        if token is None:
            return False
        # With ANSI_QUOTES "x" is a name; where a name is due it can be nothing else.
        return token.kind in (Kind.WORD, Kind.IDENTIFIER) or (token.kind is Kind.STRING and token.text[:1] == '"')

    def object_name(self) -> Name:
        """Read a name with its database; with an empty name when none comes next."""
        if self.word() == "." and len(self.words) > self.at + 1:
            self.at += 1
        parts = self.parts()
        return Name(parts[-1] if parts else "", parts[-2] if len(parts) > 1 else "")

    def names(self) -> tuple[Name, ...]:
        """Read names between commas."""
        found = [self.object_name()]
        while self.skip(","):
            found.append(self.object_name())
        return tuple(name for name in found if name.name)

    def column_name(self) -> str:
        """Read a name that knows no case, as columns, indexes and constraints have; what stands before a dot goes."""
        parts = self.parts()
        return folded(parts[-1]) if parts else ""

    def string(self) -> str:
        """Read one or more string literals beside each other, as one text."""
        found = ""
        while self.is_kind(Kind.STRING):
            token = self.source[self.at]
            found += string_value(token.text)
            self.at += 1
        return found

    def value_word(self) -> str:
        """Read the value of an option: a word, number, name or string, as written but without quotes."""
        self.skip("=")
        token = self.token()
        if token is None:
            return ""
        self.at += 1
        if token.kind is Kind.STRING:
            return string_value(token.text)
        return unquote_identifier(token.text, self.dialect) if token.kind is Kind.IDENTIFIER else token.text

    def shown(self, start: int, end: int | None = None) -> str:
        """The text of some tokens, as written."""
        found = self.source[start : self.at if end is None else end]
        return self.text[found[0].start : found[-1].start + len(found[-1].text)] if found else ""

    def has(self, *words: str) -> bool:
        """Whether one of these words comes anywhere from here on."""
        return any(word in words for word in self.words[self.at :])


def folded(name: str) -> str:
    """A name without its case."""
    return name.lower() if _CASELESS.search(name) or not name.isascii() else name


def string_value(text: str) -> str:
    """The text that a string literal stands for."""
    start = text.find("'") if text[-1:] == "'" else text.find('"')
    mark = text[start] if start >= 0 else ""
    inner = text[start + 1 : -1].replace(mark * 2, mark) if mark else text
    return _ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[1]), inner) if "\\" in inner else inner


def opened(text: str, flavour: Flavour) -> Iterator[Token]:
    """The tokens of a text without comments; executable comments that this server runs give what is in them."""
    for token in tokens(text, flavour.dialect):
        if token.kind is Kind.COMMENT:
            continue
        mark = _EXECUTABLE.match(token.text) if token.kind is Kind.PARAMETER else None
        if mark is None:
            yield token
        elif runs(mark, flavour):
            inner = token.text[mark.end() : -2]
            start = token.start + mark.end()
            for one in opened(inner, flavour):
                yield one._replace(start=one.start + start)


def runs(mark: re.Match[str], flavour: Flavour) -> bool:
    """Whether the server of this flavour runs what stands in an executable comment.

    Source: MySQL manual, 9.7 Comments; MariaDB documentation, Comment Syntax; measured on MariaDB 10.11.
    """
    if mark[1] and not flavour.runs_m:
        return False
    number = int(mark[2]) if mark[2] else 0
    return not mark[2] or any(low <= number < high for low, high in flavour.numbers)


def bounded_names(names: Collection[str]) -> frozenset[str]:
    """Names of variables, without their case."""
    return frozenset(folded(name) for name in names)
