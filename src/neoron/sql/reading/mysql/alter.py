"""ALTER TABLE: each of its parts is an action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterIndex,
    AlterType,
    CreateIndex,
    Drop,
    DropColumn,
    DropConstraint,
    MoveToSchema,
    PartitionChange,
    Rename,
    SwitchConstraint,
    TableChange,
    Unread,
    Upkeep,
)
from neoron.sql.parts import Constraint, ConstraintKind, Kind, Name
from neoron.sql.reading.mysql.columns import TABLE_PARTS, column_definition, table_part, value
from neoron.sql.reading.mysql.cursor import Cursor, folded
from neoron.sql.reading.mysql.tables import statement_options, table_change

_PARTITION_VERBS = {
    "DROP": "drop", "TRUNCATE": "truncate", "EXCHANGE": "exchange", "REORGANIZE": "reorganize", "ADD": "add",
    "COALESCE": "coalesce", "REBUILD": "rebuild", "OPTIMIZE": "optimize", "ANALYZE": "analyze", "CHECK": "analyze",
    "REPAIR": "rebuild", "CONVERT": "detach", "DISCARD": "discard tablespace", "IMPORT": "import tablespace",
}  # fmt: skip


def alter_table(cursor: Cursor) -> Iterator[Action]:
    """Read an ALTER TABLE from behind TABLE; what all its parts share is in the options of each."""
    is_ignore = "IGNORE" in cursor.words[: cursor.at]
    cursor.skip("IF", "EXISTS")
    table = cursor.object_name()
    if cursor.skip("WAIT"):
        cursor.at += 1
    cursor.skip("NOWAIT")
    options = statement_options(cursor) | ({"IGNORE"} if is_ignore else frozenset())
    is_empty = True
    for action in _parts(cursor, table):
        is_empty = False
        yield replace(action, options=action.options | options)
    if is_empty:
        yield TableChange(table=table, change="other", options=options)


def _parts(cursor: Cursor, table: Name) -> Iterator[Action]:
    if cursor.word() in _PARTITION_VERBS and cursor.word(1) in ("PARTITION", "PARTITIONS"):
        yield _partition_change(cursor, table)
        return
    if cursor.skip("CONVERT", "TABLE"):
        other = cursor.object_name()
        yield PartitionChange(table=table, change="attach", other=other, offset=cursor.offset)
        return
    for item in cursor.items():
        tail = _partition_clause(item)
        head = item.part(0, tail) if tail is not None else item
        if not head.is_done:
            yield from _part(head, table)
        if tail is not None:
            change = "partition by" if item.words[tail] == "PARTITION" else "remove partitioning"
            yield TableChange(table=table, change=change, offset=item.part(tail).offset)


def _partition_clause(item: Cursor) -> int | None:
    """Where PARTITION BY or REMOVE PARTITIONING begins in a part: no comma stands before it."""
    for at, word in enumerate(item.words[:-1]):
        if (word, item.words[at + 1]) in (("PARTITION", "BY"), ("REMOVE", "PARTITIONING")):
            return at
    return None


def _partition_change(cursor: Cursor, table: Name) -> Action:
    offset, verb = cursor.offset, cursor.word()
    cursor.at += 2
    cursor.skip_any("NO_WRITE_TO_BINLOG", "LOCAL", "IF", "NOT", "EXISTS")
    names = [] if cursor.word() in ("(", "PARTITIONS") else [cursor.column_name()]
    while cursor.skip(","):
        names.append(cursor.column_name())
    other = cursor.object_name() if cursor.find("TABLE") else None
    change = _PARTITION_VERBS[verb]
    is_hash = verb == "ADD" and "(" not in cursor.words
    if change.endswith("tablespace"):
        return TableChange(table=table, change=change, offset=offset)
    return PartitionChange(table=table, change="coalesce" if is_hash else change, names=tuple(n for n in names if n),
                           other=other, offset=offset)  # fmt: skip


def _part(item: Cursor, table: Name) -> Iterator[Action]:
    reader = _PARTS.get(item.word())
    offset = item.offset
    found = False
    for action in (reader or table_change)(item, table):
        found = True
        yield replace(action, offset=offset) if action.offset == 0 else action
    if not found or (reader is None and not item.is_done):
        yield Unread(reason=f"ALTER TABLE … {' '.join(t.text for t in item.source[:3])} is not known", offset=offset)


def _add(item: Cursor, table: Name) -> Iterator[Action]:
    item.skip("ADD")
    if item.skip("SYSTEM", "VERSIONING"):
        yield TableChange(table=table, change="system versioning on")
        return
    if item.word() == "PERIOD" and item.word(1) == "FOR":
        yield TableChange(table=table, change="period")
        return
    if item.word() in TABLE_PARTS:
        part = table_part(item, table)
        if isinstance(part, Constraint):
            yield AddConstraint(table=table, constraint=part)
        elif part is not None:
            yield CreateIndex(index=part, in_alter=True)
        return
    item.skip("COLUMN")
    is_conditional = item.skip("IF", "NOT", "EXISTS")
    if item.word() == "(":
        for one in item.inside().items():
            yield from _add_inside(one, table)
    elif not item.is_done:
        yield AddColumn(table=table, column=column_definition(item), if_not_exists=is_conditional)


def _add_inside(item: Cursor, table: Name) -> Iterator[Action]:
    part = table_part(item, table) if item.word() in TABLE_PARTS else None
    if isinstance(part, Constraint):
        yield AddConstraint(table=table, constraint=part)
    elif part is not None:
        yield CreateIndex(index=part, in_alter=True)
    elif not item.is_done:
        yield AddColumn(table=table, column=column_definition(item))


def dropped_index(name: str, table: Name | None, *, if_exists: bool) -> Action:
    """DROP INDEX; the one that is called PRIMARY is the primary key."""
    if name == "primary" and table is not None:
        return DropConstraint(table=table, kind=ConstraintKind.PRIMARY_KEY)
    return Drop(kind=Kind.INDEX, names=(Name(name),), table=table, if_exists=if_exists)


_DROPPED = {
    ("PRIMARY", "KEY"): ConstraintKind.PRIMARY_KEY, ("FOREIGN", "KEY"): ConstraintKind.FOREIGN_KEY,
    ("CHECK",): ConstraintKind.CHECK, ("CONSTRAINT",): None,
}  # fmt: skip


def _drop(item: Cursor, table: Name) -> Iterator[Action]:
    item.skip("DROP")
    if item.skip("SYSTEM", "VERSIONING"):
        yield TableChange(table=table, change="system versioning off")
    elif item.word() == "PERIOD" and item.word(1) == "FOR":
        yield TableChange(table=table, change="other")
    elif item.word() in ("INDEX", "KEY"):
        item.at += 1
        is_conditional = item.skip("IF", "EXISTS")
        yield dropped_index(item.column_name(), table, if_exists=is_conditional)
    else:
        for words, kind in _DROPPED.items():
            if item.skip(*words):
                item.skip("IF", "EXISTS")
                yield DropConstraint(table=table, name=item.column_name(), kind=kind)
                return
        item.skip("COLUMN")
        item.skip("IF", "EXISTS")
        name = item.column_name()
        if name:
            yield DropColumn(table=table, column=name, is_cascade=item.has("CASCADE"))


def _modify(item: Cursor, table: Name) -> Iterator[Action]:
    is_change = item.word() == "CHANGE"
    item.at += 1
    item.skip("COLUMN")
    item.skip("IF", "EXISTS")
    old = item.column_name() if is_change else ""
    column = column_definition(item)
    if not column.name:
        return
    if is_change and old != column.name:
        yield Rename(kind=Kind.COLUMN, old=Name(old), new=column.name, table=table)
    yield AlterType(table=table, column=column.name, type=column.type, restated=column)


def _alter(item: Cursor, table: Name) -> Iterator[Action]:
    item.skip("ALTER")
    if item.word() in ("INDEX", "KEY") and item.word(1) not in ("SET", "DROP"):
        item.at += 1
        item.skip("IF", "EXISTS")
        name = item.column_name()
        is_hidden = item.word() in ("INVISIBLE", "IGNORED")
        yield AlterIndex(name=name, table=table, change="invisible" if is_hidden else "visible")
    elif item.word() in ("CHECK", "CONSTRAINT") and item.word(1) not in ("SET", "DROP"):
        item.at += 1
        name = item.column_name()
        is_on = not item.skip("NOT")
        yield SwitchConstraint(table=table, name=name, is_enabled=is_on, is_checked=is_on)
    else:
        yield from _alter_column(item, table)


def _alter_column(item: Cursor, table: Name) -> Iterator[Action]:
    item.skip("COLUMN")
    item.skip("IF", "EXISTS")
    name = item.column_name()
    if item.skip("SET", "DEFAULT"):
        yield AlterColumn(table=table, column=name, change="set default", value=value(item))
    elif item.skip("DROP", "DEFAULT"):
        yield AlterColumn(table=table, column=name, change="drop default")
    elif item.skip("SET", "INVISIBLE"):
        yield AlterColumn(table=table, column=name, change="visibility")
    elif item.skip("SET", "VISIBLE"):
        yield AlterColumn(table=table, column=name, change="comment")


def _rename(item: Cursor, table: Name) -> Iterator[Action]:
    item.skip("RENAME")
    kinds = {"COLUMN": Kind.COLUMN, "INDEX": Kind.INDEX, "KEY": Kind.INDEX}
    kind = kinds.get(item.word())
    if (kind and item.word(1) not in ("", "=")) or (kind and len(item.words) > item.at + 2):
        item.at += 1
        item.skip("IF", "EXISTS")
        old = item.column_name()
        item.skip("TO")
        yield Rename(kind=kind, old=Name(old), new=item.column_name(), table=table)
        return
    item.skip_any("TO", "AS", "=")
    yield from renamed(table, item.object_name())


def renamed(old: Name, new: Name) -> Iterator[Action]:
    """A table gets another name, in the same database or in another one."""
    if new.schema and new.schema != old.schema:
        yield MoveToSchema(kind=Kind.TABLE, name=old, schema=new.schema)
        old = Name(old.name, new.schema)
    if new.name != old.name:
        yield Rename(kind=Kind.TABLE, old=old, new=new.name)


def _convert(item: Cursor, table: Name) -> Iterator[Action]:
    item.skip("CONVERT", "TO")
    if item.skip("CHARACTER", "SET") or item.skip("CHARSET"):
        yield TableChange(table=table, change="convert charset", value=folded(item.value_word()))


def _simple(change: str, *words: str) -> Callable[[Cursor, Name], Iterator[Action]]:
    def read(item: Cursor, table: Name) -> Iterator[Action]:
        if item.skip(*words):
            yield TableChange(table=table, change=change)

    return read


def _keys(item: Cursor, table: Name) -> Iterator[Action]:
    verb = item.word()
    item.at += 1
    if item.skip("KEYS"):
        yield TableChange(table=table, change="keys on" if verb == "ENABLE" else "keys off")
    else:
        yield TableChange(table=table, change="other")


def _nothing(item: Cursor, table: Name) -> Iterator[Action]:
    """ALGORITHM, LOCK, WITH VALIDATION: they are in the options already."""
    item.at = len(item.words)
    yield TableChange(table=table, change="other")


_PARTS: Mapping[str, Callable[[Cursor, Name], Iterator[Action]]] = {
    "ADD": _add, "DROP": _drop, "MODIFY": _modify, "CHANGE": _modify, "ALTER": _alter, "RENAME": _rename,
    "CONVERT": _convert, "FORCE": _simple("force", "FORCE"), "ORDER": _simple("order by", "ORDER", "BY"),
    "DISCARD": _simple("discard tablespace", "DISCARD", "TABLESPACE"),
    "IMPORT": _simple("import tablespace", "IMPORT", "TABLESPACE"), "ENABLE": _keys, "DISABLE": _keys,
    "ALGORITHM": _nothing, "LOCK": _nothing, "WITH": _nothing, "WITHOUT": _nothing, "UPGRADE": _nothing,
    "SECONDARY_LOAD": _nothing, "SECONDARY_UNLOAD": _nothing,
}  # fmt: skip


def upkeep(cursor: Cursor, work: str) -> Iterator[Action]:
    """Read OPTIMIZE TABLE, REPAIR TABLE and the like from behind their first word."""
    offset = cursor.offset
    cursor.skip_any("NO_WRITE_TO_BINLOG", "LOCAL", "TABLE", "TABLES", "VIEW")
    yield Upkeep(work=work, tables=cursor.names(), offset=offset)
