"""The form of a statement that only a change of its tokens can change: what a checksum is taken over."""

from __future__ import annotations

from neoron.sql.dialects import dialect_named
from neoron.sql.lexer import Kind, tokens


def canonical(text: str, dialect: str) -> str:
    """The tokens of a statement with one space between them, without comments and without a BOM.

    Shape: strings, quoted names and dollar bodies keep every character, but for CRLF, which becomes LF; the case of
    words is kept.
    Raises: ValueError for an unknown dialect.
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    # A comment may hold comments, and a dollar quote ends with its own tag: only the lexer follows those.
    if "/*" not in plain and "$" not in plain:
        return " ".join(filter(None, dialect_named(dialect).solid.findall(plain)))
    return " ".join(token.text for token in tokens(plain, dialect) if token.kind is not Kind.COMMENT)
