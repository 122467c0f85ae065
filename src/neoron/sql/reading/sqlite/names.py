"""Names as SQLite compares them: without case, whatever the quotes."""

from __future__ import annotations

from collections.abc import Sequence

from neoron.sql.condition import cut
from neoron.sql.lexer import Token
from neoron.sql.parts import Name
from neoron.sql.reader import Reader

TEMPORARY = "temp"
_BEFORE_PARENTHESIS = frozenset({"AND", "AS", "CHECK", "DEFAULT", "IN", "KEY", "NOT", "OR", "THEN", "UNIQUE", "WHEN"})


def folded(text: str) -> str:
    """A name without case; SQLite knows the case of ASCII letters only."""
    return text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)


def name(reader: Reader) -> Name:
    """Read a name with its schema; an empty one when none comes next."""
    parts = [folded(one) for one in reader.parts()[-2:]]
    schema = parts[0] if len(parts) == 2 else ""
    return Name(parts[-1] if parts else "", TEMPORARY if schema == "temporary" else schema)


def word_name(reader: Reader) -> str:
    """Read a name without a schema."""
    return "".join(folded(one) for one in reader.parts()[:1])


def listed(reader: Reader) -> tuple[str, ...]:
    """Read `(a, b DESC, c COLLATE x)`: the plain names in parentheses, `""` for an expression."""
    start = reader.at
    reader.skip_parentheses()
    inside = reader.part(start + 1, max(reader.at - 1, start + 1))
    return tuple(_plain(one) for one in cut(inside, ",") if one.words)


def _plain(item: Reader) -> str:
    found = word_name(item)
    return found if item.is_done or item.word() in ("ASC", "DESC", "COLLATE", "NULLS") else ""


def written(tokens: Sequence[Token]) -> str:
    """Tokens as text, with a space where there should be one."""
    text = before = ""
    for token in tokens:
        is_close = token.text in (")", ",", ".") or text.endswith(("(", "."))
        is_close = is_close or (token.text == "(" and before.upper() not in _BEFORE_PARENTHESIS)
        before = token.text
        text += token.text if not text or is_close else f" {token.text}"
    return text


def words_behind(reader: Reader, limit: int = 6) -> str:
    """The next words as written, for a message."""
    return " ".join(token.text for token in reader.source[reader.at : reader.at + limit])
