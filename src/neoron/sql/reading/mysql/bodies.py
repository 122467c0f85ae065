"""What stands inside routines, events and blocks, in PREPARE and in EXECUTE IMMEDIATE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from neoron.sql.actions import Action, Create, ReadsOnly, Unread
from neoron.sql.lexer import Kind as Token
from neoron.sql.parts import Kind, Name
from neoron.sql.reading.mysql.cursor import Cursor, Source, folded
from neoron.sql.reading.mysql.texts import made

Statement = Callable[[Cursor, Source], Iterator[Action]]
_MAX_DEPTH = 8
_KINDS = {"PROCEDURE": Kind.PROCEDURE, "FUNCTION": Kind.FUNCTION, "TRIGGER": Kind.TRIGGER, "EVENT": Kind.EVENT,
          "PACKAGE": Kind.PROCEDURE}  # fmt: skip
_HARMLESS = frozenset({
    "DECLARE", "OPEN", "FETCH", "CLOSE", "LEAVE", "ITERATE", "RETURN", "SIGNAL", "RESIGNAL", "GET", "END", "UNTIL",
    "NULL", "EXIT", "CONTINUE", "RAISE", "GOTO",
})  # fmt: skip
_BODY_STARTS = frozenset({
    "BEGIN", "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "CALL", "SET", "RETURN", "TRUNCATE", "ALTER", "CREATE",
    "DROP", "IF", "CASE", "WHILE", "LOOP", "REPEAT", "FOR", "EXECUTE", "PREPARE", "RENAME", "OPTIMIZE", "ANALYZE", "DO",
    "WITH", "SIGNAL", "LOAD", "LOCK", "FLUSH", "SHOW", "GRANT", "REVOKE",
})  # fmt: skip


def routine_kind(cursor: Cursor) -> str:
    """The kind of a CREATE with a body; empty for any other statement."""
    for word in cursor.words[:14]:
        if word in _KINDS:
            return word
        if word in ("TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "SEQUENCE", "USER", "ROLE", "SERVER", "AS", "ON"):
            return ""
    return ""


def create_routine(cursor: Cursor, source: Source, read: Statement) -> Iterator[Action]:
    """CREATE PROCEDURE, FUNCTION, TRIGGER, EVENT: what it does happens when it is called; an event runs by itself."""
    offset, replaces = cursor.offset, "REPLACE" in cursor.words[:3]
    kind = routine_kind(cursor)
    cursor.find(kind)
    cursor.skip("BODY")
    cursor.skip("IF", "NOT", "EXISTS")
    name = cursor.object_name()
    name = Name(folded(name.name), name.schema)
    table = None
    if kind == "TRIGGER" and cursor.find("ON"):
        table = cursor.object_name()
    variables = _parameters(cursor) if cursor.word() == "(" else frozenset()
    _to_body(cursor, kind)
    inner = replace(source, inside=kind.lower(), variables=source.variables | variables,
                    texts=dict(source.texts or {}))  # fmt: skip
    body = tuple(block(cursor.part(cursor.at), inner, read))
    yield Create(kind=_KINDS[kind], name=name, replaces=replaces, table=table, body=body, offset=offset)
    if kind == "EVENT":
        yield from body


def _parameters(cursor: Cursor) -> frozenset[str]:
    found = []
    for item in cursor.inside().items():
        item.skip_any("IN", "OUT", "INOUT")
        found.append(item.column_name())
    return frozenset(found)


def _to_body(cursor: Cursor, kind: str) -> None:
    """Step over RETURNS, characteristics and the schedule to the first statement."""
    if kind == "EVENT":
        cursor.find("DO")
        return
    if kind == "TRIGGER":
        cursor.skip("FOR", "EACH", "ROW")
        if cursor.word() in ("FOLLOWS", "PRECEDES"):
            cursor.at += 1
            cursor.object_name()
        return
    while not cursor.is_done:
        is_label = cursor.word(1) == ":" and cursor.word(2) in ("BEGIN", "LOOP", "WHILE", "REPEAT")
        is_charset = cursor.word() == "SET" and cursor.word(-1) == "CHARACTER"
        if is_label or (cursor.word() in _BODY_STARTS and not is_charset and cursor.word(1) != "SQL"):
            return
        cursor.at += 1


def block(cursor: Cursor, source: Source, read: Statement) -> Iterator[Action]:
    """Every statement of a body, whatever IF, loop or handler it stands in."""
    if source.depth > _MAX_DEPTH:
        yield Unread(reason="bodies inside bodies go too deep", inside=source.inside)
        return
    variables = set(source.variables)
    for start, end in _pieces(cursor):
        piece = cursor.part(start, end)
        _past_control(piece, variables)
        if piece.is_done or piece.word() in _HARMLESS:
            continue
        inner = replace(source, variables=frozenset(variables), depth=source.depth + 1)
        for action in read(Cursor(piece.source[piece.at :], piece.dialect, piece.text, inner), inner):
            yield action if action.inside else replace(action, inside=source.inside)


def _pieces(cursor: Cursor) -> Iterator[tuple[int, int]]:
    """The parts between `;` outside parentheses."""
    start = cursor.at
    while cursor.find(";"):
        yield start, cursor.at - 1
        start = cursor.at
    yield start, len(cursor.words)


def _past_control(piece: Cursor, variables: set[str]) -> None:
    """Step over what begins blocks, branches, loops and handlers, to the statement itself."""
    while not piece.is_done:
        word = piece.word()
        if piece.word(1) == ":" and piece.is_kind(Token.WORD, Token.IDENTIFIER):
            piece.at += 2
        elif word in ("BEGIN", "ELSE", "LOOP", "REPEAT"):
            piece.at += 1
            piece.skip("NOT", "ATOMIC")
        elif word in ("IF", "ELSEIF", "ELSIF", "CASE", "WHEN"):
            _to(piece, "THEN")
        elif word == "WHILE":
            _to(piece, "DO")
        elif word == "FOR":
            variables.add(folded(piece.source[piece.at + 1].text) if piece.at + 1 < len(piece.source) else "")
            _to(piece, "DO", "LOOP")
        elif word == "DECLARE":
            _declared(piece, variables)
            return
        else:
            return


def _to(piece: Cursor, *words: str) -> None:
    """Go behind the next of these words that does not belong to a CASE inside the condition."""
    cases = 0
    piece.at += 1
    while not piece.is_done:
        word = piece.word()
        if word == "(":
            piece.skip_parentheses()
            continue
        cases += (word == "CASE") - (word == "END")
        piece.at += 1
        if word in words and cases <= 0:
            return


def _declared(piece: Cursor, variables: set[str]) -> None:
    mark = piece.at
    if piece.word(1) in ("CONTINUE", "EXIT", "UNDO") and piece.find("FOR"):
        while not piece.is_done and piece.word() not in _BODY_STARTS:
            piece.at += 1
        if piece.skip("BEGIN"):
            return
        if piece.word() not in ("SET",):
            return
        piece.at = mark
        return
    piece.at += 1
    variables.add(piece.column_name())
    while piece.skip(","):
        variables.add(piece.column_name())
    piece.at = mark


def prepare(cursor: Cursor, source: Source, read_text: Callable[[str, Source], Iterator[Action]]) -> Iterator[Action]:
    """PREPARE name FROM text: what the text does, told here and again where it is executed."""
    offset = cursor.offset
    cursor.skip("PREPARE")
    name = cursor.column_name()
    cursor.skip("FROM")
    found = made(cursor.part(cursor.at), source)
    if source.texts is not None:
        source.texts[f" {name}"] = "\0".join(found) if found else None
    if not found:
        yield Unread(reason="PREPARE of a text that is put together at run time", inside=source.inside, offset=offset)
    yield from _executed(found, source, offset, read_text)


def execute(cursor: Cursor, source: Source, read_text: Callable[[str, Source], Iterator[Action]]) -> Iterator[Action]:
    """EXECUTE of what was prepared, and EXECUTE IMMEDIATE of MariaDB."""
    offset = cursor.offset
    cursor.skip("EXECUTE")
    if cursor.skip("IMMEDIATE"):
        end = cursor.at - 1 if _find_using(cursor) else len(cursor.words)
        found = made(cursor.part(cursor.words.index("IMMEDIATE") + 1, end), source)
        if not found:
            yield Unread(reason="EXECUTE IMMEDIATE of a text that is put together at run time", offset=offset,
                         inside=source.inside)  # fmt: skip
    else:
        name = f" {cursor.column_name()}"
        if name not in (source.texts or {}):
            yield Unread(reason="EXECUTE of a statement that was not prepared here", offset=offset)
        known = (source.texts or {}).get(name)
        found = known.split("\0") if known else []
    yield ReadsOnly(verb="EXECUTE")
    yield from _executed(found, source, offset, read_text)


def _find_using(cursor: Cursor) -> bool:
    mark = cursor.at
    found = cursor.find("USING")
    end = cursor.at
    cursor.at = end if found else mark
    return found


def _executed(
    found: list[str], source: Source, offset: int, read_text: Callable[[str, Source], Iterator[Action]]
) -> Iterator[Action]:
    if source.depth > _MAX_DEPTH:
        yield Unread(reason="texts inside texts go too deep", offset=offset)
        return
    for text in dict.fromkeys(found):
        for action in read_text(text, source.within("exec", offset)):
            yield action if action.inside else replace(action, inside="exec")
