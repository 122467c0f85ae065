"""Queries that ask the catalog whether an interrupted DDL statement was done.

Each gives exactly one text: `done`, `undone`, or the statement that clears the remains. A statement is whole or not
at all (atomic DDL), so one trait of it tells; the runner asks before the first try too, and does not note an attempt
whose trait was there already. What does no harm when it is repeated is always `undone`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from neoron.sql.quote import quote_identifier, quote_literal
from neoron.sql.reader import Reader

REPEAT = "SELECT 'undone'"
_REPEATABLE = re.compile(
    r"CREATE OR REPLACE|CREATE \S+ IF NOT EXISTS|CREATE (UNIQUE |AGGREGATE )?\S+ IF NOT EXISTS|DROP \S+ IF EXISTS"
    r"|ANALYZE|OPTIMIZE|CHECK|REPAIR|FLUSH|GRANT|ALTER (VIEW|DATABASE|SCHEMA|PROCEDURE|FUNCTION|USER)"
    r"|SET (PASSWORD|DEFAULT ROLE)"
)
_OBJECTS = {
    "VIEW": ("views", "table_schema", "table_name", ""),
    "TRIGGER": ("triggers", "trigger_schema", "trigger_name", ""),
    "PROCEDURE": ("routines", "routine_schema", "routine_name", " AND routine_type = 'PROCEDURE'"),
    "FUNCTION": ("routines", "routine_schema", "routine_name", " AND routine_type = 'FUNCTION'"),
    "EVENT": ("events", "event_schema", "event_name", ""),
    "SEQUENCE": ("tables", "table_schema", "table_name", " AND table_type = 'SEQUENCE'"),
}
Name = Sequence[str]


def probe(reader: Reader) -> str:
    """The query for the statement that a reader is at the beginning of; empty where the catalog cannot tell.

    Source: MariaDB manual, "Atomic DDL"; MySQL manual, "Atomic Data Definition Statement Support".
    """
    words = " ".join(word or "x" for word in reader.words[:8])
    if _REPEATABLE.match(words):
        return REPEAT
    verb = reader.word()
    reader.at += 1
    if verb == "CREATE":
        return _created(reader)
    if verb == "DROP":
        return _dropped(reader)
    if verb == "RENAME" and reader.skip("TABLE"):
        return _renamed(reader)
    if verb == "ALTER":
        reader.skip("ONLINE")
        reader.skip("IGNORE")
        return _altered(reader) if reader.skip("TABLE") else ""
    return ""


def _created(reader: Reader) -> str:
    if reader.skip("TABLE"):
        return _when(_table(reader.parts()))
    if reader.word() in ("UNIQUE", "FULLTEXT", "SPATIAL", "INDEX"):
        reader.skip_any("UNIQUE", "FULLTEXT", "SPATIAL")
        return _when(_index_on(reader)) if reader.skip("INDEX") else ""
    _skip_definer(reader)
    kind = reader.word()
    reader.at += 1
    return _when(_object(kind, reader.parts())) if kind in _OBJECTS else ""


def _skip_definer(reader: Reader) -> None:
    """Step over what may stand between CREATE and the kind of object."""
    while not reader.is_done and reader.word() not in _OBJECTS:
        reader.at += 1


def _dropped(reader: Reader) -> str:
    if reader.skip("TABLE"):
        return _dropped_tables(reader)
    if reader.skip("INDEX"):
        return _when(f"NOT {_index_on(reader)}")
    kind = reader.word()
    reader.at += 1
    name = reader.parts()
    return _when(f"NOT {_object(kind, name)}") if kind in _OBJECTS and reader.word() != "," else ""


def _dropped_tables(reader: Reader) -> str:
    names = [reader.parts()]
    while reader.skip(","):
        names.append(reader.parts())
    there = [_table(name) for name in names]
    if len(names) == 1:
        return _when(f"NOT {there[0]}")
    # Each table of the list goes by itself; what a dead server left of it goes now.
    listed = ", ".join(".".join(quote_identifier(part, "mysql") for part in name) for name in names)
    rest = quote_literal(f"DROP TABLE IF EXISTS {listed}", "mysql")
    return (
        f"SELECT CASE WHEN {' AND '.join(there)} THEN 'undone' WHEN NOT ({' OR '.join(there)}) THEN 'done'"
        f" ELSE {rest} END"
    )


def _renamed(reader: Reader) -> str:
    old = reader.parts()
    new = reader.parts() if reader.skip("TO") else []
    return _when(f"{_table(new)} AND NOT {_table(old)}") if new and reader.is_done else ""


def _index_on(reader: Reader) -> str:
    reader.skip("IF", "EXISTS")
    name = reader.parts()
    if reader.skip("USING"):
        reader.at += 1
    return _index(reader.parts(), name[-1]) if name and reader.skip("ON") else "NULL"


def _altered(reader: Reader) -> str:
    """The trait of the first action that has one; names that several actions touch tell nothing."""
    reader.skip("IF", "EXISTS")
    table = reader.parts()
    traits, touched, is_known = [], Counter[str](), True
    for action in reader.actions():
        start = action.at
        trait, names = _action(action, table)
        touched.update(name.lower() for name in names)
        action.at = start
        if trait:
            traits.append((trait, names))
        elif trait is None and not _is_repeatable(action):
            is_known = False
    clear = [trait for trait, names in traits if all(touched[name.lower()] == 1 for name in names)]
    if clear:
        return _when(clear[0])
    return REPEAT if is_known and not traits and table else ""


_HARMLESS = re.compile(
    r"MODIFY |ALTER (COLUMN |INDEX |KEY )?x?\S* ?(SET|DROP) (DEFAULT|VISIBLE|INVISIBLE)|ALTER .*\bNOT IGNORED|ENGINE "
    r"|COMMENT |CONVERT TO |DEFAULT |CHARACTER SET |CHARSET |COLLATE |ROW_FORMAT |AUTO_INCREMENT |FORCE$"
    r"|ALGORITHM |LOCK |(DROP|ADD) (\S+ )?(\S+ )?IF (NOT )?EXISTS|(ENABLE|DISABLE) KEYS|KEY_BLOCK_SIZE "
)


def _is_repeatable(action: Reader) -> bool:
    return _HARMLESS.match(" ".join(word or "x" for word in action.words)) is not None


def _action(action: Reader, table: Name) -> tuple[str | None, list[str]]:
    """What is true once the action is done, and the names that this rests on; None where there is no such thing."""
    reads = {"ADD": _add, "DROP": _drop, "RENAME": _rename, "CHANGE": _change}
    verb = action.word()
    action.at += 1
    return reads[verb](action, table) if verb in reads and "EXISTS" not in action.words[:5] else (None, [])


def _add(action: Reader, table: Name) -> tuple[str | None, list[str]]:
    if action.skip("PRIMARY", "KEY"):
        return _index(table, "PRIMARY"), ["PRIMARY"]
    if action.skip("CONSTRAINT"):
        if action.word() in ("PRIMARY", "FOREIGN", "UNIQUE", "CHECK"):
            return None, []
        name = action.name()
        if action.skip("PRIMARY", "KEY"):
            return _index(table, "PRIMARY"), ["PRIMARY"]
        return _constraint(table, name), [name]
    if action.word() in ("INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL"):
        action.skip_any("UNIQUE", "FULLTEXT", "SPATIAL")
        action.skip_any("INDEX", "KEY")
        name = action.name()
        return (_index(table, name), [name]) if name and name.upper() != "USING" else (None, [])
    if action.word() in ("FOREIGN", "CHECK", "PARTITION", "SYSTEM", "PERIOD"):
        return None, []
    action.skip("COLUMN")
    action.skip("(")
    name = action.name()
    return (_column(table, name), [name]) if name else (None, [])


def _drop(action: Reader, table: Name) -> tuple[str | None, list[str]]:
    if action.skip("PRIMARY", "KEY"):
        return f"NOT {_index(table, 'PRIMARY')}", ["PRIMARY"]
    if action.skip("FOREIGN", "KEY") or action.skip("CONSTRAINT") or action.skip("CHECK"):
        name = action.name()
        return f"NOT {_constraint(table, name)}", [name]
    if action.skip("INDEX") or action.skip("KEY"):
        name = action.name()
        return f"NOT {_index(table, name)}", [name]
    if action.word() in ("PARTITION", "SYSTEM", "PERIOD"):
        return None, []
    action.skip("COLUMN")
    name = action.name()
    return f"NOT {_column(table, name)}", [name]


def _rename(action: Reader, table: Name) -> tuple[str | None, list[str]]:
    if action.word() in ("COLUMN", "INDEX", "KEY"):
        of = _column if action.word() == "COLUMN" else _index
        action.at += 1
        old = action.name()
        new = action.name() if action.skip("TO") else ""
        return (f"{of(table, new)} AND NOT {of(table, old)}", [old, new]) if new else (None, [])
    action.skip_any("TO", "AS")
    target = action.parts()
    return f"{_table(target)} AND NOT {_table(table)}", ["rename to"]


def _change(action: Reader, table: Name) -> tuple[str | None, list[str]]:
    action.skip("COLUMN")
    old, new = action.name(), action.name()
    if old.lower() == new.lower():
        # The column keeps its name, so giving it the same definition twice does no harm.
        return ("" if old == new else None), [old]
    return f"{_column(table, new)} AND NOT {_column(table, old)}", [old, new]


def _when(condition: str) -> str:
    return "" if "NULL" in condition.split() else f"SELECT IF({condition}, 'done', 'undone')"


def _schema(name: Name) -> str:
    return quote_literal(name[-2], "mysql") if len(name) > 1 else "DATABASE()"


def _exactly(column: str, name: str) -> str:
    """Names of tables and what is stored in files compare by the letter, unless the server folds them."""
    text = quote_literal(name, "mysql")
    return f"{column} = {text} AND (@@lower_case_table_names <> 0 OR BINARY {column} = {text})"


def _table(name: Name) -> str:
    if not name:
        return "NULL"
    return (
        "EXISTS (SELECT 1 FROM information_schema.tables"
        f" WHERE table_schema = {_schema(name)} AND {_exactly('table_name', name[-1])})"
    )


def _of_table(view: str, table: Name, column: str, name: str, prefix: str = "table") -> str:
    return (
        f"EXISTS (SELECT 1 FROM information_schema.{view} WHERE {prefix}_schema = {_schema(table)}"
        f" AND {_exactly('table_name', table[-1])} AND {column} = {quote_literal(name, 'mysql')})"
    )


def _column(table: Name, name: str) -> str:
    return _of_table("columns", table, "column_name", name)


def _index(table: Name, name: str) -> str:
    return _of_table("statistics", table, "index_name", name)


def _constraint(table: Name, name: str) -> str:
    return _of_table("table_constraints", table, "constraint_name", name, "constraint")


def _object(kind: str, name: Name) -> str:
    if not name:
        return "NULL"
    view, schema, column, more = _OBJECTS[kind]
    text = quote_literal(name[-1], "mysql")
    where = f"{schema} = {_schema(name)} AND {column} = {text}{more}"
    return f"EXISTS (SELECT 1 FROM information_schema.{view} WHERE {where})"
