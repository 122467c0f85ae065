"""The few statements that have to be read closely: where an index is built, and which ones are dropped."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.quote import unquote_identifier

_END = Token(Kind.PUNCTUATION, "", 0)


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written in a statement; schema is empty where none was given.

    Shape: start is where it begins in the text, and name_start where its last part does.
    """

    schema: str
    name: str
    start: int
    name_start: int


class Reader:
    """Walks over the tokens of one statement, comments left out."""

    def __init__(self, text: str) -> None:
        self.tokens = [token for token in tokens(text, "postgresql") if token.kind is not Kind.COMMENT]
        self.place = 0

    @property
    def current(self) -> Token:
        """The token ahead; an empty one at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else _END

    def take(self, *words: str) -> bool:
        """Step over these keywords or signs when they are next, all of them."""
        if tuple(keyword(token) for token in self.tokens[self.place : self.place + len(words)]) != words:
            return False
        self.place += len(words)
        return True

    def take_name(self) -> Name | None:
        """Step over `[schema.]name`; None when something else is next."""
        first = self.current
        if first.kind not in (Kind.WORD, Kind.IDENTIFIER):
            return None
        self.place += 1
        if not self.take("."):
            return Name("", identifier(first), first.start, first.start)
        last = self.current
        self.place += 1
        return Name(identifier(first), identifier(last), first.start, last.start)

    def take_parentheses(self) -> list[list[Token]]:
        """Step over `( … )`; its items, cut at the commas of the first level."""
        items: list[list[Token]] = [[]]
        depth = 0
        while self.current is not _END:
            token = self.current
            self.place += 1
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth == 0:
                break
            if token.text == "," and depth == 1:
                items.append([])
            elif not (token.text == "(" and depth == 1):
                items[-1].append(token)
        return items


def keyword(token: Token) -> str:
    """A token as the grammar sees it: a bare word in upper case, a sign; nothing for strings and quoted names."""
    return token.text.upper() if token.kind in (Kind.WORD, Kind.PUNCTUATION) else ""


def identifier(token: Token) -> str:
    """The name that a token stands for: bare words in lower case, quoted ones as written."""
    return unquote_identifier(token.text, "postgresql")


@dataclass(frozen=True, slots=True)
class IndexBuild:
    """`CREATE INDEX`, read.

    Shape: columns holds the name of each plain column and None for each expression; name_at is where
    `IF NOT EXISTS` stands or belongs.
    """

    is_unique: bool
    is_concurrent: bool
    has_guard: bool
    name: str
    table: Name
    columns: tuple[str | None, ...]
    is_partial: bool
    name_at: int


def index_build(text: str) -> IndexBuild | None:
    """A `CREATE INDEX` statement, read; None for any other."""
    reader = Reader(text)
    if not reader.take("CREATE"):
        return None
    is_unique = reader.take("UNIQUE")
    if not reader.take("INDEX"):
        return None
    is_concurrent = reader.take("CONCURRENTLY")
    name_at = reader.current.start
    has_guard = reader.take("IF", "NOT", "EXISTS")
    name = None if keyword(reader.current) == "ON" else reader.take_name()
    reader.take("ON")
    reader.take("ONLY")
    table = reader.take_name()
    if table is None:
        return None
    if reader.take("USING"):
        reader.take_name()
    columns = tuple(_plain_column(item) for item in reader.take_parentheses())
    is_partial = any(keyword(token) == "WHERE" for token in reader.tokens[reader.place :])
    return IndexBuild(
        is_unique, is_concurrent, has_guard, name.name if name else "", table, columns, is_partial, name_at
    )


def _plain_column(item: list[Token]) -> str | None:
    if not item or item[0].kind not in (Kind.WORD, Kind.IDENTIFIER):
        return None
    return None if len(item) > 1 and item[1].text in ("(", ".") else identifier(item[0])


@dataclass(frozen=True, slots=True)
class IndexDrop:
    """`DROP INDEX`, read: names are all the indexes it names; name_at as in `IndexBuild`."""

    is_concurrent: bool
    has_guard: bool
    names: tuple[Name, ...]
    name_at: int


def index_drop(text: str) -> IndexDrop | None:
    """A `DROP INDEX` statement, read; None for any other."""
    reader = Reader(text)
    if not reader.take("DROP", "INDEX"):
        return None
    is_concurrent = reader.take("CONCURRENTLY")
    name_at = reader.current.start
    has_guard = reader.take("IF", "EXISTS")
    names = []
    while name := reader.take_name():
        names.append(name)
        if not reader.take(","):
            break
    return IndexDrop(is_concurrent, has_guard, tuple(names), name_at)
