"""A cursor over T-SQL tokens that knows where it stands in the statement that the user wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neoron.sql.dialects import dialect_named
from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.parts import Name
from neoron.sql.quote import unquote_identifier
from neoron.sql.reader import Reader

DIALECT = "mssql"


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: base is the offset of its statement, inside what it was found in, depth how deep.

    Shape: where the text is not the user's own one, origin is the offset of all that is found in it.
    """

    base: int = 0
    inside: str = ""
    depth: int = 0
    origin: int | None = None

    def offset(self, at: int) -> int:
        """The offset in the statement of a character of the text."""
        return max(at - self.base, 0) if self.origin is None else self.origin


class Cursor(Reader):
    """Names come out in lower case, quoted or not: that is how a case-insensitive database compares them."""

    dialect = DIALECT
    rules = dialect_named(DIALECT)

    def __init__(self, source: Sequence[Token], words: list[str], place: Place) -> None:
        self.source = source
        self.words = words
        self.place = place
        self.at = 0

    @classmethod
    def over(cls, text: str, place: Place | None = None) -> Cursor:
        """A cursor at the first token of a text, without its comments."""
        source = [t for t in tokens(text, DIALECT) if t.kind is not Kind.COMMENT]
        words = [t.text.upper() if t.kind is Kind.WORD else t.text if t.kind is Kind.PUNCTUATION else ""
                 for t in source]  # fmt: skip
        return cls(source, words, place or Place())

    def piece(self, start: int, end: int) -> Cursor:
        """A cursor over some of the tokens."""
        return Cursor(self.source[start:end], self.words[start:end], self.place)

    def kind(self, ahead: int = 0) -> Kind | None:
        """What the token here is; None at the end."""
        at = self.at + ahead
        return self.source[at].kind if 0 <= at < len(self.source) else None

    def raw(self, ahead: int = 0) -> str:
        """The token here as it is written; empty at the end."""
        at = self.at + ahead
        return self.source[at].text if 0 <= at < len(self.source) else ""

    def where(self) -> int:
        """The offset of the token here, of the last one at the end."""
        if not self.source:
            return self.place.offset(0)
        return self.place.offset(self.source[min(self.at, len(self.source) - 1)].start)

    def take(self, *words: str) -> str:
        """Step over the word here if it is one of these, and say which; empty when it is not."""
        word = self.word()
        if word and word in words:
            self.at += 1
            return word
        return ""

    def is_name_here(self) -> bool:
        """Whether a name, a temporary table's or a table variable's included, comes next."""
        return self.kind() in (Kind.WORD, Kind.IDENTIFIER, Kind.PARAMETER)

    def name_parts(self) -> list[str]:
        """Read `server.database.schema.name`; parts that are left out are empty."""
        found: list[str] = []
        while True:
            if self.is_name_here():
                found.append(unquote_identifier(self.raw(), DIALECT).lower())
                self.at += 1
            elif found and self.word() == ".":
                found.append("")
            else:
                return found
            if self.word() != ".":
                return found
            self.at += 1

    def object_name(self) -> Name:
        """Read a name; the default schema stays as it was written."""
        return as_name(self.name_parts())

    def one_name(self) -> str:
        """Read a single name without qualifiers; empty when none comes next."""
        if not self.is_name_here():
            return ""
        self.at += 1
        return unquote_identifier(self.source[self.at - 1].text, DIALECT).lower()

    def skip_call(self) -> None:
        """Step over ( … ) if it comes next."""
        if self.word() == "(":
            self.at = self.closing(self.at) + 1

    def closing(self, opening: int) -> int:
        """The index of the parenthesis that closes the one at an index; the last token's when none does."""
        depth = 0
        for at in range(opening, len(self.words)):
            word = self.words[at]
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
                if not depth:
                    return at
        return max(len(self.words) - 1, opening)

    def inner(self) -> Cursor:
        """Step over ( … ), and give a cursor over what is inside; an empty one when none comes next."""
        if self.word() != "(":
            return self.piece(self.at, self.at)
        opening = self.at
        end = self.closing(opening)
        self.at = end + 1
        return self.piece(opening + 1, end if self.words[end] == ")" else end + 1)

    def remaining(self) -> Cursor:
        """A cursor over everything from here on."""
        return self.piece(self.at, len(self.words))

    def cut(self, *separators: str) -> list[Cursor]:
        """The rest, cut at these words outside parentheses."""
        found, start = [], self.at
        for at in self.outside(self.at):
            if self.words[at] in separators:
                found.append(self.piece(start, at))
                start = at + 1
        return [*found, self.piece(start, len(self.words))]

    def outside(self, start: int) -> Iterator[int]:
        """The indexes of the tokens from one on that stand outside parentheses."""
        depth = 0
        for at in range(start, len(self.words)):
            word = self.words[at]
            if word == "(":
                depth += 1
            elif word == ")":
                depth = max(depth - 1, 0)
            elif not depth:
                yield at

    def seek(self, *wanted: str) -> bool:
        """Go to the next of these words outside parentheses; to the end, and False, when there is none."""
        for at in self.outside(self.at):
            if self.words[at] in wanted:
                self.at = at
                return True
        self.at = len(self.words)
        return False

    def has(self, *wanted: str) -> bool:
        """Whether one of these words follows outside parentheses."""
        return any(self.words[at] in wanted for at in self.outside(self.at))

    def rest_of_where(self) -> Cursor:
        """A cursor over a condition from here on, up to what may stand behind it."""
        start = self.at
        self.seek("OPTION", "GROUP", "ORDER", "HAVING", "UNION", "EXCEPT", "INTERSECT", "FOR", "OUTPUT")
        return self.piece(start, self.at)

    def text(self) -> str:
        """The tokens from here on, with one space between them."""
        return " ".join(token.text for token in self.source[self.at :])


def as_name(parts: Sequence[str]) -> Name:
    """A name from its parts; another database than tempdb is a part of the schema's name."""
    schema = parts[-2] if len(parts) > 1 else ""
    if len(parts) > 2 and parts[-3] not in ("", "tempdb"):
        schema = f"{parts[-3]}.{schema or 'dbo'}"
    return Name(parts[-1] if parts else "", schema)


def named_in(text: str) -> list[str]:
    """The parts of a name that a string holds, as `OBJECT_ID` and `sp_rename` take it."""
    return Cursor.over(text).name_parts()


def string_value(token: str) -> str:
    """What a string literal says."""
    body = token[1:] if token[:1] in "nN" else token
    return body[1:-1].replace("''", "'")
