"""Columns, their types and defaults, constraints and indexes, as CREATE TABLE and ALTER TABLE write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from neoron.sql.lexer import Kind
from neoron.sql.parts import (
    ColumnDefinition,
    Constraint,
    ConstraintKind,
    DataType,
    Generated,
    IndexDefinition,
    Name,
    Value,
    ValueKind,
)
from neoron.sql.reading.mysql.cursor import Cursor, folded

_ALIASES = {
    "integer": "int", "int4": "int", "int8": "bigint", "int2": "smallint", "int1": "tinyint", "int3": "mediumint",
    "middleint": "mediumint", "bool": "tinyint", "boolean": "tinyint", "dec": "decimal", "numeric": "decimal",
    "fixed": "decimal", "number": "decimal", "real": "double", "float8": "double", "float4": "float",
    "character": "char", "nchar": "char", "nvarchar": "varchar", "varchar2": "varchar", "varcharacter": "varchar",
    "raw": "varbinary", "clob": "longtext", "geomcollection": "geometrycollection",
}  # fmt: skip
_BITS = {"tinyint", "smallint", "mediumint", "int", "bigint"}
_STABLE = frozenset({"CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_DATE", "CURDATE",
                     "CURRENT_TIME", "CURTIME", "UTC_TIMESTAMP", "UTC_DATE", "SYSDATE", "CURRENT_USER",
                     "USER"})  # fmt: skip
_VOLATILE = frozenset({
    "UUID", "UUID_SHORT", "RAND", "SLEEP", "NEXTVAL", "LASTVAL", "NEXT", "SYS_GUID", "UUID_V4", "UUID_V7",
    "UUID_TO_BIN", "RANDOM_BYTES", "BENCHMARK", "GET_LOCK", "CONNECTION_ID",
})  # fmt: skip
_INDEX_WORDS = ("FULLTEXT", "SPATIAL", "UNIQUE", "INDEX", "KEY", "VECTOR")
TABLE_PARTS = ("CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK", *_INDEX_WORDS)
_ENDS_VALUE = frozenset({
    "NOT", "NULL", "DEFAULT", "AUTO_INCREMENT", "UNIQUE", "PRIMARY", "KEY", "COMMENT", "COLLATE", "COLUMN_FORMAT",
    "STORAGE", "REFERENCES", "CONSTRAINT", "CHECK", "GENERATED", "FIRST", "AFTER", "VISIBLE", "INVISIBLE",
    "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "COMPRESSED", "ON", "SRID", "REF_SYSTEM_ID", "AS", "WITH",
})  # fmt: skip


def data_type(cursor: Cursor) -> DataType:
    """Read a type with its length, sign, charset and collation."""
    start = cursor.at
    name = folded(cursor.value_word())
    if name in ("national", "long"):
        second = folded(cursor.value_word()) if cursor.word() in ("CHAR", "CHARACTER", "VARCHAR", "VARBINARY") else ""
        name = "mediumtext" if name == "long" and second != "varbinary" else second or "mediumblob"
    if name == "double":
        cursor.skip("PRECISION")
    if name in ("char", "character") and (cursor.skip("VARYING") or cursor.skip("LARGE")):
        name = "varchar" if cursor.word(-1) == "VARYING" else "longtext"
    name = _ALIASES.get(name, name)
    labels: tuple[str, ...] = ()
    arguments: tuple[int, ...] = ()
    if cursor.word() == "(":
        inner = cursor.inside()
        labels = tuple(item.string() for item in inner.items()) if name in ("enum", "set") else ()
        arguments = tuple(int(t.text) for t in inner.source if t.kind is Kind.NUMBER and t.text.isdigit())
    if name in _BITS:
        arguments = ()
    return _attributes(cursor, DataType(name, arguments, labels, text=""), start)


def _attributes(cursor: Cursor, found: DataType, start: int) -> DataType:
    is_unsigned, charset, collation = found.name == "serial", "", ""
    end = cursor.at
    while True:
        if cursor.skip("UNSIGNED") or cursor.skip("ZEROFILL"):
            is_unsigned, end = True, cursor.at
        elif cursor.skip("CHARACTER", "SET") or cursor.skip("CHARSET"):
            charset = folded(cursor.value_word())
        elif cursor.skip("COLLATE"):
            collation = folded(cursor.value_word())
        elif cursor.skip("ASCII"):
            charset = "latin1"
        elif not (cursor.skip("SIGNED") or cursor.skip("BINARY") or cursor.skip("BYTE") or cursor.skip("UNICODE")):
            break
    name = "bigint" if found.name == "serial" else found.name
    return DataType(name, found.arguments, found.labels, False, is_unsigned, charset, collation,
                    cursor.shown(start, end))  # fmt: skip


@dataclass(slots=True)
class _Column:
    """A column while its words are read."""

    name: str
    is_nullable: bool | None = None
    default: Value | None = None
    is_identity: bool = False
    generated: Generated | None = None
    constraints: list[Constraint] = field(default_factory=list)
    comment: str | None = None
    position: str = ""
    collation: str = ""
    options: set[str] = field(default_factory=set)


def column_definition(cursor: Cursor, name: str = "") -> ColumnDefinition:
    """Read a column: name, type and everything behind it."""
    column = _Column(name or cursor.column_name())
    is_serial = cursor.word() == "SERIAL"
    kind = data_type(cursor) if cursor.is_kind(Kind.WORD, Kind.IDENTIFIER) else DataType("")
    if is_serial:
        column.is_nullable, column.is_identity = False, True
        column.constraints.append(Constraint(ConstraintKind.UNIQUE, columns=(column.name,)))
    while not cursor.is_done:
        word = cursor.word()
        reader = _COLUMN_WORDS.get(word)
        cursor.at += 1
        if reader:
            reader(cursor, column)
        elif word == "(":
            cursor.at -= 1
            cursor.skip_parentheses()
    if column.collation:
        kind = DataType(kind.name, kind.arguments, kind.labels, False, kind.is_unsigned, kind.charset,
                        column.collation, kind.text)  # fmt: skip
    if any(c.kind is ConstraintKind.PRIMARY_KEY for c in column.constraints):
        column.is_nullable = False
    return ColumnDefinition(
        column.name, kind, column.is_nullable, column.default, column.is_identity, column.generated,
        tuple(column.constraints), column.comment, column.position, frozenset(column.options),
    )  # fmt: skip


def _not(cursor: Cursor, column: _Column) -> None:
    if cursor.skip("NULL"):
        column.is_nullable = False


def _null(_cursor: Cursor, column: _Column) -> None:
    column.is_nullable = True


def _default(cursor: Cursor, column: _Column) -> None:
    column.default = value(cursor)


def _identity(_cursor: Cursor, column: _Column) -> None:
    column.is_identity = True
    column.is_nullable = False


def _unique(cursor: Cursor, column: _Column) -> None:
    cursor.skip("KEY")
    column.constraints.append(Constraint(ConstraintKind.UNIQUE, columns=(column.name,)))


def _primary(cursor: Cursor, column: _Column) -> None:
    cursor.skip("KEY")
    column.constraints.append(Constraint(ConstraintKind.PRIMARY_KEY, columns=(column.name,)))


def _comment(cursor: Cursor, column: _Column) -> None:
    cursor.skip("=")
    column.comment = cursor.string()


def _collate(cursor: Cursor, column: _Column) -> None:
    column.collation = folded(cursor.value_word())


def _references(cursor: Cursor, column: _Column) -> None:
    column.constraints.append(references(cursor, "", (column.name,)))


def _check(cursor: Cursor, column: _Column) -> None:
    column.constraints.append(check(cursor, ""))


def _generated(cursor: Cursor, column: _Column) -> None:
    """GENERATED ALWAYS AS (…) or AS (…), STORED, PERSISTENT or VIRTUAL; or AS ROW START."""
    if cursor.word(-1) == "GENERATED":
        cursor.skip("ALWAYS")
        if not cursor.skip("AS"):
            return
    if cursor.skip("ROW"):
        column.options.add("ROW")
        column.generated = Generated("ROW", True)
        return
    start = cursor.at
    cursor.skip_parentheses()
    column.generated = Generated(cursor.shown(start), cursor.word() in ("STORED", "PERSISTENT"))


def _on(cursor: Cursor, column: _Column) -> None:
    if cursor.skip("UPDATE"):
        column.options.add("ON UPDATE")
        value(cursor)


def _after(cursor: Cursor, column: _Column) -> None:
    column.position = f"after {cursor.column_name()}"


def _first(_cursor: Cursor, column: _Column) -> None:
    column.position = "first"


def _visibility(cursor: Cursor, column: _Column) -> None:
    column.options.add(cursor.word(-1))


def _constraint_name(cursor: Cursor, column: _Column) -> None:
    if cursor.word() not in ("CHECK", "PRIMARY", "UNIQUE"):
        cursor.column_name()


_COLUMN_WORDS: Mapping[str, Callable[[Cursor, _Column], None]] = {
    "NOT": _not, "NULL": _null, "DEFAULT": _default, "AUTO_INCREMENT": _identity, "UNIQUE": _unique,
    "PRIMARY": _primary, "KEY": _primary, "COMMENT": _comment, "COLLATE": _collate, "REFERENCES": _references,
    "CHECK": _check, "GENERATED": _generated, "AS": _generated, "ON": _on, "AFTER": _after, "FIRST": _first,
    "INVISIBLE": _visibility, "CONSTRAINT": _constraint_name,
}  # fmt: skip


def value(cursor: Cursor) -> Value:
    """Read an expression after DEFAULT, SET DEFAULT or ON UPDATE, and how it comes to its value."""
    cursor.skip("=")
    start = cursor.at
    if cursor.skip("NULL"):
        return Value("NULL", ValueKind.NULL)
    if cursor.word() == "(":
        inner = cursor.inside()
        return Value(cursor.shown(start), value_kind(inner))
    if cursor.word() == "NEXT":
        cursor.skip("NEXT", "VALUE", "FOR")
        cursor.parts()
        return Value(cursor.shown(start), ValueKind.VOLATILE)
    while not cursor.is_done and (cursor.word() not in _ENDS_VALUE or cursor.at == start):
        if cursor.word() == "(":
            cursor.skip_parentheses()
        else:
            cursor.at += 1
    return Value(cursor.shown(start), value_kind(cursor.part(start, cursor.at)))


def value_kind(cursor: Cursor) -> ValueKind:
    """NULL, constant, stable in a statement, volatile, or unknown: an expression with functions of any other kind."""
    words = set(cursor.words)
    if words & _VOLATILE:
        return ValueKind.VOLATILE
    if words & _STABLE:
        return ValueKind.STABLE
    if len(cursor.words) == 1 and words == {"NULL"}:
        return ValueKind.NULL
    is_plain = all(t.kind is not Kind.WORD or t.text.upper() in ("TRUE", "FALSE") for t in cursor.source)
    return ValueKind.CONSTANT if is_plain else ValueKind.UNKNOWN


def column_list(cursor: Cursor) -> tuple[str, ...]:
    """Read ( a, b(10) DESC, (expression) ): the columns, "" for an expression."""
    if cursor.word() != "(":
        return ()
    return tuple(item.column_name() for item in cursor.inside().items())


def check(cursor: Cursor, name: str) -> Constraint:
    """Read a CHECK from behind its first word."""
    start = cursor.at
    cursor.skip_parentheses()
    text = cursor.shown(start)
    is_enforced = not cursor.skip("NOT", "ENFORCED")
    cursor.skip("ENFORCED")
    return Constraint(ConstraintKind.CHECK, name, expression=text, is_valid=is_enforced)


def references(cursor: Cursor, name: str, columns: tuple[str, ...]) -> Constraint:
    """Read what a foreign key points to, from behind REFERENCES."""
    target = cursor.object_name()
    pointed = column_list(cursor)
    actions = {"DELETE": "", "UPDATE": ""}
    while True:
        if cursor.skip("MATCH"):
            cursor.at += 1
        elif cursor.word() == "ON" and cursor.word(1) in actions:
            verb = cursor.word(1)
            cursor.at += 2
            actions[verb] = cursor.word().lower()
            cursor.at += 1
            if actions[verb] in ("set", "no"):
                actions[verb] += f" {cursor.word().lower()}"
                cursor.at += 1
        else:
            break
    return Constraint(ConstraintKind.FOREIGN_KEY, name, columns, references=target, referenced_columns=pointed,
                      on_delete=actions["DELETE"], on_update=actions["UPDATE"])  # fmt: skip


def table_part(cursor: Cursor, table: Name) -> Constraint | IndexDefinition | None:
    """Read a constraint or an index of a table; None when neither comes next."""
    name = ""
    if cursor.skip("CONSTRAINT"):
        cursor.skip("IF", "NOT", "EXISTS")
        if cursor.word() not in ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
            name = cursor.column_name()
    if cursor.skip("PRIMARY", "KEY"):
        return _primary_key(cursor, name)
    if cursor.skip("FOREIGN", "KEY"):
        cursor.skip("IF", "NOT", "EXISTS")
        name = name or (cursor.column_name() if cursor.word() != "(" else "")
        columns = column_list(cursor)
        return references(cursor, name, columns) if cursor.skip("REFERENCES") else None
    if cursor.skip("CHECK"):
        return check(cursor, name)
    return _index(cursor, table, name) if cursor.word() in _INDEX_WORDS else None


def _primary_key(cursor: Cursor, name: str) -> Constraint:
    cursor.skip("IF", "NOT", "EXISTS")
    while not cursor.is_done and cursor.word() != "(":
        cursor.at += 1
    return Constraint(ConstraintKind.PRIMARY_KEY, name, column_list(cursor))


def _index(cursor: Cursor, table: Name, name: str) -> IndexDefinition:
    method, is_unique = "", False
    while cursor.word() in _INDEX_WORDS:
        word = cursor.word()
        is_unique = is_unique or word == "UNIQUE"
        method = word.lower() if word in ("FULLTEXT", "SPATIAL", "VECTOR") else method
        cursor.at += 1
    is_conditional = cursor.skip("IF", "NOT", "EXISTS")
    if cursor.word() not in ("(", "USING", ""):
        name = cursor.column_name() or name
    return index_body(cursor, IndexDefinition(name, table, (), is_unique, False, is_conditional, False, method))


def index_body(cursor: Cursor, found: IndexDefinition) -> IndexDefinition:
    """Read USING, the columns and the options behind them."""
    while not cursor.is_done and cursor.word() != "(":
        cursor.at += 1
    columns = column_list(cursor)
    options = frozenset(w for w in ("INVISIBLE", "IGNORED") if cursor.has(w))
    return IndexDefinition(
        found.name or (columns[0] if columns else ""), found.table, columns, found.is_unique, False,
        found.if_not_exists, False, found.method, options,
    )  # fmt: skip
