"""CREATE, ALTER and DROP: the objects they name and what they take away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from neoron.sql.classified import Classified
from neoron.sql.query import scan_query
from neoron.sql.reader import Reader

_MODIFIERS = (
    "TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL", "UNIQUE", "RECURSIVE", "VIRTUAL", "TRUSTED", "PROCEDURAL",
    "CONSTRAINT", "DEFAULT",
)  # fmt: skip
_TWO_WORDS = {
    "MATERIALIZED": 2, "FOREIGN": 2, "EVENT": 2, "USER": 2, "ACCESS": 2, "TEXT": 3,
}  # fmt: skip
_ON_A_TABLE = frozenset({"TRIGGER", "POLICY", "RULE"})
_RELATIONS = frozenset({"TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW"})
_VIEWS = frozenset({"VIEW", "MATERIALIZED VIEW"})
_CASCADES_IN_SIGHT = frozenset({"TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "INDEX", "TRIGGER", "POLICY"})


def read_create(reader: Reader) -> Classified:
    """Read a CREATE from behind its first word."""
    reader.skip("OR", "REPLACE")
    reader.skip_any(*_MODIFIERS)
    kind = _kind(reader)
    concurrently = reader.skip("CONCURRENTLY")
    reader.skip("IF", "NOT", "EXISTS")
    found = Classified(f"CREATE {kind}", is_concurrent=concurrently, is_opaque=kind == "EXTENSION")
    mark = reader.at
    if not (kind == "INDEX" and reader.word() == "ON") and not (kind == "SCHEMA" and reader.word() == "AUTHORIZATION"):
        found = replace(found, object_name=reader.name())
    if kind in ("TABLE", "FOREIGN TABLE"):
        reader.at = mark
        return _created_table(reader, found)
    return _CREATED.get(kind, _unread)(reader, found)


def _kind(reader: Reader) -> str:
    """The kind of object, of one to three words; reads past it."""
    count = _TWO_WORDS.get(reader.word(), 1)
    if reader.word() == "FOREIGN" and reader.word(1) == "DATA":
        count = 3
    if reader.word() == "OPERATOR" and reader.word(1) in ("CLASS", "FAMILY"):
        count = 2
    words = [reader.word(i) for i in range(count)]
    reader.at += count
    return " ".join(words)


def _unread(_reader: Reader, found: Classified) -> Classified:
    return found


def _created_table(reader: Reader, found: Classified) -> Classified:
    table = reader.table()
    rest = Reader(reader.source[reader.at :], reader.dialect)
    reads = scan_query(rest).reads if reader.find("AS") else ()
    others = _referenced(rest)
    return replace(found, tables=tuple(dict.fromkeys((table, *others, *reads))), reads=reads)


def _referenced(reader: Reader) -> tuple[str, ...]:
    """Tables that a definition locks besides its own: of foreign keys, parents and partitions."""
    names, reader.at = [], 0
    while not reader.is_done:
        word, reader.at = reader.word(), reader.at + 1
        is_parent = word == "OF" and reader.word(-2) == "PARTITION"
        if word in ("REFERENCES", "INHERIT") or is_parent:
            names.append(reader.table())
        elif word == "INHERITS" and reader.skip("("):
            names.extend(reader.tables())
        elif word == "PARTITION" and reader.word(-2) in ("ATTACH", "DETACH"):
            names.append(reader.table())
    return tuple(n for n in names if n)


def _created_index(reader: Reader, found: Classified) -> Classified:
    return replace(found, tables=(reader.table(),)) if reader.find("ON") else found


def _created_rule(reader: Reader, found: Classified) -> Classified:
    return replace(found, tables=(reader.table(),)) if reader.find("TO") else found


def _created_view(reader: Reader, found: Classified) -> Classified:
    reads = scan_query(reader).reads if reader.find("AS") else ()
    return replace(found, tables=reads, reads=reads)


def _created_statistics(reader: Reader, found: Classified) -> Classified:
    return replace(found, tables=(reader.table(),)) if reader.find("FROM") else found


_CREATED: dict[str, Callable[[Reader, Classified], Classified]] = {
    "INDEX": _created_index, "TRIGGER": _created_index, "POLICY": _created_index, "RULE": _created_rule,
    "VIEW": _created_view, "MATERIALIZED VIEW": _created_view, "STATISTICS": _created_statistics,
}  # fmt: skip


def read_drop(reader: Reader) -> Classified:
    """Read a DROP from behind its first word."""
    if reader.word() == "OWNED":
        return Classified("DROP OWNED", is_opaque=True)
    kind = _kind(reader)
    concurrently = reader.skip("CONCURRENTLY")
    reader.skip("IF", "EXISTS")
    mark = reader.at
    found = Classified(f"DROP {kind}", is_concurrent=concurrently, object_name=reader.name())
    if kind in ("TABLE", "FOREIGN TABLE"):
        reader.at = mark
        names = reader.tables()
        return replace(found, tables=names, lost_tables=names)
    if kind in _ON_A_TABLE and reader.find("ON"):
        return replace(found, tables=(reader.table(),))
    return replace(found, is_opaque=kind not in _CASCADES_IN_SIGHT and reader.find("CASCADE"))


def read_alter(reader: Reader) -> Classified:
    """Read an ALTER from behind its first word."""
    kind = _kind(reader)
    reader.skip("IF", "EXISTS")
    if kind in _RELATIONS:
        return _altered_relation(reader, kind)
    found = Classified(f"ALTER {kind}", object_name=reader.name(), is_opaque=kind == "EXTENSION")
    if kind in _ON_A_TABLE and reader.find("ON"):
        return replace(found, tables=(reader.table(),))
    return found


def _altered_relation(reader: Reader, kind: str) -> Classified:
    parts = reader.parts()
    reader.skip("*")
    table = reader.table_of(parts)
    actions = reader.actions()
    columns = tuple((table, column) for column in map(_lost_column, actions) if column)
    is_moved = kind not in _VIEWS and any(_moves(action) for action in actions)
    rest = Reader(reader.source, reader.dialect)
    return Classified(
        f"ALTER {kind}",
        tables=tuple(dict.fromkeys((table, *_referenced(rest)))),
        object_name=".".join(parts),
        is_concurrent=any("CONCURRENTLY" in action.words for action in actions),
        lost_columns=columns,
        lost_tables=(table,) if is_moved else (),
    )


def _moves(action: Reader) -> bool:
    return action.skip("RENAME", "TO") or action.skip("SET", "SCHEMA")


def _lost_column(action: Reader) -> str:
    """The column that one action of ALTER TABLE drops, renames or gives another type; empty when none."""
    verb, action.at = action.word(), action.at + 1
    named = action.skip("COLUMN")
    if verb not in ("DROP", "RENAME", "ALTER") or (not named and action.word() in ("CONSTRAINT", "TO")):
        action.at = 0
        return ""
    action.skip("IF", "EXISTS")
    column = "".join(action.parts()[:1])
    changes_type = action.skip("TYPE") or action.skip("SET", "DATA", "TYPE")
    action.at, is_lost = 0, verb != "ALTER" or changes_type
    return column if is_lost else ""
