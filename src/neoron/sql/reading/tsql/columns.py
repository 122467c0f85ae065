"""Columns, constraints and inline indexes, as CREATE TABLE and ALTER TABLE … ADD write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
from neoron.sql.reading.tsql.cursor import Cursor, word_set

_SYNONYMS = {
    "integer": "int", "dec": "decimal", "numeric": "decimal", "character": "char", "charvarying": "varchar",
    "character varying": "varchar", "char varying": "varchar", "national char": "nchar", "binary varying": "varbinary",
    "national character": "nchar", "national char varying": "nvarchar", "national character varying": "nvarchar",
    "national text": "ntext", "double precision": "float", "timestamp": "rowversion",
}  # fmt: skip
_TYPE_TAILS = ("VARYING", "PRECISION", "CHAR", "CHARACTER", "TEXT")
_STABLE = word_set(
    """GETDATE GETUTCDATE SYSDATETIME SYSUTCDATETIME SYSDATETIMEOFFSET CURRENT_TIMESTAMP CURRENT_USER USER
    SESSION_USER SYSTEM_USER SUSER_SNAME SUSER_NAME USER_NAME ORIGINAL_LOGIN HOST_NAME APP_NAME DB_NAME
    DB_ID SUSER_ID USER_ID SESSION_CONTEXT CONTEXT_INFO CONVERT CAST ISNULL COALESCE DATEADD DATEPART
    DATEDIFF YEAR MONTH DAY LEFT RIGHT SUBSTRING UPPER LOWER CONCAT LEN REPLICATE DATEFROMPARTS
    DATETIME2FROMPARTS TRY_CONVERT TRY_CAST PARSE FORMAT NCHAR CHAR EOMONTH SWITCHOFFSET TODATETIMEOFFSET"""
)
_VOLATILE = frozenset({"NEWID", "NEWSEQUENTIALID", "RAND", "CRYPT_GEN_RANDOM", "NEXT"})
_CONSTRAINT_WORDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "REFERENCES", "DEFAULT")
ONLINE_WORDS = ("ONLINE", "RESUMABLE", "WAIT_AT_LOW_PRIORITY", "DROP_EXISTING", "BLOCKERS", "DATA_COMPRESSION")


@dataclass(slots=True)
class Elements:
    """What stands in the parentheses of CREATE TABLE, or behind ADD."""

    columns: list[ColumnDefinition] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    indexes: list[IndexDefinition] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read_elements(pieces: list[Cursor], table: Name, *, is_valid: bool = True) -> Elements:
    """Columns, constraints and indexes from the parts between the commas."""
    found = Elements()
    for part in pieces:
        if part.is_done:
            continue
        if part.word() in _CONSTRAINT_WORDS and part.kind() is Kind.WORD:
            constraint = read_constraint(part, is_valid=is_valid)
            if constraint:
                found.constraints.append(constraint)
            else:
                found.unread.append(part.text())
        elif part.word() == "INDEX":
            part.at += 1
            found.indexes.append(inline_index(part, table, part.one_name()))
        elif part.word() == "PERIOD":
            continue
        elif part.kind() not in (Kind.WORD, Kind.IDENTIFIER):
            found.unread.append(part.text())
        else:
            found.columns.append(read_column(part, table, found, is_valid=is_valid))
    return found


def inline_index(part: Cursor, table: Name, name: str) -> IndexDefinition:
    """INDEX name … inside a table's parentheses."""
    is_unique = part.skip("UNIQUE")
    method = (part.take("CLUSTERED", "NONCLUSTERED") or "").lower()
    method = "columnstore" if part.skip("COLUMNSTORE") else method
    columns = listed_columns(part.inner())
    return IndexDefinition(name, table, columns, is_unique, method=method, is_filtered=part.has("WHERE"))


def listed_columns(inner: Cursor) -> tuple[str, ...]:
    """The names in `(a, b DESC)`."""
    return tuple(name for name in (piece.one_name() for piece in inner.cut(",")) if name)


def read_type(part: Cursor) -> DataType:
    """Read a type with its arguments."""
    start = part.at
    parts = part.name_parts()
    name = parts[-1] if parts else ""
    while part.word() in _TYPE_TAILS and name in ("national", "char", "character", "double", "binary", "national char",
                                                  "national character"):  # fmt: skip
        name = f"{name} {part.word().lower()}"
        part.at += 1
    name = _SYNONYMS.get(name, name)
    arguments: tuple[int, ...] = ()
    if part.word() == "(":
        inner = part.inner()
        arguments = tuple(_argument(piece) for piece in inner.cut(",") if not piece.is_done)
    text = "".join(token.text if token.text in "(),." else f" {token.text}" for token in part.source[start : part.at])
    if name == "sysname":
        name, arguments = "nvarchar", (128,)
    return DataType(name, arguments, text=text.strip().replace("( ", "(").replace(". ", "."))


def _argument(piece: Cursor) -> int:
    raw = piece.raw()
    return int(raw) if raw.isdigit() and len(raw) < 10 else -1


def read_column(part: Cursor, table: Name, found: Elements, *, is_valid: bool = True) -> ColumnDefinition:
    """A column with everything behind it; inline indexes go to what was found."""
    name = part.one_name()
    if part.skip("AS"):
        return _computed(part, name, is_valid=is_valid)
    if part.word() in ("ROWVERSION", "TIMESTAMP") or not name:
        column = ColumnDefinition(name or "timestamp", read_type(part))
    elif part.is_done:
        column = ColumnDefinition(name, DataType("rowversion" if name == "timestamp" else "", text=name))
    else:
        column = ColumnDefinition(name, read_type(part))
    return read_traits(part, column, table, found, is_valid=is_valid)


def _computed(part: Cursor, name: str, *, is_valid: bool) -> ColumnDefinition:
    start = part.at
    part.skip_call()
    while not part.is_done and part.word() not in ("PERSISTED", "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "INDEX"):
        part.at += 1
        part.skip_call()
    expression = " ".join(token.text for token in part.source[start : part.at])
    is_stored = part.skip("PERSISTED")
    column = ColumnDefinition(
        name, DataType("", text="computed"), True, generated=Generated(expression, is_stored),
    )  # fmt: skip
    return read_traits(part, column, Name(""), Elements(), is_valid=is_valid)


def read_traits(
    part: Cursor, column: ColumnDefinition, table: Name, found: Elements, *, is_valid: bool = True
) -> ColumnDefinition:
    """NULL, DEFAULT, IDENTITY, COLLATE, constraints and the rest, in any order."""
    options: set[str] = set()
    while not part.is_done:
        word = part.word()
        if word in _CONSTRAINT_WORDS:
            column = _with_constraint(part, column, is_valid=is_valid)
        elif part.skip("NOT", "NULL"):
            column = replace(column, is_nullable=False)
        elif part.skip("NULL"):
            column = replace(column, is_nullable=True)
        elif part.skip("IDENTITY"):
            part.skip_call()
            column = replace(column, is_identity=True, is_nullable=False)
        elif part.skip("COLLATE"):
            column = replace(column, type=replace(column.type, collation=part.one_name()))
        elif part.skip("GENERATED", "ALWAYS", "AS"):
            column = replace(column, generated=Generated("system time", is_stored=False))
        elif part.skip("INDEX"):
            found.indexes.append(replace(inline_index(part, table, part.one_name()), columns=(column.name,)))
        else:
            options |= {word} if word else set()
            part.at += 1
            part.skip_call()
    return replace(column, options=column.options | options)


def _with_constraint(part: Cursor, column: ColumnDefinition, *, is_valid: bool) -> ColumnDefinition:
    """The next constraint of a column; DEFAULT becomes its default."""
    start = part.at
    constraint = read_constraint(part, is_valid=is_valid)
    if constraint is None or part.at == start:
        part.at = max(part.at, start + 1)
        return column
    if constraint.kind is ConstraintKind.DEFAULT:
        default = Value(constraint.expression, default_kind(constraint.expression))
        options = column.options | ({"WITH VALUES"} if "WITH VALUES" in constraint.options else set())
        own = replace(constraint, columns=(column.name,))
        kept = (*column.constraints, own) if constraint.name else column.constraints
        return replace(column, default=default, options=options, constraints=kept)
    if constraint.kind is ConstraintKind.PRIMARY_KEY:
        column = replace(column, is_nullable=False)
    own = constraint if constraint.columns else replace(constraint, columns=(column.name,))
    return replace(column, constraints=(*column.constraints, own))


def read_constraint(part: Cursor, *, is_valid: bool = True) -> Constraint | None:
    """One constraint, with its name if it has one; None when none comes next."""
    name = part.one_name() if part.skip("CONSTRAINT") else ""
    word = part.take("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "REFERENCES", "DEFAULT")
    if word in ("PRIMARY", "UNIQUE"):
        part.skip("KEY")
        return _key(part, name, ConstraintKind.PRIMARY_KEY if word == "PRIMARY" else ConstraintKind.UNIQUE)
    if word == "CHECK":
        part.skip("NOT", "FOR", "REPLICATION")
        inner = part.inner()
        return Constraint(ConstraintKind.CHECK, name, _named_columns(inner), inner.text(),
                          _proven(inner), is_valid=is_valid)  # fmt: skip
    if word in ("FOREIGN", "REFERENCES"):
        return _foreign_key(part, name, word, is_valid=is_valid)
    if word == "DEFAULT":
        return _default(part, name)
    return None


def _key(part: Cursor, name: str, kind: ConstraintKind) -> Constraint:
    method = part.take("CLUSTERED", "NONCLUSTERED")
    part.skip("HASH")
    columns = listed_columns(part.inner()) if part.word() == "(" else ()
    options = index_options(part) | ({method} if method else set())
    return Constraint(kind, name, columns, options=frozenset(options))


def _foreign_key(part: Cursor, name: str, word: str, *, is_valid: bool) -> Constraint:
    part.skip("KEY")
    columns = listed_columns(part.inner()) if part.word() == "(" else ()
    if word == "FOREIGN":
        part.skip("REFERENCES")
    references = part.object_name()
    targets = listed_columns(part.inner()) if part.word() == "(" else ()
    actions = {"DELETE": "", "UPDATE": ""}
    while part.word() in ("ON", "NOT") and part.word(1) in ("DELETE", "UPDATE", "FOR"):
        verb = part.word(1)
        part.at += 2
        if verb == "FOR":
            part.skip("REPLICATION")
            continue
        action = part.take("CASCADE", "SET", "NO")
        rest = part.take("NULL", "DEFAULT", "ACTION") if action in ("SET", "NO") else ""
        actions[verb] = f"{action} {rest}".strip().lower()
    return Constraint(ConstraintKind.FOREIGN_KEY, name, columns, references=references, referenced_columns=targets,
                      on_delete=actions["DELETE"], on_update=actions["UPDATE"], is_valid=is_valid)  # fmt: skip


def _default(part: Cursor, name: str) -> Constraint:
    start = part.at
    _skip_value(part)
    expression = " ".join(token.text for token in part.source[start : part.at])
    options = {"WITH VALUES"} if part.skip("WITH", "VALUES") else set()
    columns = (part.one_name(),) if part.skip("FOR") else ()
    options |= {"WITH VALUES"} if part.skip("WITH", "VALUES") else set()
    return Constraint(ConstraintKind.DEFAULT, name, columns, expression, options=frozenset(options))


_VALUE_ENDS = frozenset({"FOR", "WITH", "NOT", "NULL", "COLLATE", "INDEX", "SPARSE", "IDENTITY", "ROWGUIDCOL", "HIDDEN",
                         "MASKED", *_CONSTRAINT_WORDS})  # fmt: skip


def _skip_value(part: Cursor) -> None:
    """Step over the expression of a DEFAULT."""
    if part.skip("NEXT", "VALUE", "FOR"):
        part.name_parts()
        return
    part.at += part.word() != "("
    part.skip_call()
    while not part.is_done and part.word() not in _VALUE_ENDS:
        part.at += 1
        part.skip_call()


def default_kind(expression: str) -> ValueKind:
    """How a default comes to its value: a runtime constant is the same for every row of one statement.

    Source: ALTER TABLE (Transact-SQL), Adding NOT NULL columns as an online operation.
    """
    cursor = Cursor.over(expression)
    words = [word for word, token in zip(cursor.words, cursor.source, strict=True) if token.kind is Kind.WORD]
    if any(word in _VOLATILE for word in words):
        return ValueKind.VOLATILE
    if words == ["NULL"]:
        return ValueKind.NULL
    calls = [cursor.words[i] for i in range(len(cursor.words) - 1) if cursor.words[i + 1] == "("]
    is_own = any(word and word not in _STABLE and word not in ("(", "+", "-", "*", "/", ",") for word in calls)
    if is_own or any(token.kind is Kind.IDENTIFIER for token in cursor.source) or "." in cursor.words:
        return ValueKind.VOLATILE
    return ValueKind.STABLE if words else ValueKind.CONSTANT


def index_options(part: Cursor) -> set[str]:
    """The options of WITH ( … ) behind an index or a constraint, as far as rules ask for them."""
    if part.word() != "WITH" or part.word(1) != "(":
        return set()
    part.at += 1
    return online_options(part.inner())


def online_options(inner: Cursor) -> set[str]:
    """ONLINE, RESUMABLE and their like from `ONLINE = ON (WAIT_AT_LOW_PRIORITY (…)), RESUMABLE = ON`."""
    found: set[str] = set()
    words = inner.words
    for at, word in enumerate(words):
        is_on = list(words[at + 1 : at + 3]) == ["=", "ON"]
        if word in ONLINE_WORDS and (is_on or word not in ("ONLINE", "RESUMABLE", "DROP_EXISTING")):
            found.add(word)
    return found


def _named_columns(inner: Cursor) -> tuple[str, ...]:
    """The names in a condition that are not called and not qualified by more than a table."""
    names: Mapping[str, None] = {
        token.text.strip("[]\"").lower(): None
        for at, token in enumerate(inner.source)
        if token.kind in (Kind.WORD, Kind.IDENTIFIER) and (at + 1 >= len(inner.words) or inner.words[at + 1] != "(")
    }
    return tuple(name for name in names if name.upper() not in _CONDITION_WORDS)


_CONDITION_WORDS = word_set(
    """AND OR NOT IS NULL IN LIKE BETWEEN ESCAPE CASE WHEN THEN ELSE END"""
)


def _proven(inner: Cursor) -> tuple[str, ...]:
    """The column of a CHECK that says nothing but `c IS NOT NULL`."""
    name = inner.piece(0, len(inner.words))
    column = name.one_name()
    return (column,) if name.words[name.at :] == ["IS", "NOT", "NULL"] else ()
