"""CREATE, ALTER and DROP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterType,
    Create,
    CreateIndex,
    CreateTable,
    Drop,
    DropColumn,
    DropConstraint,
    Rename,
    TableChange,
    Unread,
)
from neoron.sql.parts import ColumnDefinition, Constraint, IndexDefinition, Kind, Name
from neoron.sql.quote import unquote_identifier
from neoron.sql.reader import Reader
from neoron.sql.reading.sqlite.columns import (
    TABLE_CONSTRAINTS,
    Unreadable,
    column,
    data_type,
    default,
    table_constraint,
)
from neoron.sql.reading.sqlite.names import TEMPORARY, listed, name, word_name, words_behind, written
from neoron.sql.reading.sqlite.rows import CHANGES, read_query, rows_statement, tables_read

_DROPPED = {"TABLE": Kind.TABLE, "INDEX": Kind.INDEX, "VIEW": Kind.VIEW, "TRIGGER": Kind.TRIGGER}


def create(reader: Reader) -> Iterator[Action]:
    """Read a CREATE from behind its first word. Raises: Unreadable."""
    is_temporary = reader.skip("TEMP") or reader.skip("TEMPORARY")
    is_unique = reader.skip("UNIQUE")
    is_virtual = reader.skip("VIRTUAL")
    what = reader.word()
    if what not in _CREATED:
        raise Unreadable(f"CREATE {words_behind(reader, 2)}")
    reader.at += 1
    if_not_exists = reader.skip("IF", "NOT", "EXISTS")
    offset, found = reader.offset, name(reader)
    as_written = unquote_identifier(reader.source[reader.at - 1].text, reader.dialect)
    if not found.name:
        raise Unreadable(f"CREATE {what} without a name")
    if is_temporary:
        found = Name(found.name, TEMPORARY)
    if is_virtual:
        yield CreateTable(table=found, if_not_exists=if_not_exists, options=frozenset({"VIRTUAL"}), offset=offset)
    elif what == "INDEX":
        yield _index(reader, found, offset, is_unique=is_unique, if_not_exists=if_not_exists)
    elif what == "TABLE":
        yield replace(_table(reader, found, offset, if_not_exists=if_not_exists), written=as_written)
    else:
        yield _CREATED[what](reader, found, offset)


def _table(reader: Reader, found: Name, offset: int, *, if_not_exists: bool) -> CreateTable:
    is_temporary = found.schema == TEMPORARY
    if reader.skip("AS"):
        read = read_query(reader.rest)
        return CreateTable(
            table=found, is_temporary=is_temporary, if_not_exists=if_not_exists, is_from_query=True,
            sources=read.sources, drops_rows=read.drops_rows, selected=read.selected, offset=offset,
        )  # fmt: skip
    if not reader.skip("("):
        raise Unreadable(f"`{words_behind(reader, 2)}` behind CREATE TABLE {found}")
    columns, constraints = _definitions(reader)
    options = _options(reader)
    return CreateTable(
        table=found, columns=columns, constraints=constraints, is_temporary=is_temporary, if_not_exists=if_not_exists,
        options=options, offset=offset,
    )  # fmt: skip


def _definitions(reader: Reader) -> tuple[tuple[ColumnDefinition, ...], tuple[Constraint, ...]]:
    columns: list[ColumnDefinition] = []
    constraints: list[Constraint] = []
    while not reader.skip(")"):
        if reader.is_done:
            raise Unreadable("a list of columns that is never closed")
        if reader.word() in TABLE_CONSTRAINTS and columns:
            constraints.append(table_constraint(reader))
        else:
            columns.append(column(reader))
        # SQLite takes constraints of a table without a comma between them.
        if not reader.skip(",") and reader.word() != ")" and reader.word() not in TABLE_CONSTRAINTS:
            raise Unreadable(f"`{words_behind(reader, 2)}` in a list of columns")
    return tuple(columns), tuple(constraints)


def _options(reader: Reader) -> frozenset[str]:
    options = set()
    while not reader.is_done:
        if reader.skip("WITHOUT", "ROWID"):
            options.add("WITHOUT ROWID")
        elif reader.skip("STRICT"):
            options.add("STRICT")
        elif not reader.skip(","):
            raise Unreadable(f"`{words_behind(reader, 2)}` behind the columns")
    return frozenset(options)


def _index(reader: Reader, found: Name, offset: int, *, is_unique: bool, if_not_exists: bool) -> Action:
    if not reader.skip("ON"):
        raise Unreadable("CREATE INDEX without ON")
    table = Name(word_name(reader), found.schema)
    text = written(reader.rest.source)
    columns = listed(reader) if reader.word() == "(" else ()
    is_filtered = reader.word() == "WHERE"
    if not (reader.is_done or is_filtered):
        raise Unreadable(f"`{words_behind(reader, 2)}` in CREATE INDEX")
    return CreateIndex(index=IndexDefinition(
        found.name, table, columns, is_unique=is_unique, if_not_exists=if_not_exists, is_filtered=is_filtered,
        text=text,
    ), offset=offset)  # fmt: skip


def _view(reader: Reader, found: Name, offset: int) -> Action:
    if reader.word() == "(":
        reader.skip_parentheses()
    if not reader.skip("AS"):
        raise Unreadable("CREATE VIEW without AS")
    return Create(kind=Kind.VIEW, name=found, reads=tables_read(reader.rest), offset=offset)


def _trigger(reader: Reader, found: Name, offset: int) -> Action:
    if not reader.find("ON"):
        raise Unreadable("CREATE TRIGGER without ON")
    table = Name(word_name(reader), found.schema if found.schema != TEMPORARY else "")
    if not reader.find("BEGIN"):
        raise Unreadable("CREATE TRIGGER without BEGIN")
    body: list[Action] = []
    reads: list[Name] = []
    for statement in _statements(reader.rest):
        body += rows_statement(statement)
        reads += tables_read(statement.part(0, len(statement.words)))
    reads += [a.table for a in body if hasattr(a, "table")]
    return Create(kind=Kind.TRIGGER, name=found, table=table, body=tuple(body), reads=tuple(dict.fromkeys(reads)),
                  offset=offset)  # fmt: skip


def _statements(body: Reader) -> Iterator[Reader]:
    start = 0
    for at, word in enumerate(body.words):
        if word == ";":
            statement = body.part(start, at)
            start = at + 1
            if statement.word() in (*CHANGES, "SELECT", "WITH", "VALUES"):
                yield statement


def _unused(_reader: Reader, _found: Name, _offset: int) -> Action:
    return Unread(reason="it was read elsewhere")


_CREATED: Mapping[str, Callable[[Reader, Name, int], Action]] = {
    "TABLE": _unused, "INDEX": _unused, "VIEW": _view, "TRIGGER": _trigger,
}  # fmt: skip


def drop(reader: Reader) -> Iterator[Action]:
    """Read a DROP from behind its first word. Raises: Unreadable."""
    what = reader.word()
    if what not in _DROPPED:
        raise Unreadable(f"DROP {words_behind(reader, 2)}")
    reader.at += 1
    if_exists = reader.skip("IF", "EXISTS")
    offset, found = reader.offset, name(reader)
    if not reader.is_done or not found.name:
        raise Unreadable(f"`{words_behind(reader, 2)}` in DROP {what}")
    yield Drop(kind=_DROPPED[what], names=(found,), if_exists=if_exists, is_temporary=found.schema == TEMPORARY,
               offset=offset)  # fmt: skip


def alter(reader: Reader) -> Iterator[Action]:
    """Read an ALTER from behind its first word. Raises: Unreadable."""
    if not reader.skip("TABLE"):
        raise Unreadable(f"ALTER {words_behind(reader, 2)}")
    start = reader.at
    table = name(reader)
    verb, offset = reader.word(), reader.offset
    if table.name == "if" and reader.word() in ("EXISTS", "NOT"):
        raise Unreadable("ALTER TABLE IF EXISTS")
    if verb not in _ALTERED or not table.name:
        reader.at = start
        raise Unreadable(f"ALTER TABLE {words_behind(reader, 4)}")
    words = words_behind(reader)
    reader.at += 1
    action = _ALTERED[verb](reader, table, offset)
    if action is None or not reader.is_done:
        action = TableChange(table=table, change="other", value=words, offset=offset)
    yield action


def _rename(reader: Reader, table: Name, offset: int) -> Action | None:
    if reader.skip("TO"):
        return Rename(kind=Kind.TABLE, old=table, new=word_name(reader), offset=offset)
    if reader.word() in ("INDEX", "KEY", "CONSTRAINT") and reader.word(1) != "TO":
        return None
    if reader.word(1) != "TO":
        reader.skip("COLUMN")
    old = word_name(reader)
    if not reader.skip("TO"):
        return None
    return Rename(kind=Kind.COLUMN, old=Name(old), new=word_name(reader), table=table, offset=offset)


def _add(reader: Reader, table: Name, offset: int) -> Action | None:
    if reader.word() in ("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN"):
        try:
            made = table_constraint(reader)
        except Unreadable:
            return None
        return AddConstraint(table=table, constraint=made, offset=offset)
    if reader.word() in ("INDEX", "KEY", "(") or reader.word(1) == "IF":
        return None
    if (reader.word() == "COLUMN" and reader.word(1) not in ("", ",")) or reader.source[reader.at + 1 :]:
        reader.skip("COLUMN")
    try:
        return AddColumn(table=table, column=column(reader), offset=offset)
    except Unreadable:
        return None


def _drop_part(reader: Reader, table: Name, offset: int) -> Action | None:
    if reader.skip("CONSTRAINT"):
        return DropConstraint(table=table, name=word_name(reader), offset=offset)
    reader.skip("COLUMN")
    return DropColumn(table=table, column=word_name(reader), offset=offset)


def _alter_column(reader: Reader, table: Name, offset: int) -> Action | None:
    reader.skip("COLUMN")
    changed = word_name(reader)
    for words in (("SET", "NOT", "NULL"), ("DROP", "NOT", "NULL"), ("DROP", "DEFAULT")):
        if reader.skip(*words):
            return AlterColumn(table=table, column=changed, change=" ".join(words).lower(), offset=offset)
    if reader.skip("SET", "DEFAULT"):
        return AlterColumn(table=table, column=changed, change="set default", value=default(reader), offset=offset)
    if reader.skip("TYPE") or reader.skip("SET", "DATA", "TYPE"):
        return AlterType(table=table, column=changed, type=data_type(reader), offset=offset)
    return None


def _refused(_reader: Reader, _table: Name, _offset: int) -> Action | None:
    return None


_ALTERED: Mapping[str, Callable[[Reader, Name, int], Action | None]] = {
    "RENAME": _rename, "ADD": _add, "DROP": _drop_part, "ALTER": _alter_column, "MODIFY": _refused, "CHANGE": _refused,
    "SET": _refused, "ENGINE": _refused, "CONVERT": _refused, "OWNER": _refused, "VALIDATE": _refused,
    "ENABLE": _refused, "DISABLE": _refused, "AUTO_INCREMENT": _refused, "COMMENT": _refused, "WITH": _refused,
}  # fmt: skip
