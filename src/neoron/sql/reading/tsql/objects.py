"""CREATE, ALTER and DROP of everything but tables: indexes, views, routines, sequences, rights' holders, partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from neoron.sql.actions import (
    Action,
    Alter,
    AlterIndex,
    Create,
    CreateIndex,
    Drop,
    MoveToSchema,
    PartitionChange,
    Permission,
    ReadsOnly,
    ResetSequence,
    Unread,
    Upkeep,
)
from neoron.sql.lexer import Kind as TokenKind
from neoron.sql.parts import IndexDefinition, Kind, Name
from neoron.sql.reading.tsql.columns import index_options, listed_columns, read_type
from neoron.sql.reading.tsql.cursor import Cursor
from neoron.sql.reading.tsql.server import alter_database
from neoron.sql.reading.tsql.tables import alter_table, create_table
from neoron.sql.reading.tsql.views import view_columns

ReadBody = Callable[[Cursor, str], tuple[Action, ...]]

KINDS: Mapping[str, Kind] = {
    "TABLE": Kind.TABLE, "VIEW": Kind.VIEW, "PROC": Kind.PROCEDURE, "PROCEDURE": Kind.PROCEDURE,
    "FUNCTION": Kind.FUNCTION, "AGGREGATE": Kind.AGGREGATE, "TRIGGER": Kind.TRIGGER, "SEQUENCE": Kind.SEQUENCE,
    "SCHEMA": Kind.SCHEMA, "DATABASE": Kind.DATABASE, "TYPE": Kind.TYPE, "SYNONYM": Kind.SYNONYM,
    "STATISTICS": Kind.STATISTICS, "USER": Kind.ROLE, "LOGIN": Kind.ROLE, "ROLE": Kind.ROLE, "INDEX": Kind.INDEX,
    "RULE": Kind.RULE,
}  # fmt: skip
_TWO_WORDS: Mapping[tuple[str, str], Kind] = {
    ("APPLICATION", "ROLE"): Kind.ROLE, ("SERVER", "ROLE"): Kind.ROLE, ("SECURITY", "POLICY"): Kind.POLICY,
    ("PARTITION", "FUNCTION"): Kind.PARTITION_SCHEME, ("PARTITION", "SCHEME"): Kind.PARTITION_SCHEME,
    ("EXTERNAL", "TABLE"): Kind.SYNONYM, ("DATABASE", "SCOPED"): Kind.OTHER, ("DATABASE", "AUDIT"): Kind.OTHER,
    ("DATABASE", "ENCRYPTION"): Kind.OTHER, ("FULLTEXT", "INDEX"): Kind.OTHER, ("XML", "SCHEMA"): Kind.TYPE,
}  # fmt: skip
_INDEX_WORDS = ("UNIQUE", "CLUSTERED", "NONCLUSTERED", "COLUMNSTORE", "PRIMARY", "XML", "SELECTIVE", "SPATIAL",
                "VECTOR", "JSON")  # fmt: skip
_KEYS = ("CERTIFICATE", "KEY", "SYMMETRIC", "ASYMMETRIC", "MASTER")


def create(cursor: Cursor, read_body: ReadBody) -> Iterator[Action]:
    """CREATE, the cursor behind that word."""
    replaces = cursor.skip("OR", "ALTER")
    yield from _made(cursor, read_body, replaces=replaces)


def _made(cursor: Cursor, read_body: ReadBody, *, replaces: bool) -> Iterator[Action]:
    word = cursor.word()
    if word in ("PROC", "PROCEDURE", "FUNCTION", "TRIGGER"):
        cursor.at += 1
        yield _routine(cursor, KINDS[word], read_body, replaces=replaces)
    elif word in _INDEX_WORDS or word == "INDEX":
        yield from _index(cursor)
    elif word in ("FULLTEXT", "PARTITION") or (word == "SERVER" and cursor.word(1) != "ROLE"):
        yield ReadsOnly(verb=f"CREATE {word}", offset=cursor.where())
    elif word == "TABLE" or (word == "EXTERNAL" and cursor.word(1) == "TABLE"):
        cursor.at += 1 if word == "TABLE" else 2
        yield from create_table(cursor)
    elif word == "SECURITY" and cursor.word(1) == "POLICY":
        yield from _security_policy(cursor)
    elif word in KINDS:
        cursor.at += 1
        yield _object(cursor, KINDS[word], replaces=replaces)
    else:
        yield ReadsOnly(verb=f"CREATE {word}".strip(), offset=cursor.where())


def _object(cursor: Cursor, kind: Kind, *, replaces: bool) -> Action:
    offset = cursor.where()
    if kind is Kind.SCHEMA and cursor.skip("AUTHORIZATION"):
        pass
    name = cursor.object_name()
    kind_of = read_type(cursor) if kind is Kind.TYPE and cursor.skip("FROM") else None
    if kind is Kind.VIEW:
        return Create(kind=kind, name=name, replaces=replaces, offset=offset, columns=view_columns(cursor.remaining()))
    return Create(kind=kind, name=name, replaces=replaces, offset=offset, type=kind_of)


def _routine(cursor: Cursor, kind: Kind, read_body: ReadBody, *, replaces: bool) -> Action:
    """A procedure, function or trigger with what its body would do."""
    offset = cursor.where()
    name = cursor.object_name()
    table: Name | None = None
    if kind is Kind.TRIGGER and cursor.skip("ON"):
        table = None if cursor.word() in ("DATABASE", "ALL") else cursor.object_name()
    _seek_body(cursor)
    inside = {Kind.PROCEDURE: "procedure", Kind.TRIGGER: "trigger"}.get(kind, "function")
    body = read_body(cursor.remaining(), inside) if kind is not Kind.FUNCTION else ()
    return Create(kind=kind, name=name, replaces=replaces, table=table, body=body, offset=offset)


def _seek_body(cursor: Cursor) -> None:
    """Go behind the AS in front of the body; `@p AS int` and `EXECUTE AS` are others."""
    for at in cursor.outside(cursor.at):
        if cursor.words[at] == "AS":
            is_parameter = at and cursor.source[at - 1].kind is TokenKind.PARAMETER
            if is_parameter or (at and cursor.words[at - 1] in ("EXECUTE", "EXEC")):
                continue
            cursor.at = at + 1
            return
    cursor.at = len(cursor.words)


def _index(cursor: Cursor) -> Iterator[Action]:
    """CREATE [UNIQUE] [CLUSTERED] [COLUMNSTORE] INDEX i ON t ( … ) …"""
    offset = cursor.where()
    said: set[str] = set()
    while cursor.word() in _INDEX_WORDS:
        said.add(cursor.word())
        cursor.at += 1
    cursor.skip("INDEX")
    name = cursor.one_name()
    cursor.skip("ON")
    table = cursor.object_name()
    columns = listed_columns(cursor.inner()) if cursor.word() == "(" else ()
    cursor.skip("INCLUDE")
    cursor.skip_call()
    is_filtered = cursor.has("WHERE")
    options = _options_behind(cursor)
    method = next((m for m in ("COLUMNSTORE", "XML", "SPATIAL", "VECTOR", "JSON", "CLUSTERED") if m in said), "")
    if said >= {"CLUSTERED", "COLUMNSTORE"}:
        method = "CLUSTERED COLUMNSTORE"
    index = IndexDefinition(name, table, columns, "UNIQUE" in said, is_concurrent="ONLINE" in options,
                            is_filtered=is_filtered, method=method.lower(), options=frozenset(options))  # fmt: skip
    yield CreateIndex(index=index, offset=offset, options=frozenset(options))


def _options_behind(cursor: Cursor) -> set[str]:
    start = cursor.at
    found = index_options(cursor) if cursor.seek("WITH") else set()
    cursor.at = start
    return found


def _security_policy(cursor: Cursor) -> Iterator[Action]:
    offset = cursor.where()
    cursor.skip("SECURITY", "POLICY")
    name = cursor.object_name()
    tables = [cursor.piece(at + 1, len(cursor.words)).object_name() for at in range(cursor.at, len(cursor.words))
              if cursor.words[at] == "ON" and cursor.words[at - 1] == ")"]  # fmt: skip
    yield Create(kind=Kind.POLICY, name=name, table=tables[0] if tables else Name("tables"), offset=offset)


def alter(cursor: Cursor, read_body: ReadBody) -> Iterator[Action]:
    """ALTER, the cursor behind that word."""
    offset = cursor.where()
    word = cursor.word()
    if word == "TABLE":
        cursor.at += 1
        yield from alter_table(cursor)
    elif word in ("PROC", "PROCEDURE", "FUNCTION", "TRIGGER", "VIEW"):
        yield from _made(cursor, read_body, replaces=True)
    elif word == "DATABASE":
        cursor.at += 1
        yield from alter_database(cursor, offset)
    else:
        for action in _ALTERS.get(word, _other)(cursor):
            yield action if action.offset else replace(action, offset=offset)


def _other(cursor: Cursor) -> Iterator[Action]:
    word = cursor.word()
    if not word:
        yield Unread(reason="what is altered is not known", words=cursor.text()[:40])
    else:
        yield ReadsOnly(verb=f"ALTER {word}")


def _alter_index(cursor: Cursor) -> Iterator[Action]:
    """ALTER INDEX i|ALL ON t REBUILD, REORGANIZE, DISABLE, SET and so on."""
    cursor.at += 1
    name = "" if cursor.skip("ALL") else cursor.one_name()
    cursor.skip("ON")
    table = cursor.object_name()
    change = cursor.take("REBUILD", "REORGANIZE", "DISABLE", "SET", "RESUME", "PAUSE", "ABORT")
    if change == "REBUILD":
        options = _options_behind(cursor)
        yield Upkeep(work="rebuild", tables=(table,), is_concurrent="ONLINE" in options,
                     options=frozenset({*options, f"INDEX={name or 'ALL'}"}))  # fmt: skip
    elif change:
        yield AlterIndex(name=name, table=table, change={"SET": "options"}.get(change, change.lower()))
    else:
        yield Unread(reason="this change of an index is not known", words=cursor.text()[:40])


def _alter_schema(cursor: Cursor) -> Iterator[Action]:
    """ALTER SCHEMA s TRANSFER [class ::] name."""
    cursor.at += 1
    schema = cursor.one_name()
    if not cursor.skip("TRANSFER"):
        yield ReadsOnly(verb="ALTER SCHEMA")
        return
    kind = Kind.TABLE
    if "::" in cursor.words:
        kind = Kind.TYPE if cursor.word() in ("TYPE", "XML") else kind
        cursor.at = cursor.words.index("::") + 1
    yield MoveToSchema(kind=kind, name=cursor.object_name(), schema=schema)


def _alter_sequence(cursor: Cursor) -> Iterator[Action]:
    cursor.at += 1
    name = cursor.object_name()
    yield ResetSequence(name=name) if cursor.has("RESTART") else ReadsOnly(verb="ALTER SEQUENCE")


def _alter_role(cursor: Cursor) -> Iterator[Action]:
    cursor.at += 1
    name = cursor.object_name()
    if cursor.skip("DROP", "MEMBER"):
        yield Permission(verb="revoke")
    else:
        yield Alter(kind=Kind.ROLE, name=name, change="options")


def _alter_principal(cursor: Cursor) -> Iterator[Action]:
    cursor.at += 1
    name = cursor.object_name()
    yield Permission(verb="deny") if cursor.skip("DISABLE") else Alter(kind=Kind.ROLE, name=name, change="options")


def _alter_partition(cursor: Cursor) -> Iterator[Action]:
    """ALTER PARTITION FUNCTION f() SPLIT|MERGE RANGE (v); ALTER PARTITION SCHEME s NEXT USED g."""
    cursor.at += 1
    is_function = cursor.skip("FUNCTION")
    cursor.skip("SCHEME")
    name = cursor.object_name()
    cursor.skip_call()
    change = cursor.take("SPLIT", "MERGE")
    if is_function and change:
        yield PartitionChange(table=name, change=change.lower())
    else:
        yield ReadsOnly(verb="ALTER PARTITION SCHEME")


def _alter_security(cursor: Cursor) -> Iterator[Action]:
    if cursor.word(1) != "POLICY":
        yield ReadsOnly(verb="ALTER SECURITY")
        return
    cursor.at += 2
    name = cursor.object_name()
    yield Alter(kind=Kind.POLICY, name=name, change="update")


def _alter_server(cursor: Cursor) -> Iterator[Action]:
    if cursor.word(1) == "ROLE":
        cursor.at += 1
        yield from _alter_role(cursor)
    elif cursor.word(1) == "CONFIGURATION":
        yield Alter(kind=Kind.OTHER, name=Name("server"), change="configuration")
    else:
        yield ReadsOnly(verb="ALTER SERVER")


def _alter_authorization(cursor: Cursor) -> Iterator[Action]:
    if "::" in cursor.words:
        cursor.at = cursor.words.index("::")
    cursor.at += 1
    if cursor.word() == "ON":
        cursor.at += 1
    yield Alter(kind=Kind.OTHER, name=cursor.object_name(), change="owner")


def _alter_fulltext(cursor: Cursor) -> Iterator[Action]:
    yield ReadsOnly(verb="ALTER FULLTEXT")


_ALTERS: Mapping[str, Callable[[Cursor], Iterator[Action]]] = {
    "INDEX": _alter_index, "SCHEMA": _alter_schema, "SEQUENCE": _alter_sequence, "ROLE": _alter_role,
    "LOGIN": _alter_principal, "USER": _alter_principal, "PARTITION": _alter_partition, "SECURITY": _alter_security,
    "SERVER": _alter_server, "AUTHORIZATION": _alter_authorization, "FULLTEXT": _alter_fulltext,
}  # fmt: skip


def drop(cursor: Cursor) -> Iterator[Action]:
    """DROP, the cursor behind that word."""
    offset = cursor.where()
    first, second = cursor.word(), cursor.word(1)
    kind = _TWO_WORDS.get((first, second)) or KINDS.get(first)
    words = 2 if (first, second) in _TWO_WORDS else 1
    if kind is None:
        yield from _drop_other(cursor, offset)
        return
    if kind is Kind.OTHER:
        yield from _drop_other(cursor, offset)
        return
    cursor.at += words
    cursor.skip("FUNCTION")
    cursor.skip("COLLECTION")
    if_exists = cursor.skip("IF", "EXISTS")
    if kind is Kind.INDEX:
        yield from _drop_indexes(cursor, if_exists=if_exists)
        return
    names: list[Name] = []
    for part in cursor.cut(","):
        offset = part.where() if not names else offset
        name = part.object_name()
        names += [name] if name.name else []
    if not names:
        yield Unread(reason=f"what DROP {first} drops is not known", offset=offset)
        return
    is_temporary = kind is Kind.TABLE and all(name.name.startswith("#") for name in names)
    yield Drop(kind=kind, names=tuple(names), if_exists=if_exists, is_temporary=is_temporary, offset=offset)


def _drop_indexes(cursor: Cursor, *, if_exists: bool) -> Iterator[Action]:
    """DROP INDEX i ON t [WITH ( … )], …, or the old form t.i."""
    for part in cursor.cut(","):
        offset = part.where()
        parts = part.name_parts()
        if part.skip("ON"):
            table: Name | None = part.object_name()
        else:
            table = Name(parts[-2], parts[-3] if len(parts) > 2 else "") if len(parts) > 1 else None
        options = _options_behind(part)
        yield Drop(kind=Kind.INDEX, names=(Name(parts[-1] if parts else ""),), table=table, if_exists=if_exists,
                   is_concurrent="ONLINE" in options, options=frozenset(options), offset=offset)  # fmt: skip


def _drop_other(cursor: Cursor, offset: int) -> Iterator[Action]:
    """What has no kind of its own: keys, queues, assemblies, full-text indexes and so on."""
    words: list[str] = []
    while cursor.word() and cursor.word() not in ("IF", "ON", "FROM") and len(words) < 4:
        words.append(cursor.word())
        cursor.at += 1
    if not words:
        yield Unread(reason="what is dropped is not known", offset=offset)
        return
    name = words.pop() if cursor.is_done and len(words) > 1 else ""
    cursor.skip("IF", "EXISTS")
    cursor.skip("ON")
    named = cursor.object_name() if cursor.is_name_here() else Name(name.lower() or "it")
    options = {"KEY"} if set(words) & set(_KEYS) else set()
    yield Drop(kind=Kind.OTHER, names=(Name(f"{' '.join(words).lower()} {named}".strip()),), offset=offset,
               options=frozenset(options))  # fmt: skip

