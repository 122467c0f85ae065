"""What is really there: tables, sizes, contents, and what is broken. Neoron's own tables are left out.

A view of the catalog that a server lacks, or that this user may not read, gives `unknown`, never a failed command.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from neoron.engines.roles import Row, Session
from neoron.engines.sqlserver.faults import errors
from neoron.engines.sqlserver.rows import qualified
from neoron.engines.sqlserver.values import form_of, type_of
from neoron.model.schema import Column, ForeignKey, Index, Schema, Table, TableContent, TableSize
from neoron.sql.quote import quote_identifier

# neoron_… and alembic_version hold what tools know about the database, not what its users keep in it.
_OWN = "t.is_ms_shipped = 0 AND t.name NOT LIKE N'neoron[_]%' AND t.name <> N'alembic_version'"
# Outside dbo a table's name has its schema.
_NAME = "CASE WHEN SCHEMA_NAME(t.schema_id) = N'dbo' THEN t.name ELSE SCHEMA_NAME(t.schema_id) + N'.' + t.name END"

COLUMNS = f"""
SELECT {_NAME}, c.name, TYPE_NAME(c.user_type_id), c.max_length, c.precision, c.scale, c.is_nullable, d.definition,
       ISNULL((SELECT ic.key_ordinal FROM sys.index_columns AS ic JOIN sys.indexes AS i ON i.object_id = ic.object_id
               AND i.index_id = ic.index_id WHERE i.is_primary_key = 1 AND ic.object_id = c.object_id
               AND ic.column_id = c.column_id), 0),
       SCHEMA_NAME(t.schema_id), TYPE_NAME(c.system_type_id)
FROM sys.tables AS t JOIN sys.columns AS c ON c.object_id = t.object_id
LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id
WHERE {_OWN} ORDER BY 1, c.column_id
"""
PLAIN_COLUMNS = """
SELECT CASE WHEN c.TABLE_SCHEMA = N'dbo' THEN c.TABLE_NAME ELSE c.TABLE_SCHEMA + N'.' + c.TABLE_NAME END,
       c.COLUMN_NAME, c.DATA_TYPE, 0, ISNULL(c.NUMERIC_PRECISION, 0), ISNULL(c.NUMERIC_SCALE, 0),
       CASE WHEN c.IS_NULLABLE = N'YES' THEN 1 ELSE 0 END, c.COLUMN_DEFAULT, 0, c.TABLE_SCHEMA, c.DATA_TYPE
FROM INFORMATION_SCHEMA.COLUMNS AS c JOIN INFORMATION_SCHEMA.TABLES AS t
  ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
WHERE t.TABLE_TYPE = N'BASE TABLE' AND c.TABLE_NAME NOT LIKE N'neoron[_]%' AND c.TABLE_NAME <> N'alembic_version'
ORDER BY 1, c.ORDINAL_POSITION
"""
INDEXES = f"""
SELECT i.name, {_NAME}, i.is_unique, i.is_disabled, i.type_desc, c.name, ic.is_descending_key, ic.is_included_column,
       i.filter_definition
FROM sys.tables AS t JOIN sys.indexes AS i ON i.object_id = t.object_id
JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
WHERE i.name IS NOT NULL AND {_OWN} ORDER BY 2, 1, ic.is_included_column, ic.key_ordinal, ic.column_id
"""
FOREIGN_KEYS = f"""
SELECT f.name, {_NAME}, OBJECT_SCHEMA_NAME(f.referenced_object_id), OBJECT_NAME(f.referenced_object_id),
       f.is_not_trusted, f.is_disabled
FROM sys.foreign_keys AS f JOIN sys.tables AS t ON t.object_id = f.parent_object_id WHERE {_OWN} ORDER BY 2, 1
"""
TRIGGERED = f"""
SELECT DISTINCT {_NAME} FROM sys.triggers AS g JOIN sys.tables AS t ON t.object_id = g.parent_id
WHERE {_OWN} ORDER BY 1
"""
SIZES = f"""
SELECT {_NAME}, SUM(CASE WHEN p.index_id IN (0, 1) THEN p.row_count ELSE 0 END),
       SUM(CASE WHEN p.index_id IN (0, 1) THEN p.used_page_count ELSE 0 END) * 8192,
       SUM(CASE WHEN p.index_id IN (0, 1) THEN 0 ELSE p.used_page_count END) * 8192
FROM sys.tables AS t JOIN sys.dm_db_partition_stats AS p ON p.object_id = t.object_id
WHERE {_OWN} GROUP BY t.schema_id, t.name ORDER BY 1
"""
DATABASE_BYTES = "SELECT SUM(CAST(size AS bigint)) * 8192 FROM sys.database_files"
FREE_BYTES = """
SELECT MIN(v.available_bytes) FROM sys.database_files AS f
CROSS APPLY sys.dm_os_volume_stats(DB_ID(), f.file_id) AS v WHERE f.type = 0
"""
UNTRUSTED = f"""
SELECT f.name, {_NAME}, f.is_disabled
FROM sys.foreign_keys AS f JOIN sys.tables AS t ON t.object_id = f.parent_object_id
WHERE (f.is_not_trusted = 1 OR f.is_disabled = 1) AND {_OWN} ORDER BY 2, 1
"""
DISABLED = f"""
SELECT i.name, {_NAME} FROM sys.tables AS t JOIN sys.indexes AS i ON i.object_id = t.object_id
WHERE i.is_disabled = 1 AND {_OWN} ORDER BY 2, 1
"""
WRITES = f"""
SELECT {_NAME}, SUM(o.leaf_insert_count + o.leaf_update_count + o.leaf_delete_count + o.leaf_ghost_count)
FROM sys.tables AS t JOIN sys.dm_db_index_operational_stats(DB_ID(), NULL, NULL, NULL) AS o ON o.object_id = t.object_id
WHERE o.index_id IN (0, 1) AND {_OWN} GROUP BY t.schema_id, t.name ORDER BY 1
"""
THERE = "SELECT OBJECT_ID(?, N'U')"


def schema(session: Session) -> Schema:
    """All user tables, indexes and foreign keys, by name.

    Raises: the driver's own error.
    Source: Microsoft, "sys.tables", "sys.columns", "sys.indexes", "sys.foreign_keys", "sys.triggers".
    """
    tables = []
    for name, rows in groupby(_columns(session), key=lambda row: str(row[0])):
        found = list(rows)
        columns = tuple(Column(str(row[1]), type_of(*row[2:6]), bool(row[6]), row[7] and str(row[7])) for row in found)
        key = tuple(str(row[1]) for row in sorted(found, key=lambda row: int(row[8])) if row[8])
        outside = "" if str(found[0][9]).casefold() == "dbo" else str(found[0][9])
        tables.append(Table(name, columns, key, outside))
    indexes = []
    for (table, name), rows in groupby(_known(session, INDEXES), key=lambda row: (str(row[1]), str(row[0]))):
        indexes.append(_index(table, name, list(rows)))
    keys = tuple(
        ForeignKey(str(n), str(t), str(r) if str(s).casefold() == "dbo" else f"{s}.{r}", not (untrusted or disabled))
        for n, t, s, r, untrusted, disabled in _known(session, FOREIGN_KEYS)
    )
    return Schema(tuple(tables), tuple(indexes), keys, tuple(str(name) for (name,) in _known(session, TRIGGERED)))


def _columns(session: Session) -> list[Row]:
    """Columns from the catalog, or from what every server of this protocol has to say about them."""
    try:
        return session.query(COLUMNS)
    except errors():
        return session.query(PLAIN_COLUMNS)


def _index(table: str, name: str, rows: list[Row]) -> Index:
    first = rows[0]
    columns = ", ".join(f"{row[5]} DESC" if row[6] else str(row[5]) for row in rows if not row[7])
    included = ", ".join(str(row[5]) for row in rows if row[7])
    definition = f"{str(first[4]).lower()} ({columns})" + (f" INCLUDE ({included})" if included else "")
    definition += f" WHERE {first[8]}" if first[8] else ""
    return Index(name, table, bool(first[2]), not first[3], definition)


def sizes(session: Session) -> tuple[TableSize, ...]:
    """Rows and bytes of each user table; none where the server does not tell.

    Source: Microsoft, "sys.dm_db_partition_stats".
    """
    rows = _known(session, SIZES)
    return tuple(TableSize(str(n), int(count), int(data), int(index)) for n, count, data, index in rows)


def database_bytes(session: Session) -> int:
    """The size of the whole database, its log included; 0 where the server does not tell.

    Source: Microsoft, "sys.database_files".
    """
    rows = _known(session, DATABASE_BYTES)
    return int(rows[0][0] or 0) if rows else 0


def free_bytes(session: Session) -> int | None:
    """Free space where the data lies; None where the server does not tell.

    Source: Microsoft, "sys.dm_os_volume_stats".
    """
    rows = _known(session, FREE_BYTES)
    return int(rows[0][0]) if rows and rows[0][0] is not None else None


def _known(session: Session, sql: str) -> list[Row]:
    """Rows of a view that a server may lack or hide from this user: then none."""
    try:
        return session.query(sql)
    except errors():
        return []


def content(session: Session, table: Table, columns: Sequence[str]) -> TableContent:
    """Row count and order-independent checksum over the columns, in one scan.

    Raises: the driver's own error.
    Source: Microsoft, "HASHBYTES", "CAST and CONVERT".
    """
    name = qualified(table.name)
    if not columns:
        return TableContent(table.name, (), int(session.query(f"SELECT COUNT_BIG(*) FROM {name}")[0][0]), "0")
    count, total = session.query(content_sql(table, columns))[0]
    return TableContent(table.name, tuple(columns), int(count), str(total))


def content_sql(table: Table, columns: Sequence[str]) -> str:
    """The query of `content`.

    Source: Microsoft, "HASHBYTES", "CAST and CONVERT".
    """
    types = {column.name: column.type for column in table.columns}
    # Each value is hashed alone, so that no two values can pass for two others; NULL differs from every text.
    parts = " + ".join(f"ISNULL(HASHBYTES('SHA2_256', {_hashed(c, types.get(c, ''))}), 0x00)" for c in columns)
    # A sum, where CHECKSUM_AGG would lose every pair of equal rows; a decimal keeps it exact.
    row = f"CAST(CAST(SUBSTRING(HASHBYTES('SHA2_256', {parts}), 1, 8) AS bigint) AS decimal(38, 0))"
    return f"SELECT COUNT_BIG(*), ISNULL(SUM({row}), 0) FROM {qualified(table.name)}"


def _hashed(column: str, type: str) -> str:
    return (form_of(type) or "CAST({} AS varbinary(max))").format(quote_identifier(column, "mssql"))


def broken_foreign_keys(session: Session) -> list[str]:
    """Foreign keys that the server does not trust, because old rows were never checked, or that are off.

    Source: Microsoft, "sys.foreign_keys", is_not_trusted and is_disabled.
    """
    return [
        f"{name} on {table}: {'switched off' if off else 'never checked against the rows that were there'}"
        for name, table, off in _known(session, UNTRUSTED)
    ]


def invalid_indexes(session: Session) -> list[str]:
    """Indexes that are switched off.

    Source: Microsoft, "sys.indexes", is_disabled.
    """
    return [f"{name} on {table} is disabled" for name, table in _known(session, DISABLED)]


def after(session: Session, schema: Schema, statements: Sequence[str]) -> Schema | None:
    """None: what a batch of T-SQL leaves is not told from its text here.

    Source: Microsoft, "ALTER TABLE", "sp_rename".
    """
    return None if statements else schema


def filled(session: Session, table: str, column: str) -> int:
    """Rows of a table, or rows where a column is not NULL when one is named; 0 for a table that is not there.

    Raises: the driver's own error.
    Source: Microsoft, "COUNT_BIG", "OBJECT_ID".
    """
    if session.query(THERE, (qualified(table),))[0][0] is None:
        return 0
    what = quote_identifier(column, "mssql") if column else "*"
    return int(session.query(f"SELECT COUNT_BIG({what}) FROM {qualified(table)}")[0][0])


def writes_by_table(session: Session) -> dict[str, int] | None:
    """A counter per table that grows with each write since the server started; None where it does not tell.

    Source: Microsoft, "sys.dm_db_index_operational_stats".
    """
    rows = _known(session, WRITES)
    return {str(name): int(count) for name, count in rows} if rows else None
