"""A cursor over the tokens of one statement: keywords, names, lists."""

from __future__ import annotations

from collections.abc import Sequence

from neoron.sql.dialects import dialect_named
from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.quote import unquote_identifier

_MODIFIERS = frozenset({"ONLY", "LATERAL"})


class Reader:
    """Tokens without comments and a position among them; reading past the end yields empty words."""

    def __init__(self, source: Sequence[Token], dialect: str) -> None:
        self.source = source
        self.dialect = dialect
        self.rules = dialect_named(dialect)
        self.words = [t.text.upper() if t.kind is Kind.WORD else _punctuation(t) for t in source]
        self.at = 0

    @classmethod
    def of(cls, statement: str, dialect: str) -> Reader:
        """A reader at the first token of a statement."""
        return cls([t for t in tokens(statement, dialect) if t.kind is not Kind.COMMENT], dialect)

    def part(self, start: int, end: int) -> Reader:
        """The tokens from start up to end, as a reader of their own."""
        found = object.__new__(Reader)
        found.source, found.words = self.source[start:end], self.words[start:end]
        found.dialect, found.rules, found.at = self.dialect, self.rules, 0
        return found

    @property
    def rest(self) -> Reader:
        """What follows, as a reader of its own."""
        return self.part(self.at, len(self.words))

    @property
    def offset(self) -> int:
        """Where the token here begins in its statement, in characters."""
        return self.source[min(self.at, len(self.source) - 1)].start if self.source else 0

    def word(self, ahead: int = 0) -> str:
        """The keyword or punctuation mark here, upper case; empty for anything quoted and at the end."""
        at = self.at + ahead
        return self.words[at] if 0 <= at < len(self.words) else ""

    @property
    def is_done(self) -> bool:
        """True at the end."""
        return self.at >= len(self.words)

    def skip(self, *words: str) -> bool:
        """Step over these words if they come next, all of them."""
        if all(self.word(i) == word for i, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def skip_any(self, *words: str) -> None:
        """Step over any of these words, however many come next."""
        while self.word() in words:
            self.at += 1

    def skip_parentheses(self) -> None:
        """Step over ( … ) if it comes next."""
        depth = 0
        while not self.is_done:
            depth += {"(": 1, ")": -1}.get(self.word(), 0)
            if not depth and self.word() != ")":
                return
            self.at += 1
            if not depth:
                return

    def find(self, *words: str) -> bool:
        """Go behind the next of these words outside parentheses; False, and to the end, when there is none."""
        while not self.is_done:
            if self.word() == "(":
                self.skip_parentheses()
                continue
            self.at += 1
            if self.words[self.at - 1] in words:
                return True
        return False

    def parts(self) -> list[str]:
        """Read a name with its qualifiers, unquoted; empty when none comes next."""
        self.skip_any(*_MODIFIERS)
        parts: list[str] = []
        while self._is_name():
            token = self.source[self.at]
            parts.append(unquote_identifier(token.text, self.dialect))
            self.at += 1
            if self.word() != ".":
                break
            self.at += 1
        return parts

    def _is_name(self) -> bool:
        if self.is_done:
            return False
        kind = self.source[self.at].kind
        return kind in (Kind.WORD, Kind.IDENTIFIER) or (kind is Kind.STRING and self.rules.has_string_names)

    def name(self) -> str:
        """Read a name as it is written, schema included; empty when none comes next."""
        return ".".join(self.parts())

    def table(self) -> str:
        """Read a table's name; the default schema and the database are left out."""
        return self.table_of(self.parts())

    def table_of(self, parts: Sequence[str]) -> str:
        """A table's name from its parts."""
        schema = parts[-2] if len(parts) > 1 else ""
        is_default = schema.lower() == self.rules.default_schema if schema else True
        return ".".join(parts[-1:] if is_default else parts[-2:])

    def tables(self) -> tuple[str, ...]:
        """Read a list of table names between commas."""
        names = [self.table()]
        self.skip("*")
        while self.skip(","):
            names.append(self.table())
            self.skip("*")
        return tuple(n for n in names if n)

    def actions(self) -> list[Reader]:
        """The rest, cut at its commas outside parentheses."""
        actions, start = [], self.at
        while self.find(","):
            actions.append(Reader(self.source[start : self.at - 1], self.dialect))
            start = self.at
        return [*actions, Reader(self.source[start:], self.dialect)]


def _punctuation(token: Token) -> str:
    return token.text if token.kind is Kind.PUNCTUATION else ""
