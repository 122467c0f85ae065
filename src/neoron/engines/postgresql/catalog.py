"""What is really there: tables, sizes, contents, and what is broken.

A table outside the schema `public` is called `schema.table`. The partitions of a table are not listed:
their root stands for them. Tables of extensions and Neoron's own are left out.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from neoron.engines.postgresql.content import Rest, measure, quoted
from neoron.engines.postgresql.remainder import remainder
from neoron.engines.roles import Session
from neoron.model.schema import Column, ForeignKey, Index, Schema, Table, TableContent, TableSize
from neoron.sql.quote import quote_identifier

DEFAULT_SCHEMA = "public"

_USER_SCHEMA = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
# neoron_… and alembic_version hold what tools know about the database, not what its users keep in it.
_USER_TABLE = f"""
    {_USER_SCHEMA} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname NOT LIKE 'neoron\\_%' AND c.relname <> 'alembic_version'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
_NAME = f"CASE n.nspname WHEN '{DEFAULT_SCHEMA}' THEN c.relname ELSE n.nspname || '.' || c.relname END"

_COLUMNS = f"""
SELECT {_NAME}, n.nspname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), coalesce(array_position(k.conkey, a.attnum), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE {_USER_TABLE}
ORDER BY n.nspname <> '{DEFAULT_SCHEMA}', 1, a.attnum
"""
_INDEXES = f"""
SELECT i.relname, {_NAME}, x.indisunique, x.indisvalid AND x.indisready, pg_get_indexdef(i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER_TABLE}
ORDER BY 2, 1
"""
_FOREIGN_KEYS = f"""
SELECT k.conname, {_NAME},
       CASE fn.nspname WHEN '{DEFAULT_SCHEMA}' THEN f.relname ELSE fn.nspname || '.' || f.relname END,
       k.convalidated
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND {_USER_TABLE}
ORDER BY 2, 1
"""


_TRIGGERED = f"""
SELECT DISTINCT {_NAME} FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {_USER_SCHEMA} ORDER BY 1
"""


def schema(session: Session) -> Schema:
    """All user tables, indexes and foreign keys, by name, in three round trips.

    Raises: the driver's own error.
    Source: PostgreSQL manual, chapter "System Catalogs".
    """
    return Schema(
        tables=_tables(session),
        indexes=tuple(Index(*row) for row in session.query(_INDEXES)),
        foreign_keys=tuple(ForeignKey(*row) for row in session.query(_FOREIGN_KEYS)),
        triggered=tuple(name for (name,) in session.query(_TRIGGERED)),
    )


def _tables(session: Session) -> tuple[Table, ...]:
    tables = []
    for (name, schema_name), rows in groupby(session.query(_COLUMNS), key=lambda row: (row[0], row[1])):
        found = [row for row in rows if row[2] is not None]  # a table may have no column at all
        columns = tuple(Column(row[2], row[3], row[4], row[5]) for row in found)
        key = tuple(row[2] for row in sorted(found, key=lambda row: row[6]) if row[6])
        tables.append(Table(name, columns, key, schema_name))
    return tuple(tables)


_SIZES = f"""
SELECT {_NAME},
       sum(CASE WHEN p.reltuples >= 0 THEN p.reltuples ELSE coalesce(s.n_live_tup, 0) END)::bigint,
       sum(pg_table_size(p.oid))::bigint, sum(pg_indexes_size(p.oid))::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT c.oid UNION SELECT relid FROM pg_partition_tree(c.oid) WHERE isleaf) t (relid)
JOIN pg_class p ON p.oid = t.relid AND p.relkind = 'r'
LEFT JOIN pg_stat_user_tables s ON s.relid = p.oid
WHERE {_USER_TABLE}
GROUP BY 1 ORDER BY 1
"""


def sizes(session: Session) -> tuple[TableSize, ...]:
    """Rows (the server's estimate) and bytes of each user table, its partitions and TOAST included.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "Database Object Size Functions"; "pg_class" (reltuples).
    """
    return tuple(TableSize(*row) for row in session.query(_SIZES))


def database_bytes(session: Session) -> int:
    """The size of the whole database.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "Database Object Size Functions".
    """
    return int(session.query("SELECT pg_database_size(current_database())")[0][0])


def free_bytes(session: Session) -> int | None:
    """Free space where the data lies; None when the server is elsewhere or does not say where it is.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "File Locations" (data_directory, readable by pg_read_all_settings).
    """
    if session.url.host not in ("", "localhost", "127.0.0.1", "::1") and not session.url.host.startswith("/"):
        return None
    rows = session.query("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
    folder = Path(rows[0][0]) if rows and rows[0][0] else None
    try:
        # A forwarded port looks local as well: only the server's own folder proves that it is.
        if folder is None or not (folder / "PG_VERSION").is_file():
            return None
        space = os.statvfs(folder)
    except (OSError, AttributeError):  # not ours to look into, or a system without statvfs
        return None
    return space.f_bavail * space.f_frsize


def content(session: Session, table: Table, columns: Sequence[str], rest: Rest | None = None) -> TableContent:
    """Row count and order-independent checksum over the columns, in one scan.

    Shape: rest as in `measure`.
    Raises: the driver's own error.
    Source: PostgreSQL manual, "Aggregate Functions"; hash_record_extended since PostgreSQL 14.
    """
    count, checksum = measure(session, from_clause(table), columns, rest)
    return TableContent(table.name, tuple(columns), count, checksum)


def from_clause(table: Table) -> str:
    """The table's quoted name with its schema.

    Source: PostgreSQL manual, "Identifiers and Key Words".
    """
    schema_name = table.schema or DEFAULT_SCHEMA
    name = table.name if schema_name == DEFAULT_SCHEMA else table.name.removeprefix(f"{schema_name}.")
    return quoted(schema_name, name)


def broken_foreign_keys(session: Session) -> list[str]:
    """Foreign keys that were never validated, in words; the server itself keeps the others whole.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "pg_constraint" (convalidated).
    """
    return [
        f"{key.name} on {key.table} was never validated: rows may refer to no row of {key.references}"
        for key in (ForeignKey(*row) for row in session.query(_FOREIGN_KEYS))
        if not key.is_validated
    ]


def invalid_indexes(session: Session) -> list[str]:
    """Indexes that an interrupted or failed build left behind, in words.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "Building Indexes Concurrently"; "pg_index".
    """
    rows = session.query(
        "SELECT i.relname, x.indrelid::regclass::text, x.indisready FROM pg_index x"
        " JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace"
        f" WHERE NOT (x.indisvalid AND x.indisready) AND {_USER_SCHEMA} ORDER BY 1"
    )
    return [
        f"{name} on {table} is invalid: no query uses it{', yet every write pays for it' if is_ready else ''}"
        for name, table, is_ready in rows
    ]


def after(session: Session, schema: Schema, statements: Sequence[str]) -> Schema | None:
    """The schema without what these statements take away, as their text tells; what they add is not in it.

    Shape: a column that changes its type keeps its name and has no type; one that is renamed is gone.
    Source: PostgreSQL manual, DROP TABLE, DROP SCHEMA and ALTER TABLE.
    """
    for statement in statements:
        schema = remainder(schema, statement)
    return schema


_QUALIFIED = f"""
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND {_USER_SCHEMA.replace("%", "%%")} AND {_NAME} = %s
"""


def filled(session: Session, table: str, column: str) -> int:
    """Rows of a table, or rows where a column is not NULL when one is named.

    Raises: the driver's own error.
    Source: PostgreSQL manual, "Aggregate Functions" (count).
    """
    what = quote_identifier(column, "postgresql") if column else "*"
    # Asked for, not taken apart: a dot may also belong to the table's own name.
    found = session.query(_QUALIFIED, (table,))
    # Asked before the lock is held: another run may have dropped it since, and then it holds nothing.
    return int(session.query(f"SELECT count({what}) FROM {found[0][0]}")[0][0]) if found else 0


_WRITES = f"""
SELECT {_NAME}, (s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::bigint
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname NOT LIKE 'neoron\\_%' AND c.relname <> 'alembic_version'
"""


def writes_by_table(session: Session) -> dict[str, int] | None:
    """A counter per table, partitions by their own names, that grows with each written row of any session.

    Shape: the server may be a second late with it.
    Raises: the driver's own error.
    Source: PostgreSQL manual, "The Cumulative Statistics System".
    """
    session.query("SELECT pg_stat_clear_snapshot()")  # inside a transaction the first answer would be kept
    return {name: int(count) for name, count in session.query(_WRITES)}
