"""Script -> statements, exactly as written, with their lines."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice

from neoron.model.migration import Statement
from neoron.sql.copying import copy_stream
from neoron.sql.dialects import Dialect, dialect_named
from neoron.sql.lexer import Kind, Token, nested_comment_end, tokens

_HEAD = re.compile(r"(?:CREATE|EXPLAIN)\b", re.IGNORECASE)
_ATOMIC = re.compile(r"\bATOMIC\b", re.IGNORECASE)
_STEPS = {"(": 1, ")": -1, "\\": 0}
_COPY = re.compile(r"\\?COPY\b", re.IGNORECASE)
_COPY_DATA = re.compile(r"[^\n]*\n(?:(?!\\\.)[^\n]*\n)*+\\\.\r?(?=\n|\Z)")
_OPENING = re.compile(r"(?:[A-Za-z]&?)?(?:/\*|\$[^$]*\$|[^\w&])")
_NAMES = {"'": "string", "/*": "comment /*"} | {mark: f"quoted identifier {mark}" for mark in '"`['}


class SplitError(ValueError):
    """Text that ends inside a string, a quoted name, a comment or a body; line is where that was opened."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _Unclosed(Exception):
    """What was never closed and its offset, before the line is known."""

    def __init__(self, what: str, start: int) -> None:
        super().__init__(what)
        self.what = what
        self.start = start


def split(text: str, dialect: str, *, first_line: int = 1) -> list[Statement]:
    """Cut a script into its statements, without their final `;` and without comments around them.

    Shape: a line for the client program (`\\connect`, `.read`) and a COPY with its data lines are one statement
    each, so that they can be refused; where lines `GO` cut, a statement is a whole batch with its comments;
    first_line is the number of the text's first line.
    Raises: SplitError for what is opened and never closed; ValueError for an unknown dialect.
    """
    if dialect_named(dialect).has_delimiters:
        from neoron.sql.split_delimited import split_delimited

        return split_delimited(text, dialect, first_line)
    if dialect_named(dialect).has_batches:
        from neoron.sql.split_batches import split_batches

        return split_batches(text, dialect, first_line)
    try:
        spans = _spans(text, dialect)
    except _Unclosed as unclosed:
        line = first_line + text.count("\n", 0, unclosed.start)
        raise SplitError(f"unterminated {unclosed.what} opened here", line) from None
    statements, line, counted = [], first_line, 0
    for start, end in spans:
        line += text.count("\n", counted, start)
        counted = start
        statements.append(Statement(text[start:end], line))
    return statements


def _spans(text: str, name: str) -> list[tuple[int, int]]:
    dialect = dialect_named(name)
    spans = []
    start = _skip_blank(text, 1 if text.startswith("\ufeff") else 0, dialect)
    while start < len(text):
        command = dialect.command.match(text, start)
        stop = command.end() if command else _statement_end(text, start, name, dialect)
        end = _without_space(text, stop, dialect) if command else _trimmed_end(text, start, stop, dialect)
        if _COPY.match(text, start):
            data_end = _copy_end(text, start, stop, name)
            end, stop = data_end or end, data_end or stop
        spans.append((start, end))
        start = _skip_blank(text, stop, dialect)
    return spans


def _skip_blank(text: str, at: int, dialect: Dialect) -> int:
    """Where the next statement starts: after white space, comments and empty statements."""
    at = dialect.blank.match(text, at).end()  # type: ignore[union-attr]  # matches the empty text too
    while text.startswith("/*", at):
        at = dialect.blank.match(text, _past_opening(text, at, dialect, at)).end()  # type: ignore[union-attr]
    return at


def _statement_end(text: str, start: int, name: str, dialect: Dialect) -> int:
    """The offset of the `;` that ends the statement, of the client's line that cuts it, or of the end of the text."""
    body = _Body(text, start, name, dialect)
    at = start
    while True:
        piece = at
        at = _next_stop(text, at, dialect)
        if at == len(text):
            body.check_closed(piece, at)
            return at
        if text[at] != ";":
            return at
        end = body.end(piece, at)
        if end is not None:
            return end
        at += 1


def _next_stop(text: str, at: int, dialect: Dialect) -> int:
    """The offset of the next `;` or client's line outside everything quoted, or of the end of the text."""
    while True:
        low = at
        at = dialect.run.match(text, at).end()  # type: ignore[union-attr]  # matches the empty text too
        if at == len(text) or text[at] == ";":
            return at
        if text[at] == "\\":
            if _starts_line(text, at):
                return at
            at += 1
        else:
            at = _past_opening(text, at, dialect, low)


def _past_opening(text: str, at: int, dialect: Dialect, low: int) -> int:
    """The offset after a nested comment or a dollar quote, or after the word whose $ only looks like one.

    Shape: low is where the last `run` began, before which no word reaches back.
    Raises: _Unclosed when it has no end, or when anything else is opened here, which `run` would have eaten.
    """
    end = nested_comment_end(text, at, len(text))
    mark = dialect.dollar.match(text, at) if dialect.dollar else None
    if mark:
        word = dialect.word.search(text, _word_start(text, at, low))
        if word and word.start() < at < word.end():
            return word.end()
        closing = text.find(mark.group(), mark.end())
        end = closing + len(mark.group()) if closing >= 0 else 0
    if not end:
        raise _Unclosed(_opened(text, at), at)
    return end


def _word_start(text: str, at: int, low: int) -> int:
    while at > low and (text[at - 1].isalnum() or text[at - 1] in "_$" or text[at - 1] >= "\x80"):
        at -= 1
    return at


def _opened(text: str, at: int) -> str:
    opening = _OPENING.match(text, at)
    mark = opening.group() if opening else text[at]
    return f"dollar quote {mark}" if mark.startswith("$") else _NAMES.get(mark.lstrip("&ebxnuEBXNU"), mark)


def _starts_line(text: str, at: int) -> bool:
    while at and text[at - 1] in " \t":
        at -= 1
    return not at or text[at - 1] == "\n"


class _Body:
    """Whether a `;` ends one statement or stands inside its body or its parentheses."""

    def __init__(self, text: str, start: int, name: str, dialect: Dialect) -> None:
        self._text = text
        self._start = start
        self._name = name
        self._dialect = dialect
        self._is_definition = _HEAD.match(text, start) is not None
        self._parentheses = 0
        self._blocks: list[int] = []

    def end(self, piece: int, semicolon: int) -> int | None:
        """The offset of the statement's last `;`, or None when it goes on after this one."""
        body_end = self._dialect.body_end
        if body_end is None:
            self._read(piece, semicolon)
            return None if self._parentheses or self._blocks else semicolon
        if not self._is_compound:
            return semicolon
        closing = body_end.match(self._text, semicolon)
        return (closing.end() - self._text.startswith(";", closing.end() - 1)) if closing else None

    def check_closed(self, piece: int, end: int) -> None:
        """Raises: _Unclosed for a body without its END."""
        if self._dialect.body_end is None:
            self._read(piece, end)
            if self._blocks:
                raise _Unclosed("BEGIN ATOMIC body", self._blocks[0])
        elif self._is_compound:
            begins = (t.start for t in tokens(self._text, self._name, self._start) if _is_word(t, "BEGIN"))
            raise _Unclosed("trigger body", next(begins, self._start))

    def _read(self, start: int, end: int) -> None:
        """Count what the piece opens and closes; the common piece, where everything balances, costs two counts."""
        count = self._text.count
        if self._blocks or self._may_open_block(start, end):
            self._read_blocks(start, end)
        if self._parentheses or count("(", start, end) != count(")", start, end):
            self._read_parentheses(start, end)

    def _may_open_block(self, start: int, end: int) -> bool:
        return self._is_definition and bool(_ATOMIC.search(self._text, start, end)) and self._is_compound

    @cached_property
    def _is_compound(self) -> bool:
        """Whether the first words are those of a trigger or routine, whose body may hold `;`."""
        if not self._is_definition:
            return False
        words = (t.text for t in tokens(self._text, self._name, self._start) if t.kind is not Kind.COMMENT)
        return self._dialect.compound.match(" ".join(islice(words, 6)).upper() + " ") is not None

    def _read_parentheses(self, start: int, end: int) -> None:
        run, text, at = self._dialect.run_to_parenthesis, self._text, start
        while True:
            low = at
            at = run.match(text, at, end).end()  # type: ignore[union-attr]  # matches the empty text too
            if at >= end:
                return
            step = _STEPS.get(text[at])
            if step is None:
                at = _past_opening(text, at, self._dialect, low)
            else:
                self._parentheses = max(0, self._parentheses + step)
                at += 1

    def _read_blocks(self, start: int, end: int) -> None:
        """Follow BEGIN ATOMIC … END and the CASE … END inside it; after `.` and AS these words are mere names."""
        before = ""
        for token in tokens(self._text, self._name, start, end):
            if token.kind is Kind.COMMENT:
                continue
            word = token.text.upper() if token.kind is Kind.WORD else token.text
            if token.kind is Kind.WORD and before not in (".", "AS"):
                self._read_word(word, before, token.start)
            before = word

    def _read_word(self, word: str, before: str, start: int) -> None:
        if (word == "ATOMIC" and before == "BEGIN") or (word == "CASE" and self._blocks):
            self._blocks.append(start)
        elif word == "END" and self._blocks:
            self._blocks.pop()


def _is_word(token: Token, word: str) -> bool:
    return token.kind is Kind.WORD and token.text.upper() == word


def _copy_end(text: str, start: int, end: int, name: str) -> int:
    """The end of the data lines after COPY … FROM STDIN, or 0 when there are none."""
    if copy_stream(text[start:end].lstrip("\\"), name) != "FROM STDIN":
        return 0
    data = _COPY_DATA.match(text, end)
    return data.end() if data else 0


def _trimmed_end(text: str, start: int, end: int, dialect: Dialect) -> int:
    """The end without white space and comments after the last token: a `;` put there must not land in a comment."""
    end = _without_space(text, end, dialect)
    last_line = text[max(start, text.rfind("\n", start, end)) : end]
    if "--" in last_line or last_line.endswith("*/"):
        return _without_comments(text, start, end, dialect)
    return end


def _without_space(text: str, end: int, dialect: Dialect) -> int:
    while text[end - 1] in dialect.space:
        end -= 1
    return end


def _without_comments(text: str, at: int, end: int, dialect: Dialect) -> int:
    while True:
        low = at
        at = dialect.run_to_comment.match(text, at, end).end()  # type: ignore[union-attr]  # matches the empty text too
        if at >= end:
            return end
        if text.startswith(("--", "/*"), at):
            last, at = at, _skip_blank(text, at, dialect)
            if at >= end:
                return _without_space(text, last, dialect)
        else:
            at = at + 1 if text[at] == "\\" else _past_opening(text, at, dialect, low)
