"""Script -> statements where a line `DELIMITER //` may change what ends one, as MariaDB and MySQL clients do.

Beyond the clients, the body of a procedure, function, trigger or event is kept whole under `;` too.
"""

from __future__ import annotations

import re
from itertools import islice

from neoron.model.migration import Statement
from neoron.sql.dialects import Dialect, dialect_named
from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.split import SplitError

_DELIMITER = re.compile(r"[ \t]*delimiter(?:[ \t]+(\S+))?[^\n]*+", re.IGNORECASE)
_PLAIN = re.compile(r"[\w$]++|[ \t\r\n\f\v]++")
_HEAD_WORDS = 12


def split_delimited(text: str, dialect: str, first_line: int) -> list[Statement]:
    """The statements of a script, without their delimiters and the comments around them.

    Raises: SplitError for what is opened and never closed, and for a DELIMITER without one.
    """
    return _Splitter(text, dialect, first_line).statements()


class _Splitter:
    """Walks over a script once."""

    def __init__(self, text: str, dialect: str, first_line: int) -> None:
        self._text = text
        self._name = dialect
        self._rules: Dialect = dialect_named(dialect)
        self._first_line = first_line
        self._delimiter = ";"
        self._found: list[Statement] = []

    def statements(self) -> list[Statement]:
        """All of them."""
        at = start = 1 if self._text.startswith("\ufeff") else 0
        is_empty = True
        while at < len(self._text):
            command = _DELIMITER.match(self._text, at) if is_empty and self._begins_line(at) else None
            if command:
                self._change_delimiter(command, at)
                at = start = command.end()
            elif self._text.startswith(self._delimiter, at):
                if self._delimiter == ";" and self._is_in_body(start, at):
                    at += 1
                    continue
                self._keep(start, at)
                at = start = at + len(self._delimiter)
                is_empty = True
            else:
                is_empty, at = self._past_token(at, is_empty)
        if self._is_in_body(start, at) and self._delimiter == ";":
            raise SplitError("unterminated routine body opened here", self._line(self._first_solid(start)))
        self._keep(start, len(self._text))
        return self._found

    def _begins_line(self, at: int) -> bool:
        return not self._text[self._text.rfind("\n", 0, at) + 1 : at].strip(" \t\ufeff")

    def _change_delimiter(self, command: re.Match[str], at: int) -> None:
        if not command.group(1):
            raise SplitError("DELIMITER without a delimiter", self._line(at))
        self._delimiter = command.group(1)

    def _past_token(self, at: int, is_empty: bool) -> tuple[bool, int]:
        """Whether the statement is still empty after the next token, and where that ends."""
        plain = _PLAIN.match(self._text, at)
        if plain:
            end = plain.end()
            inside = self._text.find(self._delimiter, at + 1, end + len(self._delimiter) - 1)
            end = inside if inside >= 0 else end
            return is_empty and plain.group().isspace(), end
        match = self._rules.token.match(self._text, at)
        assert match  # the last alternative matches any character
        if match.lastgroup == "unfinished":
            raise SplitError(f"unterminated {_opened(match.group())} opened here", self._line(at))
        is_mark = match.lastgroup in ("punctuation", "parameter", "number") and len(match.group()) < 4
        return is_empty and match.lastgroup == "comment", at + 1 if is_mark else match.end()

    def _line(self, at: int) -> int:
        return self._first_line + self._text.count("\n", 0, at)

    def _keep(self, start: int, end: int) -> None:
        solid = [t for t in tokens(self._text, self._name, start, end) if t.kind is not Kind.COMMENT]
        if solid:
            first, last = solid[0].start, solid[-1]
            self._found.append(Statement(self._text[first : last.start + len(last.text)], self._line(first)))

    def _first_solid(self, start: int) -> int:
        return next((t.start for t in tokens(self._text, self._name, start) if t.kind is not Kind.COMMENT), start)

    def _is_in_body(self, start: int, end: int) -> bool:
        """Whether the statement so far is a routine whose BEGIN has no END yet."""
        found = (t for t in tokens(self._text, self._name, start, end) if t.kind is not Kind.COMMENT)
        head = list(islice(found, _HEAD_WORDS))
        words = " ".join(token.text for token in head).upper() + " "
        if not self._rules.compound.match(words):
            return False
        return _open_blocks([*head, *found]) > 0


def _open_blocks(found: list[Token]) -> int:
    depth, before = 0, ""
    for token in found:
        word = token.text.upper() if token.kind is Kind.WORD else token.text
        if token.kind is Kind.WORD and before not in (".", "END"):
            depth += {"BEGIN": 1, "CASE": 1, "END": -1}.get(word, 0)
        elif before == "END" and word in ("IF", "LOOP", "WHILE", "REPEAT", "FOR"):
            depth += 1  # that END closed what was never counted: these stand inside a BEGIN
        before = word
    return depth


def _opened(mark: str) -> str:
    return {"/*": "comment /*", "`": "quoted identifier `"}.get(mark, "string")


__all__ = ["split_delimited"]
