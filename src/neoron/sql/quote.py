"""Names and values -> SQL text, and names back out of it."""

from __future__ import annotations

import re

from neoron.errors import UsageError
from neoron.sql.dialects import dialect_named

_UNICODE_ESCAPE = re.compile(r"\\(?:(\\)|([0-9A-Fa-f]{4})|\+([0-9A-Fa-f]{6}))")
_CLOSING = {"[": "]"}


def quote_identifier(name: str, dialect: str) -> str:
    """A name between the dialect's quotes, exact to the character.

    Raises: UsageError for an empty name, one with a NUL, or one that the engine would cut off.
    """
    limit = dialect_named(dialect).max_name_bytes
    if not name:
        raise UsageError("a name must not be empty")
    if "\0" in name:
        raise UsageError(f"the name {name!r} holds a NUL character, which no database can store")
    if limit is not None and len(name.encode()) > limit:
        raise UsageError(f"the name {name!r} is longer than the {limit} bytes that {dialect} keeps of a name")
    quote = dialect_named(dialect).quote
    closing = _CLOSING.get(quote, quote)
    return quote + name.replace(closing, closing * 2) + closing


def unquote_identifier(text: str, dialect: str) -> str:
    """The name that a word or a quoted identifier stands for, as the database stores it.

    Shape: where the dialect folds case, a word without quotes comes out in lower case.
    """
    mark = text[:1]
    if mark in "\"`['":
        closing = _CLOSING.get(mark, mark)
        is_doubled = closing == mark or dialect_named(dialect).quote == mark
        return text[1:-1].replace(closing * 2, closing) if is_doubled else text[1:-1]
    if mark in "uU" and text[1:3] == '&"':
        return _UNICODE_ESCAPE.sub(_unescaped, text[3:-1].replace('""', '"'))
    return _ascii_lower(text) if dialect_named(dialect).folds_case else text


def _unescaped(match: re.Match[str]) -> str:
    backslash, short, long = match.groups()
    return str(backslash) if backslash else chr(int(short or long, 16))


def _ascii_lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)


def quote_literal(value: str | int | float | bytes | bool | None, dialect: str) -> str:
    """A value as a literal.

    Raises: UsageError for a text with a NUL, which a literal cannot hold.
    """
    rules = dialect_named(dialect)
    if value is None or isinstance(value, bool):
        return rules.literals[value]
    if isinstance(value, bytes):
        return rules.blob.format(value.hex())
    if isinstance(value, str):
        return rules.text_prefix + _quoted_text(value.replace("\\", "\\\\") if rules.has_backslashes else value)
    return rules.numbers_beyond.get(repr(value), repr(value))


def _quoted_text(value: str) -> str:
    if "\0" in value:
        raise UsageError("a text literal cannot hold a NUL character")
    return "'" + value.replace("'", "''") + "'"


def dollar_quote(text: str) -> str:
    """The text between dollar quotes whose tag does not occur in it, not even with the closing tag's first characters.

    Source: PostgreSQL manual, Lexical Structure, Dollar-Quoted String Constants.
    """
    number, tag = 0, "$$"
    while (text + tag).index(tag) < len(text):
        number += 1
        tag = f"$q{number}$"
    return f"{tag}{text}{tag}"
