"""T-SQL batches and scripts -> actions, statement by statement, with no need of a semicolon between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from neoron.sql.actions import Action, CreateTable, Reading, ReadsOnly, Unread
from neoron.sql.lexer import Kind
from neoron.sql.parts import Name
from neoron.sql.reading.tsql import calls, objects, rows, server
from neoron.sql.reading.tsql.columns import Elements, read_elements
from neoron.sql.reading.tsql.cursor import DIALECT, Cursor, Place, word_set
from neoron.sql.reading.tsql.pieces import Piece, pieces
from neoron.sql.reading.tsql.texts import Variables, assign, texts_of
from neoron.sql.split import SplitError
from neoron.sql.split_batches import batches

_HARMLESS = word_set(
    """PRINT RAISERROR THROW WAITFOR RETURN GOTO BREAK CONTINUE OPEN CLOSE FETCH DEALLOCATE CHECKPOINT RECONFIGURE
    REVERT USE READTEXT END IF WHILE ADD SEND RECEIVE GET"""
)
_UNREAD = {"KILL": "it ends other sessions", "SHUTDOWN": "it stops the server", "WRITETEXT": "it writes past the log",
           "UPDATETEXT": "it writes past the log"}  # fmt: skip


def read(text: str) -> tuple[Action, ...]:
    """What one batch, or one statement, does."""
    return tuple(_read_text(text, Place()))


def read_script(text: str) -> list[Reading] | None:
    """All statements of a script, cut at GO and at their own ends; None when something in it is never closed."""
    found: list[Reading] = []
    try:
        for batch in batches(text, DIALECT):
            if batch.is_command:
                found.append(Reading(batch.text, batch.line, (_client_line(batch.text),)))
            else:
                found += _batch_readings(batch.text, batch.line)
    except SplitError:
        return None
    return found


def _client_line(text: str) -> Action:
    word = text.split()[0]
    if word.lower() == ":r" or word.startswith("!!"):
        return Unread(reason=f"{word} is run by sqlcmd, and what it does is not in this text", words=word)
    return ReadsOnly(verb=word)


def _batch_readings(text: str, first_line: int) -> Iterator[Reading]:
    cursor = Cursor.over(text)
    batch = _Batch(cursor)
    line, counted = first_line, 0
    for piece in pieces(cursor.words):
        start, last = cursor.source[piece.head].start, cursor.source[piece.end - 1]
        line += text.count("\n", counted, start)
        counted = start
        whole = text[start : last.start + len(last.text)]
        yield Reading(whole, line, tuple(batch.actions(piece, Place(start))))


def _read_text(text: str, place: Place) -> Iterator[Action]:
    """Everything that a text does, in one go."""
    cursor = Cursor.over(text, place)
    batch = _Batch(cursor)
    for piece in pieces(cursor.words):
        yield from batch.actions(piece, place)
    if cursor.source and cursor.source[-1].kind is Kind.UNFINISHED:
        yield Unread(reason="a string, comment or name in it is never closed", inside=place.inside,
                     offset=place.offset(cursor.source[-1].start))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Context:
    """What a statement is read with: variables and savepoints of its batch, and whether it may not run."""

    variables: Variables
    savepoints: set[str]
    may_not_run: bool
    is_first: bool


class _Batch:
    """The statements of one batch share its variables."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._variables: Variables = {}
        self._savepoints: set[str] = set()

    def actions(self, piece: Piece, place: Place) -> Iterator[Action]:
        """What a statement does; what is otherwise than we think is said to be unread, never an error."""
        part = self._cursor.piece(piece.start, piece.end)
        part.place = place
        context = _Context(self._variables, self._savepoints, piece.is_conditional, is_first=piece.start == 0)
        try:
            for action in _actions(part, context, is_header=piece.is_header):
                yield replace(action, inside=place.inside) if place.inside and not action.inside else action
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            yield Unread(reason=f"it is not understood ({type(error).__name__})", inside=place.inside,
                         offset=part.piece(0, len(part.words)).where())  # fmt: skip


def _actions(part: Cursor, context: _Context, *, is_header: bool) -> Iterator[Action]:
    offset, verb = part.where(), part.word()
    if is_header or verb in _HARMLESS:
        yield ReadsOnly(verb=verb, offset=offset)
        return
    part.at += 1
    if verb in _UNREAD:
        yield Unread(reason=f"{verb}: {_UNREAD[verb]}", words=verb, offset=offset)
    elif verb in _READERS:
        yield from _READERS[verb](part, context)
    elif context.is_first and part.source[0].kind in (Kind.WORD, Kind.IDENTIFIER):
        # The first statement of a batch may call a procedure without EXEC.
        part.at = 0
        yield from calls.execute(part, context.variables, _read_text)
    else:
        yield Unread(reason="no statement begins like this", words=part.piece(0, 3).text(), offset=offset)


def _declare(part: Cursor, context: _Context) -> Iterator[Action]:
    """DECLARE of variables, with what they say; a table variable is a table."""
    offset = part.where()
    for one in part.cut(","):
        name = one.raw().lower()
        one.at += 1
        one.skip("AS")
        if one.skip("TABLE"):
            elements = read_elements(one.inner().cut(","), Name(name)) if one.word() == "(" else Elements()
            yield CreateTable(table=Name(name), columns=tuple(elements.columns), is_temporary=True, offset=offset,
                              constraints=tuple(elements.constraints))  # fmt: skip
        elif one.seek("="):
            one.at += 1
            texts = texts_of(one.remaining(), context.variables)
            assign(context.variables, name, texts, adds=False, may_not_run=False)
    yield ReadsOnly(verb="DECLARE", offset=offset)


def _set(part: Cursor, context: _Context) -> Iterator[Action]:
    if part.kind() is not Kind.PARAMETER:
        yield from server.setting(part)
        return
    _assign_one(part, context)
    yield ReadsOnly(verb="SET", offset=part.where())


def _assign_one(part: Cursor, context: _Context) -> None:
    """`@v = expression` or `@v += expression`."""
    name = part.raw()
    part.at += 1
    operator = part.take("=", "+=")
    if operator:
        texts = texts_of(part.remaining(), context.variables)
        assign(context.variables, name, texts, adds=operator == "+=", may_not_run=context.may_not_run)


def _select(part: Cursor, context: _Context) -> Iterator[Action]:
    """SELECT; it may set variables too."""
    start = part.at
    part.take("DISTINCT", "ALL")
    if part.skip("TOP"):
        part.at += part.word() != "("
        part.skip_call()
    if part.kind() is Kind.PARAMETER and part.word(1) in ("=", "+="):
        begin = part.at
        part.seek("FROM", "WHERE", "OPTION")
        for one in part.piece(begin, part.at).cut(","):
            if one.kind() is Kind.PARAMETER:
                _assign_one(one, context)
    part.at = start
    yield from rows.rows_statement("SELECT", part)


def _insert(part: Cursor, context: _Context) -> Iterator[Action]:
    """INSERT; with EXEC, what that runs too."""
    yield from rows.rows_statement("INSERT", part)
    part.at = 1
    if part.seek("EXEC", "EXECUTE"):
        part.at += 1
        yield from calls.execute(part.remaining(), context.variables, _read_text)


def _body(part: Cursor, inside: str) -> tuple[Action, ...]:
    """What the body of a routine would do."""
    batch = _Batch(part)
    place = replace(part.place, inside=part.place.inside or inside)
    return tuple(action for piece in pieces(part.words) for action in batch.actions(piece, place))


def _rows(verb: str) -> Callable[[Cursor, _Context], Iterator[Action]]:
    return lambda part, _context: rows.rows_statement(verb, part)


def _transaction(verb: str) -> Callable[[Cursor, _Context], Iterator[Action]]:
    return lambda part, c: server.transaction(verb, part, c.savepoints, may_not_run=c.may_not_run)


_READERS: Mapping[str, Callable[[Cursor, _Context], Iterator[Action]]] = {
    "SELECT": _select, "INSERT": _insert, "UPDATE": _rows("UPDATE"), "DELETE": _rows("DELETE"),
    "MERGE": _rows("MERGE"), "WITH": lambda part, _c: rows.with_query(part),
    "TRUNCATE": lambda part, _c: rows.truncate(part), "BULK": lambda part, _c: rows.bulk_insert(part),
    "CREATE": lambda part, _c: objects.create(part, _body), "ALTER": lambda part, _c: objects.alter(part, _body),
    "DROP": lambda part, _c: objects.drop(part), "DECLARE": _declare, "SET": _set,
    "EXEC": lambda part, c: calls.execute(part, c.variables, _read_text),
    "EXECUTE": lambda part, c: calls.execute(part, c.variables, _read_text),
    "GRANT": lambda part, _c: server.permission("GRANT", part),
    "DENY": lambda part, _c: server.permission("DENY", part),
    "REVOKE": lambda part, _c: server.permission("REVOKE", part), "DBCC": lambda part, _c: server.dbcc(part),
    "BACKUP": lambda part, _c: server.backup(part), "RESTORE": lambda part, _c: server.restore(part),
    "BEGIN": _transaction("BEGIN"),
    "COMMIT": _transaction("COMMIT"),
    "ROLLBACK": _transaction("ROLLBACK"),
    "SAVE": _transaction("SAVE"),
    "ENABLE": lambda part, _c: server.switch_trigger(part, is_on=True),
    "DISABLE": lambda part, _c: server.switch_trigger(part, is_on=False),
}  # fmt: skip
