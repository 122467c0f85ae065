"""CREATE, ALTER, DROP and RENAME of everything: tables are handed on, the rest is read here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neoron.sql.actions import (
    Action,
    Alter,
    Create,
    Drop,
    LockTables,
    Permission,
    ReadsOnly,
    ResetSequence,
    Setting,
)
from neoron.sql.parts import Kind, Name
from neoron.sql.reading.mysql import session
from neoron.sql.reading.mysql.alter import alter_table, dropped_index, renamed
from neoron.sql.reading.mysql.cursor import Cursor, folded
from neoron.sql.reading.mysql.tables import create_index, create_table, statement_options

_KINDS = {
    "VIEW": Kind.VIEW, "PROCEDURE": Kind.PROCEDURE, "FUNCTION": Kind.FUNCTION, "TRIGGER": Kind.TRIGGER,
    "EVENT": Kind.EVENT, "SEQUENCE": Kind.SEQUENCE, "DATABASE": Kind.DATABASE, "SCHEMA": Kind.DATABASE,
    "TABLESPACE": Kind.TABLESPACE, "PACKAGE": Kind.PROCEDURE, "SERVER": Kind.OTHER, "LOGFILE": Kind.OTHER,
    "UNDO": Kind.TABLESPACE, "SPATIAL": Kind.OTHER, "LIBRARY": Kind.OTHER,
}  # fmt: skip
_ROUTINES = (Kind.PROCEDURE, Kind.FUNCTION)
_CREATE_WORDS = frozenset({
    "OR", "REPLACE", "TEMPORARY", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR", "AGGREGATE", "ONLINE", "OFFLINE", "UNDO",
    "ALGORITHM", "DEFINER", "SQL", "SECURITY", "INVOKER", "UNDEFINED", "MERGE", "TEMPTABLE", "=", "CURRENT_USER",
    "CURRENT_ROLE", "IGNORE",
})  # fmt: skip


def _head(cursor: Cursor) -> set[str]:
    """Step over what may stand between CREATE or ALTER and the kind of object."""
    words: set[str] = set()
    while not cursor.is_done:
        if cursor.word() == "SPATIAL" and cursor.word(1) == "REFERENCE":
            break
        if cursor.word() in _CREATE_WORDS or _is_definer(cursor):
            words.add(cursor.word())
            cursor.at += 1
            if cursor.word() == "(" and cursor.word(-1) in ("CURRENT_USER", "CURRENT_ROLE"):
                cursor.skip_parentheses()
        else:
            break
    return words


def _is_definer(cursor: Cursor) -> bool:
    """Whether the next token belongs to DEFINER = 'user'@'host'."""
    before, token = cursor.token(-1), cursor.token()
    if token is None or before is None:
        return False
    return cursor.word(-1) == "=" or token.text.startswith("@") or before.text.startswith("@")


def create(cursor: Cursor) -> Iterator[Action]:
    """CREATE of anything without a body; those with one are in bodies."""
    offset = cursor.offset
    cursor.skip("CREATE")
    words = _head(cursor)
    kind = cursor.word()
    cursor.at += 1
    if kind == "TABLE":
        yield from create_table(cursor, replaces="REPLACE" in words, is_temporary="TEMPORARY" in words)
    elif kind == "INDEX":
        yield from create_index(cursor, words)
    elif kind in ("USER", "ROLE"):
        cursor.skip("IF", "NOT", "EXISTS")
        for item in cursor.items():
            yield Create(kind=Kind.ROLE, name=Name(session.account(item)), replaces="REPLACE" in words, offset=offset)
    elif kind in _KINDS:
        cursor.skip("IF", "NOT", "EXISTS")
        name = cursor.object_name()
        found = _KINDS[kind]
        if found in _ROUTINES:
            name = Name(folded(name.name), name.schema)
        table = cursor.object_name() if found is Kind.TRIGGER and cursor.find("ON") else None
        columns = view_columns(cursor) if found is Kind.VIEW else ()
        if found is Kind.SEQUENCE and "REPLACE" in words:
            yield ResetSequence(name=name, offset=offset)
        yield Create(kind=found, name=name, replaces="REPLACE" in words, table=table, offset=offset, columns=columns)
    else:
        cursor.at = 0
        yield session.unknown(cursor)


def view_columns(cursor: Cursor) -> tuple[str, ...]:
    """The columns of a view, as far as they are written down; empty where a * or an expression leaves them open."""
    if cursor.word() == "(":
        return tuple(item.column_name() for item in cursor.inside().items())
    if not cursor.skip("AS") or not cursor.skip("SELECT"):
        return ()
    cursor.skip_any("DISTINCT", "ALL")
    start = cursor.at
    end = cursor.at - 1 if cursor.find("FROM") else len(cursor.words)
    names = [_output(item) for item in cursor.part(start, end).items()]
    return tuple(names) if all(names) else ()


def _output(item: Cursor) -> str:
    if item.is_done or item.words[-1] in ("*", ")", ""):
        is_name = not item.is_done and item.source[-1].text[:1] == "`"
        if not is_name:
            return ""
    return item.part(len(item.words) - 1).column_name()


def drop(cursor: Cursor) -> Iterator[Action]:
    """DROP of anything."""
    offset = cursor.offset
    if cursor.word(1) in ("USER", "ROLE"):
        yield from session.accounts(cursor)
        return
    if cursor.word(1) == "PREPARE":
        yield ReadsOnly(verb="DEALLOCATE")
        return
    cursor.skip("DROP")
    is_temporary = cursor.skip("TEMPORARY")
    cursor.skip_any("ONLINE", "OFFLINE", "UNDO")
    kind = cursor.word()
    cursor.at += 1
    if kind == "PACKAGE":
        cursor.skip("BODY")
    is_conditional = cursor.skip("IF", "EXISTS")
    if kind == "INDEX":
        name = cursor.column_name()
        table = cursor.object_name() if cursor.find("ON") else None
        made = dropped_index(name, table, if_exists=is_conditional)
        yield replace(made, offset=offset, options=statement_options(cursor))
    elif kind in ("TABLE", "TABLES"):
        yield Drop(kind=Kind.TABLE, names=cursor.names(), is_temporary=is_temporary, if_exists=is_conditional,
                   offset=offset)  # fmt: skip
    elif kind in _KINDS:
        names = cursor.names()
        if _KINDS[kind] in _ROUTINES:
            names = tuple(Name(folded(n.name), n.schema) for n in names)
        yield Drop(kind=_KINDS[kind], names=names, if_exists=is_conditional, offset=offset)
    else:
        cursor.at = 0
        yield session.unknown(cursor)


def alter(cursor: Cursor) -> Iterator[Action]:
    """ALTER of anything."""
    offset = cursor.offset
    cursor.skip("ALTER")
    _head(cursor)
    kind = cursor.word()
    cursor.at += 1
    if kind == "TABLE":
        yield from alter_table(cursor)
    elif kind == "VIEW":
        cursor.skip("IF", "EXISTS")
        name = cursor.object_name()
        yield Create(kind=Kind.VIEW, name=name, replaces=True, offset=offset, columns=view_columns(cursor))
    elif kind == "SEQUENCE":
        cursor.skip("IF", "EXISTS")
        name = cursor.object_name()
        yield ResetSequence(name=name, offset=offset) if cursor.has("RESTART") else Alter(
            kind=Kind.SEQUENCE, name=name, change="options", offset=offset
        )
    elif kind == "USER" and cursor.has("ACCOUNT") and cursor.has("LOCK"):
        yield Permission(verb="revoke", offset=offset)
    elif kind == "INSTANCE" and cursor.skip("DISABLE", "INNODB"):
        yield Setting(name="innodb_redo_log", value="OFF", scope="global", offset=offset)
    elif kind in ("DATABASE", "SCHEMA") and cursor.has("READ") and cursor.words[-1:] != ["DEFAULT"]:
        is_off = cursor.source[-1].text == "0"
        yield ReadsOnly(verb="ALTER DATABASE") if is_off else LockTables(tables=(), mode="READ", offset=offset)
    elif kind in ("USER", "ROLE", "INSTANCE", "SERVER", "RESOURCE", "LOGFILE", "TABLESPACE", "FUNCTION", "PROCEDURE"):
        yield ReadsOnly(verb=f"ALTER {kind}")
    elif kind in ("DATABASE", "SCHEMA", "EVENT"):
        name = cursor.object_name()
        is_off = kind == "EVENT" and cursor.has("DISABLE")
        yield Alter(kind=_KINDS[kind], name=name, change="disable" if is_off else "options", offset=offset)
    else:
        cursor.at = 0
        yield session.unknown(cursor)


def rename(cursor: Cursor) -> Iterator[Action]:
    """RENAME TABLE a TO b, c TO d; RENAME USER."""
    if cursor.word(1) == "USER":
        yield from session.accounts(cursor)
        return
    cursor.skip("RENAME")
    if not (cursor.skip("TABLE") or cursor.skip("TABLES")):
        cursor.at = 0
        yield session.unknown(cursor)
        return
    cursor.skip("IF", "EXISTS")
    for item in cursor.items():
        old = item.object_name()
        if item.skip("WAIT"):
            item.at += 1
        item.skip("NOWAIT")
        item.skip("TO")
        yield from renamed(old, item.object_name())
