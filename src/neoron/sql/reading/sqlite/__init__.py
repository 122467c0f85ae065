"""SQLite statements -> actions, on the tokenizer of our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neoron.sql.actions import Action, Create, ReadsOnly, Unread
from neoron.sql.lexer import Kind
from neoron.sql.reader import Reader
from neoron.sql.reading.sqlite.columns import Unreadable
from neoron.sql.reading.sqlite.rows import CHANGES, rows_statement
from neoron.sql.reading.sqlite.session import SESSION, line_for_the_program
from neoron.sql.reading.sqlite.tables import alter, create, drop
from neoron.sql.reading.sqlite.versions import needed

_QUERIES = (*CHANGES, "SELECT", "VALUES", "WITH")


def read(text: str) -> tuple[Action, ...]:
    """What one statement does; a form that SQLite does not have, or that is unknown here, is `Unread`."""
    if text.startswith("."):
        return tuple(line_for_the_program(text))
    reader = Reader.of(text, "sqlite")
    while reader.skip(";"):
        pass
    if reader.is_done:
        return ()
    if any(token.kind is Kind.UNFINISHED for token in reader.source[-1:]):
        return (Unread(reason="a string, name or comment in it is never closed", words=reader.word()),)
    try:
        found = tuple(_statement(reader))
    except Unreadable as fault:
        return (Unread(reason=f"SQLite's grammar does not have this: {fault}", words=reader.word()),)
    kept = tuple(replace(one, text=text) if isinstance(one, Create) else one for one in found)
    return (*kept, *needed(reader, found))


def _statement(reader: Reader) -> Iterator[Action]:
    verb = reader.word()
    if verb in _QUERIES:
        yield from rows_statement(reader)
    elif verb == "CREATE":
        reader.at += 1
        yield from create(reader)
    elif verb == "DROP":
        reader.at += 1
        yield from drop(reader)
    elif verb == "ALTER":
        reader.at += 1
        yield from alter(reader)
    elif verb == "EXPLAIN":
        yield ReadsOnly(verb="EXPLAIN")
    elif verb in SESSION:
        yield from SESSION[verb](reader)
    else:
        raise Unreadable(f"a statement that begins with `{reader.source[reader.at].text[:40]}`")
