"""The oracle's part for SQL Server: its own catalog views, and every row as the server casts it to text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from neoron.engines.lookup import open_url

OURS = "({0}.name LIKE N'neoron[_]%' OR {0}.name = N'alembic_version')"
_OF_TABLE = f"JOIN sys.tables AS t ON t.object_id = {{0}}.{{1}} AND NOT {OURS.format('t')}"
SCHEMA = (
    "SELECT t.name, c.name, TYPE_NAME(c.user_type_id), c.max_length, c.precision, c.scale, c.is_nullable,"
    " c.is_identity, c.collation_name, d.name, d.definition, k.definition FROM sys.columns AS c"
    f" {_OF_TABLE.format('c', 'object_id')}"
    " LEFT JOIN sys.default_constraints AS d ON d.parent_object_id = c.object_id AND d.parent_column_id = c.column_id"
    " LEFT JOIN sys.computed_columns AS k ON k.object_id = c.object_id AND k.column_id = c.column_id"
    " ORDER BY t.name, c.name",
    "SELECT t.name, i.name, i.type_desc, i.is_unique, i.is_primary_key, i.is_unique_constraint, i.filter_definition,"
    " c.name, ic.key_ordinal, ic.is_descending_key, ic.is_included_column FROM sys.indexes AS i"
    f" {_OF_TABLE.format('i', 'object_id')}"
    " JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id"
    " JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id"
    " ORDER BY t.name, i.name, ic.index_column_id",
    "SELECT t.name, f.name, OBJECT_NAME(f.referenced_object_id), f.delete_referential_action_desc,"
    " f.update_referential_action_desc, f.is_disabled, f.is_not_trusted,"
    " COL_NAME(fc.parent_object_id, fc.parent_column_id), COL_NAME(fc.referenced_object_id, fc.referenced_column_id)"
    f" FROM sys.foreign_keys AS f {_OF_TABLE.format('f', 'parent_object_id')}"
    " JOIN sys.foreign_key_columns AS fc ON fc.constraint_object_id = f.object_id"
    " ORDER BY t.name, f.name, fc.constraint_column_id",
    f"SELECT t.name, k.name, k.definition, k.is_disabled FROM sys.check_constraints AS k"
    f" {_OF_TABLE.format('k', 'parent_object_id')} ORDER BY t.name, k.name",
    "SELECT o.name, o.type_desc, m.definition FROM sys.sql_modules AS m JOIN sys.objects AS o"
    " ON o.object_id = m.object_id ORDER BY o.name",
)
"""Columns, indexes, references, checks, and what has a text: views, procedures, triggers, functions."""
TABLES = (
    "SELECT QUOTENAME(SCHEMA_NAME(t.schema_id)) + N'.' + QUOTENAME(t.name), t.name FROM sys.tables AS t"
    f" WHERE NOT {OURS.format('t')} ORDER BY t.name"
)
COLUMNS = (
    "SELECT N'CONVERT(nvarchar(max), ' + QUOTENAME(c.name) + N')' FROM sys.columns AS c"
    " WHERE c.object_id = OBJECT_ID(?) ORDER BY c.name"
)


def _connect(url: str) -> Any:
    engine, parsed = open_url(url, Path())
    return engine.session.connect(parsed)


def dump_sqlserver(url: str) -> str:
    """The schema in the words of the catalog views, without Neoron's and Alembic's tables."""
    with closing(_connect(url)) as session:
        return "".join(f"{row}\n" for query in SCHEMA for row in session.query(query))


def read_sqlserver(url: str) -> Iterator[tuple[str, Iterable[str]]]:
    """Every user table with its rows as texts, the columns in the order of their names."""
    with closing(_connect(url)) as session:
        for quoted, table in session.query(TABLES):
            columns = ", ".join(column for (column,) in session.query(COLUMNS, [quoted]))
            yield table, [repr(row) for row in session.query(f"SELECT {columns} FROM {quoted}")]
