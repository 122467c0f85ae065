"""What a statement leaves of a schema, read off its text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from neoron.engines.postgresql.reader import Reader, identifier
from neoron.model.schema import Schema, Table
from neoron.sql.classify import classify


def remainder(schema: Schema, statement: str) -> Schema:
    """The schema without the tables and columns that the statement drops or renames.

    Shape: a column that gets another type stays, without a type.
    """
    facts = classify(statement, "postgresql")
    lost = set(facts.lost_tables)
    if facts.verb == "DROP SCHEMA":
        lost |= {table.name for table in schema.tables if table.schema in _dropped_schemas(statement)}
    retyped = _retyped_columns(statement) if facts.lost_columns else frozenset()
    tables = []
    for table in schema.tables:
        if table.name not in lost:
            columns = {column for name, column in facts.lost_columns if name == table.name}
            tables.append(_without(table, columns, retyped) if columns else table)
    return replace(schema, tables=tuple(tables))


def _without(table: Table, lost: Collection[str], retyped: Collection[str]) -> Table:
    kept = (column for column in table.columns if column.name not in lost or column.name in retyped)
    return replace(table, columns=tuple(replace(c, type="") if c.name in lost else c for c in kept))


def _retyped_columns(statement: str) -> frozenset[str]:
    """The columns of every `ALTER [COLUMN] name [SET DATA] TYPE`."""
    reader = Reader(statement)
    found = set()
    while reader.place < len(reader.tokens):
        if not reader.take("ALTER"):
            reader.place += 1
            continue
        reader.take("COLUMN")
        name = identifier(reader.current)
        reader.place += 1
        reader.take("SET", "DATA")
        if reader.take("TYPE"):
            found.add(name)
    return frozenset(found)


def _dropped_schemas(statement: str) -> frozenset[str]:
    reader = Reader(statement)
    reader.take("DROP", "SCHEMA")
    reader.take("IF", "EXISTS")
    found = set()
    while name := reader.take_name():
        found.add(name.name)
        if not reader.take(","):
            break
    return frozenset(found)
