"""CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterType,
    CreateIndex,
    CreateTable,
    Drop,
    DropColumn,
    DropConstraint,
    PartitionChange,
    SwitchConstraint,
    TableChange,
    Unread,
    Upkeep,
    ValidateConstraint,
)
from neoron.sql.parts import ColumnDefinition, Kind, Name
from neoron.sql.reading.tsql.columns import (
    Elements,
    index_options,
    read_elements,
    read_traits,
    read_type,
)
from neoron.sql.reading.tsql.cursor import Cursor

_COLUMN_PARTS = {"PERSISTED": "persisted", "SPARSE": "sparse", "MASKED": "mask"}
_COLUMN_WORDS = ("PERSISTED", "ROWGUIDCOL", "SPARSE", "HIDDEN", "MASKED", "NOT")


def create_table(cursor: Cursor) -> Iterator[Action]:
    """CREATE TABLE t ( … ), as node, edge, external or memory-optimized table too."""
    offset = cursor.where()
    table = cursor.object_name()
    cursor.skip("AS", "FILETABLE")
    elements = read_elements(cursor.inner().cut(","), table) if cursor.word() == "(" else Elements()
    words = cursor.words
    is_partitioned = any(words[at - 2] == "ON" and words[at] == "(" for at in range(cursor.at + 2, len(words)))
    yield CreateTable(
        table=table, columns=tuple(elements.columns), constraints=tuple(elements.constraints),
        indexes=tuple(elements.indexes), is_temporary=table.name.startswith(("#", "@")),
        is_from_query=cursor.has("SELECT"), is_partitioned=is_partitioned, offset=offset,
    )  # fmt: skip


def alter_table(cursor: Cursor) -> Iterator[Action]:
    """ALTER TABLE: one kind of change, of one or several parts."""
    offset = cursor.where()
    table = cursor.object_name()
    is_valid: bool | None = None
    if cursor.word() == "WITH" and cursor.word(1) in ("CHECK", "NOCHECK"):
        is_valid = cursor.word(1) == "CHECK"
        cursor.at += 2
    word = cursor.take(*_CHANGES, "CHECK", "NOCHECK")
    if word in ("CHECK", "NOCHECK"):
        yield from _switch_constraints(cursor, table, word, is_checked=bool(is_valid))
    elif word == "ADD":
        yield from _add(cursor, table, is_valid=is_valid is not False)
    elif word:
        yield from _CHANGES[word](cursor, table)
    else:
        yield Unread(reason="this change of a table is not known", words=cursor.text()[:40], offset=offset)


def _add(cursor: Cursor, table: Name, *, is_valid: bool) -> Iterator[Action]:
    """ADD of columns, constraints and indexes, mixed."""
    for part in cursor.cut(","):
        offset = part.where()
        part.skip("COLUMN")  # not T-SQL, but what is meant is plain
        part = part.remaining()
        if part.word() == "(":
            part = part.inner()
        elements = read_elements([part], table, is_valid=is_valid)
        for column in elements.columns:
            yield AddColumn(table=table, column=column, offset=offset)
        for constraint in elements.constraints:
            yield AddConstraint(table=table, constraint=constraint, offset=offset, options=constraint.options)
        for index in elements.indexes:
            yield CreateIndex(index=replace(index, table=table), in_alter=True, offset=offset)
        if elements.unread:
            yield Unread(reason="what is added is not known", words=elements.unread[0][:40], offset=offset)
        elif part.words[:1] == ["PERIOD"]:
            yield TableChange(table=table, change="period", offset=offset)


def _alter_column(cursor: Cursor, table: Name) -> Iterator[Action]:
    """ALTER COLUMN c TYPE …, or ADD and DROP of a trait."""
    offset = cursor.where()
    cursor.skip("COLUMN")
    column = cursor.one_name()
    verb = cursor.word()
    if verb in ("ADD", "DROP") and cursor.word(1) in _COLUMN_WORDS:
        trait = _COLUMN_PARTS.get(cursor.word(1), "set options")
        change = f"{verb.lower()} {trait}" if trait == "persisted" else trait
        yield AlterColumn(table=table, column=column, change=change, offset=offset)
        return
    kind = read_type(cursor)
    options: set[str] = set()
    part = cursor.remaining()
    if cursor.has("WITH"):
        start = cursor.at
        cursor.seek("WITH")
        part = cursor.piece(start, cursor.at)
        options = index_options(cursor)
    restated = read_traits(part, ColumnDefinition(column, kind), table, Elements())
    yield AlterType(table=table, column=column, type=restated.type, restated=restated, offset=offset,
                    options=frozenset(options))  # fmt: skip


def _drop(cursor: Cursor, table: Name) -> Iterator[Action]:
    """DROP of columns and constraints, mixed; the word before a name holds for those behind it."""
    kind = ""
    for part in cursor.cut(","):
        offset = part.where()
        kind = part.take("COLUMN", "CONSTRAINT", "PERIOD", "INDEX") or kind
        part.skip("IF", "EXISTS")
        offset = part.where() if part.is_name_here() else offset
        if kind == "PERIOD":
            yield TableChange(table=table, change="period", value="drop", offset=offset)
        elif kind == "INDEX":
            yield from _drop_index(part, table, offset)
        elif kind == "COLUMN":
            yield DropColumn(table=table, column=part.one_name(), offset=offset)
        else:
            name = part.one_name()
            yield DropConstraint(table=table, name=name, offset=offset, options=frozenset(index_options(part)))


def _drop_index(part: Cursor, table: Name, offset: int) -> Iterator[Action]:
    yield Drop(kind=Kind.INDEX, names=(Name(part.one_name()),), table=table, offset=offset)


def _switch_constraints(cursor: Cursor, table: Name, word: str, *, is_checked: bool) -> Iterator[Action]:
    """[WITH CHECK] CHECK CONSTRAINT, NOCHECK CONSTRAINT."""
    cursor.skip("CONSTRAINT")
    for part in cursor.cut(","):
        name = "" if part.skip("ALL") else part.one_name()
        if word == "CHECK" and is_checked:
            yield ValidateConstraint(table=table, name=name, offset=part.where())
        else:
            yield SwitchConstraint(table=table, name=name, is_enabled=word == "CHECK", offset=part.where())


def _switch_partition(cursor: Cursor, table: Name) -> Iterator[Action]:
    offset = cursor.where()
    is_part = cursor.skip("PARTITION")
    number = cursor.raw() if is_part else ""
    cursor.seek("TO")
    cursor.skip("TO")
    target = cursor.object_name()
    options = {word for word in cursor.words if word in ("WAIT_AT_LOW_PRIORITY", "BLOCKERS")}
    yield PartitionChange(table=table, change="switch", names=(number,) if number else (), other=target, offset=offset,
                          options=frozenset(options))  # fmt: skip


def _set(cursor: Cursor, table: Name) -> Iterator[Action]:
    """SET ( … ): versioning, lock escalation and so on."""
    for part in cursor.inner().cut(","):
        offset = part.where()
        name = part.word()
        value = part.word(2)
        if name == "SYSTEM_VERSIONING":
            forgets = "HISTORY_RETENTION_PERIOD" in part.words and "INFINITE" not in part.words
            yield TableChange(table=table, change=f"system versioning {value.lower()}", offset=offset,
                              value="HISTORY_RETENTION_PERIOD" if forgets else "")  # fmt: skip
        elif name:
            change = "lock escalation" if name == "LOCK_ESCALATION" else "other"
            yield TableChange(table=table, change=change, value=f"{name} {value}".strip(), offset=offset)


def _rebuild(cursor: Cursor, table: Name) -> Iterator[Action]:
    offset = cursor.where()
    cursor.seek("WITH")
    options = index_options(cursor)
    yield Upkeep(work="rebuild", tables=(table,), is_concurrent="ONLINE" in options, offset=offset,
                 options=frozenset(options))  # fmt: skip


def _enable(is_on: bool) -> Callable[[Cursor, Name], Iterator[Action]]:
    def read(cursor: Cursor, table: Name) -> Iterator[Action]:
        what = cursor.take("TRIGGER", "CHANGE_TRACKING", "FILETABLE_NAMESPACE")
        if what == "TRIGGER":
            change = "trigger on" if is_on else "trigger off"
            yield TableChange(table=table, change=change, value=cursor.text(), offset=cursor.where())
        else:
            yield TableChange(table=table, change="change tracking" if what == "CHANGE_TRACKING" else "other",
                              value="on" if is_on else "off", offset=cursor.where())  # fmt: skip

    return read


def _split_merge(cursor: Cursor, table: Name) -> Iterator[Action]:
    yield TableChange(table=table, change="other", offset=cursor.where())


_CHANGES: Mapping[str, Callable[[Cursor, Name], Iterator[Action]]] = {
    "ADD": lambda cursor, table: _add(cursor, table, is_valid=True), "ALTER": _alter_column, "DROP": _drop,
    "SWITCH": _switch_partition, "SET": _set, "REBUILD": _rebuild, "ENABLE": _enable(True), "DISABLE": _enable(False),
    "SPLIT": _split_merge, "MERGE": _split_merge,
}  # fmt: skip
