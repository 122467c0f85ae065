"""Names as SQLite compares them: without case, whatever the quotes."""

from __future__ import annotations

from neoron.sql.condition import cut
from neoron.sql.parts import Name
from neoron.sql.reader import Reader

TEMPORARY = "temp"


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


def words_behind(reader: Reader, limit: int = 6) -> str:
    """The next words as written, for a message."""
    return " ".join(token.text for token in reader.source[reader.at : reader.at + limit])
