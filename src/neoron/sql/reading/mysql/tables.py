"""CREATE TABLE, CREATE INDEX, and the options of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neoron.sql.actions import Action, CreateIndex, CreateTable, TableChange
from neoron.sql.lexer import Kind
from neoron.sql.parts import ColumnDefinition, Constraint, IndexDefinition, Name
from neoron.sql.reading.mysql.columns import TABLE_PARTS, column_definition, index_body, table_part
from neoron.sql.reading.mysql.cursor import Cursor, folded

_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set")
_QUERY = ("SELECT", "WITH", "VALUES", "TABLE")
OPTIONS = {
    "ENGINE": "engine", "TYPE": "engine", "ROW_FORMAT": "row format", "KEY_BLOCK_SIZE": "key block size",
    "COMPRESSION": "compression", "PAGE_COMPRESSED": "compression", "ENCRYPTION": "encryption",
    "ENCRYPTED": "encryption", "AUTO_INCREMENT": "auto increment", "COMMENT": "comment", "TABLESPACE": "tablespace",
    "STATS_PERSISTENT": "stats", "STATS_AUTO_RECALC": "stats", "STATS_SAMPLE_PAGES": "stats", "CHARSET": "charset",
    "COLLATE": "charset", "CHECKSUM": "storage parameters", "TRANSACTIONAL": "storage parameters",
}  # fmt: skip


def create_table(cursor: Cursor, *, replaces: bool, is_temporary: bool) -> Iterator[Action]:
    """Read a CREATE TABLE from behind TABLE."""
    offset = cursor.offset
    is_conditional = cursor.skip("IF", "NOT", "EXISTS")
    table = cursor.object_name()
    like: Name | None = None
    columns: list[ColumnDefinition] = []
    constraints: list[Constraint] = []
    indexes: list[IndexDefinition] = []
    if cursor.skip("LIKE"):
        like = cursor.object_name()
    elif cursor.word() == "(" and cursor.word(1) not in (*_QUERY, "("):
        inner = cursor.inside()
        if inner.skip("LIKE"):
            like = inner.object_name()
        else:
            for item in inner.items():
                _table_item(item, table, columns, constraints, indexes)
    options = table_options(cursor.part(cursor.at))
    charset = next((o[8:] for o in options if o.startswith("CHARSET=")), "")
    yield CreateTable(
        table=table, columns=tuple(_with_charset(c, charset) for c in columns), constraints=tuple(constraints),
        indexes=tuple(indexes), is_temporary=is_temporary, if_not_exists=is_conditional, replaces=replaces,
        is_from_query=cursor.has("SELECT"), like=like, is_partitioned=cursor.has("PARTITION"), offset=offset,
        options=frozenset(options),
    )  # fmt: skip


def _table_item(
    item: Cursor, table: Name, columns: list[ColumnDefinition], constraints: list[Constraint],
    indexes: list[IndexDefinition],
) -> None:  # fmt: skip
    if item.word() in TABLE_PARTS:
        part = table_part(item, table)
        if isinstance(part, Constraint):
            constraints.append(part)
        elif part is not None:
            indexes.append(part)
    elif item.word() != "PERIOD" and not item.is_done:
        columns.append(column_definition(item))


def _with_charset(column: ColumnDefinition, charset: str) -> ColumnDefinition:
    """The column with its table's charset, where it has none of its own."""
    kind = column.type
    if not charset or kind.charset or kind.name not in _TEXTS:
        return column
    return replace(column, type=replace(kind, charset=charset))


def table_options(cursor: Cursor) -> list[str]:
    """The options of a new table, as upper-case KEY=VALUE; charsets and engines in lower case."""
    found = []
    while not cursor.is_done and cursor.word() not in ("PARTITION", *_QUERY):
        if cursor.skip("CHARACTER", "SET") or cursor.skip("CHARSET"):
            found.append(f"CHARSET={folded(cursor.value_word())}")
        elif cursor.word() in ("ENGINE", "ROW_FORMAT", "COLLATE"):
            word = cursor.word()
            cursor.at += 1
            found.append(f"{word}={folded(cursor.value_word())}")
        elif cursor.skip("WITH", "SYSTEM", "VERSIONING"):
            found.append("SYSTEM VERSIONING")
        else:
            cursor.at += 1
    return found


def create_index(cursor: Cursor, words: set[str]) -> Iterator[Action]:
    """Read a CREATE INDEX from behind INDEX."""
    offset = cursor.offset
    is_conditional = cursor.skip("IF", "NOT", "EXISTS")
    name = cursor.column_name()
    while not cursor.is_done and cursor.word() != "ON":
        cursor.at += 1
    cursor.skip("ON")
    table = cursor.object_name()
    method = next((w.lower() for w in ("FULLTEXT", "SPATIAL", "VECTOR") if w in words), "")
    blank = IndexDefinition(name, table, (), "UNIQUE" in words, False, is_conditional, False, method)
    index = index_body(cursor, blank)
    yield CreateIndex(index=index, offset=offset, options=statement_options(cursor))


def statement_options(cursor: Cursor) -> frozenset[str]:
    """ALGORITHM= and LOCK= from here on."""
    found = set()
    for at in range(cursor.at, len(cursor.words)):
        if cursor.words[at] in ("ALGORITHM", "LOCK"):
            rest = cursor.part(at + 1)
            found.add(f"{cursor.words[at]}={rest.value_word().upper()}")
    return frozenset(found)


def table_change(cursor: Cursor, table: Name) -> Iterator[Action]:
    """Read the options that ALTER TABLE gives a table; stops at the first word that is none."""
    while not cursor.is_done:
        offset = cursor.offset
        cursor.skip("DEFAULT")
        if cursor.skip("CHARACTER", "SET"):
            yield TableChange(table=table, change="charset", value=folded(cursor.value_word()), offset=offset)
        elif cursor.skip("DATA", "DIRECTORY") or cursor.skip("INDEX", "DIRECTORY"):
            yield TableChange(table=table, change="other", value=cursor.value_word(), offset=offset)
        elif cursor.word() in OPTIONS:
            word = cursor.word()
            cursor.at += 1
            told = folded(cursor.value_word())
            is_collation = word == "COLLATE"
            yield TableChange(table=table, change=OPTIONS[word], value="" if is_collation else told, offset=offset)
        elif cursor.is_kind(Kind.WORD, Kind.IDENTIFIER) and cursor.word(1) == "=":
            cursor.at += 1
            if cursor.skip("=") and cursor.word() == "(":
                cursor.skip_parentheses()
            else:
                cursor.value_word()
            yield TableChange(table=table, change="other", offset=offset)
        else:
            return
