"""Statements of MySQL and MariaDB -> actions, on our own lexer; what differs between the two is a `Flavour`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from neoron.sql.actions import Action, Call, Reading, ReadsOnly, Setting, Unread
from neoron.sql.lexer import Kind
from neoron.sql.parts import Name
from neoron.sql.reading.mysql import bodies, objects, rows, session
from neoron.sql.reading.mysql.alter import upkeep
from neoron.sql.reading.mysql.cursor import Cursor, Flavour, Source, folded
from neoron.sql.reading.mysql.texts import made
from neoron.sql.split import SplitError, split

Read = Callable[[str], tuple[Action, ...]]
MYSQL = Flavour("mysql", ((0, 99_999),), runs_m=False)


def read(text: str) -> tuple[Action, ...]:
    """What one statement does."""
    return read_as(text, MYSQL)


def read_script(text: str) -> list[Reading] | None:
    """All statements of a script; what PREPARE and user variables hold is carried along."""
    return read_script_as(text, MYSQL)


def reader() -> Read:
    """A reader that remembers what PREPARE and user variables hold from one statement to the next."""
    return reader_as(MYSQL)


def reader_as(flavour: Flavour) -> Read:
    """The same for a server of that flavour."""
    source = Source(flavour, texts={})
    return lambda text: tuple(_guarded(text, source))


def read_as(text: str, flavour: Flavour) -> tuple[Action, ...]:
    """What one statement does to a server of that flavour."""
    return tuple(_guarded(text, Source(flavour, texts={})))


def read_script_as(text: str, flavour: Flavour) -> list[Reading] | None:
    """All statements of a script for that flavour; None when it cannot be split."""
    try:
        found = split(text, flavour.dialect)
    except SplitError:
        return None
    source = Source(flavour, texts={})
    return [Reading(s.text, s.line, tuple(_guarded(s.text, source))) for s in found] or None


def _guarded(text: str, source: Source) -> Iterator[Action]:
    """The actions of a text; one that is otherwise than we think is said to be unread, never an error."""
    try:
        found = tuple(_read_text(text, source))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        found = (Unread(reason=f"it is not understood ({type(error).__name__})", inside=source.inside),)
    yield from found


def _read_text(text: str, source: Source) -> Iterator[Action]:
    cursor = Cursor.over(text, source)
    if cursor.source and cursor.source[-1].kind is Kind.UNFINISHED:
        yield Unread(reason="a string, name or comment is never closed", inside=source.inside)
        return
    if ";" in cursor.words[:-1] and not bodies.routine_kind(cursor) and cursor.word() not in _CONTROLS:
        for start, end in _statements(cursor):
            yield from statement(cursor.part(start, end), source)
        return
    yield from statement(cursor, source)


def _statements(cursor: Cursor) -> Iterator[tuple[int, int]]:
    start = 0
    for at, word in enumerate([*cursor.words, ";"]):
        if word == ";":
            yield start, at
            start = at + 1


def statement(cursor: Cursor, source: Source) -> Iterator[Action]:
    """The actions of one statement, from its first token on."""
    while cursor.words and cursor.words[-1] == ";":
        cursor = cursor.part(0, len(cursor.words) - 1)
    if cursor.is_done:
        yield ReadsOnly(verb="nothing")
        return
    word = cursor.word()
    if word == "CREATE" and bodies.routine_kind(cursor):
        yield from bodies.create_routine(cursor, source, statement)
    elif word in _CONTROLS and len(cursor.words) > 2:
        yield from bodies.block(cursor, replace(source, inside=source.inside or "block"), statement)
    elif word == "PREPARE":
        yield from bodies.prepare(cursor, source, _read_text)
    elif word == "EXECUTE":
        yield from bodies.execute(cursor, source, _read_text)
    elif word == "SET" and cursor.word(1) == "STATEMENT":
        yield from _set_statement(cursor, source)
    elif word == "SET":
        yield from session.settings(cursor, source)
    elif word in ("EXPLAIN", "DESCRIBE", "DESC", "ANALYZE"):
        yield from _explained(cursor, source)
    elif word in _READERS:
        if word == "SELECT":
            _into_variables(cursor, source)
        yield from _READERS[word](cursor)
    elif word in _HARMLESS:
        yield ReadsOnly(verb=word)
    else:
        yield session.unknown(cursor)


def _set_statement(cursor: Cursor, source: Source) -> Iterator[Action]:
    """SET STATEMENT a = b FOR statement of MariaDB: the settings hold for that statement alone."""
    cursor.at = 2
    end = cursor.at - 1 if cursor.find("FOR") else len(cursor.words)
    for action in session.settings(cursor.part(2, end), source):
        yield replace(action, scope="local") if isinstance(action, Setting) else action
    yield from statement(cursor.part(end + 1), source)


def _explained(cursor: Cursor, source: Source) -> Iterator[Action]:
    """EXPLAIN only tells; ANALYZE of a statement runs it (MariaDB), EXPLAIN ANALYZE runs a SELECT (MySQL)."""
    runs = cursor.word() == "ANALYZE"
    if runs and ("TABLE" in cursor.words[1:3] or "TABLES" in cursor.words[1:3]):
        yield from upkeep(cursor.part(1), "analyze")
        return
    if runs:
        at = next((i for i, w in enumerate(cursor.words) if w in ("DELETE", "UPDATE", "INSERT", "REPLACE", "WITH")), 0)
        if at:
            yield from statement(cursor.part(at), source)
            return
    yield ReadsOnly(verb=cursor.word())


def _into_variables(cursor: Cursor, source: Source) -> None:
    """SELECT expression INTO @variable: its text is remembered."""
    if "INTO" not in cursor.words or source.texts is None:
        return
    at = cursor.words.index("INTO") + 1
    token = cursor.source[at] if at < len(cursor.source) else None
    if token is not None and token.kind in (Kind.PARAMETER, Kind.WORD):
        found = made(cursor.part(0), source)
        source.texts[folded(token.text)] = "\0".join(found) if found else None


def _call(cursor: Cursor) -> Iterator[Action]:
    offset = cursor.offset
    cursor.skip("CALL")
    name = cursor.object_name()
    yield Call(name=Name(folded(name.name), name.schema), offset=offset)


def _use(cursor: Cursor) -> Iterator[Action]:
    """USE: names without a database mean this one from here on, which the review calls a search path."""
    cursor.skip("USE")
    yield Setting(name="search_path", value=cursor.object_name().name, offset=cursor.offset)


def _work(name: str) -> Callable[[Cursor], Iterator[Action]]:
    def read_it(cursor: Cursor) -> Iterator[Action]:
        yield from upkeep(cursor.part(1), name)

    return read_it


_READERS: Mapping[str, Callable[[Cursor], Iterator[Action]]] = {
    "CREATE": objects.create, "ALTER": objects.alter, "DROP": objects.drop, "RENAME": objects.rename,
    "TRUNCATE": rows.truncate, "DELETE": rows.delete, "UPDATE": rows.update, "INSERT": rows.insert,
    "REPLACE": rows.insert, "LOAD": rows.load, "SELECT": rows.select, "WITH": rows.with_query, "VALUES": rows.select,
    "TABLE": rows.select, "(": rows.select, "DO": rows.select, "CALL": _call, "START": session.transaction,
    "BEGIN": session.transaction, "COMMIT": session.transaction, "ROLLBACK": session.transaction,
    "SAVEPOINT": session.transaction, "RELEASE": session.transaction, "LOCK": session.lock, "FLUSH": session.flush,
    "GRANT": session.rights, "REVOKE": session.rights, "PURGE": session.logs, "RESET": session.logs,
    "OPTIMIZE": _work("optimize"), "REPAIR": _work("repair"), "USE": _use,
}  # fmt: skip

_CONTROLS = ("BEGIN", "IF", "CASE", "WHILE", "LOOP", "REPEAT", "FOR")
"""What begins a block; MariaDB takes them outside of routines as well."""
_HARMLESS = frozenset({
    "SHOW", "UNLOCK", "KILL", "HELP", "CHECK", "CHECKSUM", "DEALLOCATE", "HANDLER", "SIGNAL", "RESIGNAL", "GET",
    "INSTALL", "UNINSTALL", "CACHE", "XA", "BINLOG", "CHANGE", "STOP", "CLONE", "IMPORT", "RESTART", "SHUTDOWN",
    "BACKUP", "RETURN", "END", "STATUS", "NOTEE", "TEE", "SOURCE", "PROMPT", "WARNINGS", "NOWARNING",
})  # fmt: skip
"""Statements that lose nothing, lock nothing for long and break no application."""
