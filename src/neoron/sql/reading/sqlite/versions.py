"""What a statement uses that older versions of SQLite do not know."""

from __future__ import annotations

from collections.abc import Iterator

from neoron.sql.actions import Action, DropColumn, Needs, Rename
from neoron.sql.parts import Kind
from neoron.sql.reader import Reader

_WORDS: dict[tuple[str, ...], tuple[int, ...]] = {
    ("RETURNING",): (3, 35), ("ON", "CONFLICT", "DO"): (3, 24), ("ON", "CONFLICT", "("): (3, 24),
    ("VACUUM", "INTO"): (3, 27), ("GENERATED", "ALWAYS"): (3, 31), ("->",): (3, 38), ("->>",): (3, 38),
    ("RIGHT", "JOIN"): (3, 39), ("FULL", "JOIN"): (3, 39), ("FULL", "OUTER"): (3, 39), ("RIGHT", "OUTER"): (3, 39),
    ("DISTINCT", "FROM"): (3, 39), ("NULLS", "FIRST"): (3, 30), ("NULLS", "LAST"): (3, 30), ("OVER", "("): (3, 25),
    ("AS", "MATERIALIZED"): (3, 35), ("NOT", "MATERIALIZED"): (3, 35), ("IIF", "("): (3, 32),
    ("UNIXEPOCH", "("): (3, 38), ("CONCAT", "("): (3, 44), ("CONCAT_WS", "("): (3, 44), ("STRING_AGG", "("): (3, 44),
    ("JSONB", "("): (3, 45), ("TIMEDIFF", "("): (3, 43), ("OCTET_LENGTH", "("): (3, 43), ("FORMAT", "("): (3, 38),
    ("JSON_ERROR_POSITION", "("): (3, 42), ("UNHEX", "("): (3, 41), ("ROWS", "BETWEEN"): (3, 25),
}  # fmt: skip
_FIRST = {words[0] for words in _WORDS}


def needed(reader: Reader, actions: tuple[Action, ...]) -> Iterator[Action]:
    """A `Needs` for each feature that came with a version since 3.24.

    Source: SQLite, "Release History".
    """
    words = reader.words
    told: set[str] = set()
    for at, word in enumerate(words):
        if word in _FIRST:
            for wanted, since in _WORDS.items():
                shown = " ".join(wanted).removesuffix(" (")
                if tuple(words[at : at + len(wanted)]) == wanted and shown not in told:
                    told.add(shown)
                    yield Needs(feature=shown, since=since, offset=reader.source[at].start)
    if words[:1] == ["UPDATE"] and any(getattr(action, "sources", ()) for action in actions):
        yield Needs(feature="UPDATE … FROM", since=(3, 33))
    for action in actions:
        yield from _of_action(action)


def _of_action(action: Action) -> Iterator[Action]:
    match action:
        case DropColumn():
            yield Needs(feature="DROP COLUMN", since=(3, 35), offset=action.offset)
        case Rename(kind=Kind.COLUMN):
            yield Needs(feature="RENAME COLUMN", since=(3, 25), offset=action.offset)
        case _ if "STRICT" in action.options:
            yield Needs(feature="STRICT", since=(3, 37), offset=action.offset)
