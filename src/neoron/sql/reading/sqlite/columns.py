"""Columns and constraints, as CREATE TABLE and ADD COLUMN write them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from neoron.sql.condition import NOT_CONSTANT, bare, conjuncts, literal, tested_not_null
from neoron.sql.lexer import Kind
from neoron.sql.parts import ColumnDefinition, Constraint, ConstraintKind, DataType, Generated, Value, ValueKind
from neoron.sql.reader import Reader
from neoron.sql.reading.sqlite.names import folded, listed, name, word_name, written


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENDS_TYPE = _words("CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES GENERATED AS , )")
_MOMENTS = frozenset({"CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"})
_RANDOM = frozenset({"RANDOM", "RANDOMBLOB"})
TABLE_CONSTRAINTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})


class Unreadable(Exception):
    """A form that SQLite's grammar does not have; the text says which."""


@dataclass(slots=True)
class _Column:
    """A column while its constraints are read."""

    is_nullable: bool | None = None
    default: Value | None = None
    is_identity: bool = False
    generated: Generated | None = None
    collation: str = ""
    constraints: list[Constraint] = field(default_factory=list)
    options: set[str] = field(default_factory=set)


def column(reader: Reader) -> ColumnDefinition:
    """Read a column up to the comma, parenthesis or end behind it. Raises: Unreadable."""
    start, found = reader.at, word_name(reader)
    if not found:
        raise Unreadable("a column without a name")
    kind = data_type(reader)
    made = _Column()
    label = ""
    while not reader.is_done and reader.word() not in (",", ")"):
        if reader.skip("CONSTRAINT"):
            label = word_name(reader)
        elif _column_constraint(reader, made, label, found):
            label = ""
        else:
            raise Unreadable(f"`{reader.source[reader.at].text}` in the definition of {found}")
    if made.collation:
        kind = replace(kind, collation=made.collation)
    return ColumnDefinition(
        found, kind, made.is_nullable, made.default, made.is_identity, made.generated, tuple(made.constraints),
        options=frozenset(made.options), text=written(reader.source[start : reader.at]),
    )  # fmt: skip


def data_type(reader: Reader) -> DataType:
    """Read a type of any words, with what stands in parentheses; an empty one where there is none."""
    start, words = reader.at, []
    while not reader.is_done and reader.word() not in _ENDS_TYPE and reader.word() != "(":
        token = reader.source[reader.at]
        if token.kind not in (Kind.WORD, Kind.IDENTIFIER, Kind.STRING):
            break
        words.append(folded(token.text.strip("\"'`[]")))
        reader.at += 1
    arguments: tuple[int, ...] = ()
    if words and reader.word() == "(":
        opened = reader.at
        reader.skip_parentheses()
        numbers = (t.text for t in reader.source[opened : reader.at] if t.kind is Kind.NUMBER)
        arguments = tuple(int(float(n)) for n in numbers if n[:2].lower() != "0x" and len(n) < 10)
    return DataType(" ".join(words), arguments, text=written(reader.source[start : reader.at]))


def _column_constraint(reader: Reader, made: _Column, label: str, column_name: str) -> bool:
    """Read one constraint of a column; False when none comes next."""
    match reader.word():
        case "NOT" if reader.skip("NOT", "NULL"):
            made.is_nullable = False
            made.options |= _on_conflict(reader)
        case "NULL" if reader.skip("NULL"):
            made.is_nullable = True
            _on_conflict(reader)
        case "DEFAULT" if reader.skip("DEFAULT"):
            made.default = default(reader)
        case "COLLATE" if reader.skip("COLLATE"):
            made.collation = word_name(reader)
        case "GENERATED" | "AS" if reader.skip("GENERATED", "ALWAYS", "AS") or reader.skip("AS"):
            made.generated = _generated(reader)
        case "PRIMARY" if reader.skip("PRIMARY", "KEY"):
            made.constraints.append(_primary(reader, made, label))
        case "UNIQUE" if reader.skip("UNIQUE"):
            made.constraints.append(Constraint(ConstraintKind.UNIQUE, label, options=_on_conflict(reader)))
        case "CHECK" if reader.skip("CHECK"):
            made.constraints.append(_check(reader, label))
        case "REFERENCES" if reader.skip("REFERENCES"):
            made.constraints.append(_reference(reader, label, (column_name,)))
        case "DEFERRABLE" | "NOT" | "MATCH" | "ON":
            return _deferred(reader)
        case _:
            return False
    return True


def _primary(reader: Reader, made: _Column, label: str) -> Constraint:
    reader.skip_any("ASC", "DESC")
    options = _on_conflict(reader)
    made.is_identity = reader.skip("AUTOINCREMENT")
    return Constraint(ConstraintKind.PRIMARY_KEY, label, options=options)


def _on_conflict(reader: Reader) -> frozenset[str]:
    if not reader.skip("ON", "CONFLICT"):
        return frozenset()
    reader.at += 1
    return frozenset({f"ON CONFLICT={reader.word(-1)}"})


def default(reader: Reader) -> Value:
    """Read what stands behind DEFAULT.

    Source: SQLite, "CREATE TABLE", 3.2 The DEFAULT clause.
    """
    start = reader.at
    if reader.word() == "(":
        reader.skip_parentheses()
        inside = bare(reader.part(start, reader.at))
        kind = ValueKind.VOLATILE if _RANDOM & set(inside.words) else ValueKind.UNKNOWN
        value = literal(inside)
        if value is not NOT_CONSTANT:
            kind = ValueKind.NULL if value is None else ValueKind.CONSTANT
        return Value(_text(reader, start), kind)
    while reader.word() in ("+", "-"):
        reader.at += 1
    word = reader.word()
    reader.at += 1
    kind = ValueKind.NULL if word == "NULL" else ValueKind.STABLE if word in _MOMENTS else ValueKind.CONSTANT
    return Value(_text(reader, start), kind)


def _text(reader: Reader, start: int) -> str:
    return written(reader.source[start : reader.at])


def _generated(reader: Reader) -> Generated:
    start = reader.at
    reader.skip_parentheses()
    expression = _text(reader, start)
    is_stored = reader.skip("STORED")
    reader.skip("VIRTUAL")
    return Generated(expression, is_stored)


def _check(reader: Reader, label: str) -> Constraint:
    start = reader.at
    reader.skip_parentheses()
    inside = bare(reader.part(start, reader.at))
    proven = tuple(c for one in conjuncts(inside) if (c := tested_not_null(one)))
    return Constraint(ConstraintKind.CHECK, label, expression=_text(reader, start), not_null_columns=proven,
                      options=_on_conflict(reader))  # fmt: skip


def _reference(reader: Reader, label: str, columns: tuple[str, ...]) -> Constraint:
    target = name(reader)
    referenced = listed(reader) if reader.word() == "(" else ()
    actions = {"DELETE": "", "UPDATE": ""}
    is_deferred = False
    while True:
        if reader.word() == "ON" and reader.word(1) in actions:
            verb = reader.word(1)
            reader.at += 2
            words = [reader.word()]
            if words[0] in ("SET", "NO"):
                words.append(reader.word(1))
            reader.at += len(words)
            actions[verb] = " ".join(words).lower()
        elif reader.word() == "MATCH":
            reader.at += 2
        elif reader.word() == "DEFERRABLE" or (reader.word(), reader.word(1)) == ("NOT", "DEFERRABLE"):
            is_deferred = reader.word() == "DEFERRABLE"
            _deferred(reader)
        else:
            break
    return Constraint(
        ConstraintKind.FOREIGN_KEY, label, columns, references=target, referenced_columns=referenced,
        on_delete=actions["DELETE"], on_update=actions["UPDATE"], is_deferrable=is_deferred,
    )  # fmt: skip


def _deferred(reader: Reader) -> bool:
    reader.skip("NOT")
    if not reader.skip("DEFERRABLE"):
        return False
    if reader.skip("INITIALLY"):
        reader.at += 1
    return True


def table_constraint(reader: Reader) -> Constraint:
    """Read a constraint of a table. Raises: Unreadable."""
    start = reader.at
    return replace(_table_constraint(reader), text=_text(reader, start))


def _table_constraint(reader: Reader) -> Constraint:
    label = word_name(reader) if reader.skip("CONSTRAINT") else ""
    if reader.skip("PRIMARY", "KEY"):
        columns = listed(reader)
        return Constraint(ConstraintKind.PRIMARY_KEY, label, columns, options=_on_conflict(reader))
    if reader.skip("UNIQUE"):
        columns = listed(reader)
        return Constraint(ConstraintKind.UNIQUE, label, columns, options=_on_conflict(reader))
    if reader.skip("CHECK"):
        return _check(reader, label)
    if reader.skip("FOREIGN", "KEY"):
        columns = listed(reader)
        if reader.skip("REFERENCES"):
            return _reference(reader, label, columns)
    raise Unreadable(f"`{' '.join(t.text for t in reader.source[reader.at : reader.at + 3])}` as a constraint")
