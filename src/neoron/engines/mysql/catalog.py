"""What is really there: tables, sizes, contents, and what is broken. Neoron's own tables are left out."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from neoron.engines.roles import Session
from neoron.model.schema import Column, ForeignKey, Index, Schema, Table, TableContent, TableSize
from neoron.sql.classify import classify
from neoron.sql.quote import quote_identifier

# neoron_… and alembic_version hold what tools know about the database, not what its users keep in it.
_OWN = "table_name NOT LIKE 'neoron\\_%' AND table_name <> 'alembic_version'"
_TABLE = "table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')"

# Each is asked alone: a join of two makes MariaDB open every table once for each row of the other.
_TABLES = f"SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND {_TABLE} AND {_OWN}"
_COLUMNS = f"""
SELECT table_name, column_name, column_type, is_nullable = 'YES', column_default
FROM information_schema.columns WHERE table_schema = DATABASE() AND {_OWN} ORDER BY table_name, ordinal_position
"""
_KEYS = f"""
SELECT table_name, column_name FROM information_schema.key_column_usage
WHERE table_schema = DATABASE() AND constraint_name = 'PRIMARY' AND {_OWN} ORDER BY table_name, ordinal_position
"""
_INDEXES = f"""
SELECT index_name, table_name, MAX(non_unique) = 0,
       GROUP_CONCAT(CONCAT(COALESCE(column_name, ''), COALESCE(CONCAT('(', sub_part, ')'), ''))
                    ORDER BY seq_in_index SEPARATOR ', '), MAX(index_type)
FROM information_schema.statistics
WHERE table_schema = DATABASE() AND {_OWN} GROUP BY table_name, index_name ORDER BY table_name, index_name
"""
_FOREIGN_KEYS = f"""
SELECT constraint_name, table_name, referenced_table_name FROM information_schema.referential_constraints
WHERE constraint_schema = DATABASE() AND {_OWN} ORDER BY table_name, constraint_name
"""
_TRIGGERED = """
SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1
"""


def schema(session: Session) -> Schema:
    """All user tables, indexes and foreign keys, by name.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema Tables"; MySQL manual, "INFORMATION_SCHEMA Tables".
    """
    names = {str(name) for (name,) in session.query(_TABLES)}
    primary = defaultdict[str, list[str]](list)
    for name, column in session.query(_KEYS):
        primary[str(name)].append(str(column))
    tables = []
    for name, rows in groupby(session.query(_COLUMNS), key=lambda row: str(row[0])):
        columns = tuple(Column(str(r[1]), _text(r[2]), bool(r[3]), r[4] and _text(r[4])) for r in rows)
        if name in names:
            tables.append(Table(name, columns, tuple(primary[name])))
    indexes = tuple(
        Index(str(name), str(table), bool(is_unique), True, f"{kind} ({columns})")
        for name, table, is_unique, columns, kind in session.query(_INDEXES)
    )
    keys = tuple(ForeignKey(str(n), str(t), str(r)) for n, t, r in session.query(_FOREIGN_KEYS))
    return Schema(tuple(tables), indexes, keys, tuple(str(name) for (name,) in session.query(_TRIGGERED)))


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def sizes(session: Session) -> tuple[TableSize, ...]:
    """Rows (the server's estimate) and bytes of each user table.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema TABLES Table".
    """
    rows = session.query(
        "SELECT table_name, COALESCE(table_rows, 0), COALESCE(data_length, 0), COALESCE(index_length, 0)"
        f" FROM information_schema.tables WHERE table_schema = DATABASE() AND {_TABLE} AND {_OWN}"
        " ORDER BY table_name"
    )
    return tuple(TableSize(str(name), int(count), int(data), int(index)) for name, count, data, index in rows)


def database_bytes(session: Session) -> int:
    """The size of the whole database.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema TABLES Table".
    """
    total = "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables"
    return int(session.query(f"{total} WHERE table_schema = DATABASE()")[0][0])


def free_bytes(session: Session) -> int | None:
    """Free space where the data lies; None when the server is elsewhere or its folder cannot be seen from here.

    Raises: the driver's own error.
    Source: MariaDB manual, "Server System Variables" (datadir).
    """
    if session.url.host not in ("", "localhost", "127.0.0.1", "::1"):
        return None
    folder = Path(str(session.query("SELECT @@datadir")[0][0]))
    try:
        # A forwarded port looks local as well: only the server's own folder proves that it is.
        if not (folder / "ibdata1").is_file():
            return None
        space = os.statvfs(folder)
    except (OSError, AttributeError):  # not ours to look into, or a system without statvfs
        return None
    return space.f_bavail * space.f_frsize


def content(session: Session, table: Table, columns: Sequence[str]) -> TableContent:
    """Row count and order-independent checksum over the columns, in one scan.

    Raises: the driver's own error.
    Source: MariaDB manual, "SHA2", "CONV"; MySQL manual, "Encryption and Compression Functions".
    """
    name = quote_identifier(table.name, "mysql")
    if not columns:
        return TableContent(table.name, (), int(session.query(f"SELECT COUNT(*) FROM {name}")[0][0]), "0")
    # Each value is hashed alone, so that no value can pass for two; NULL differs from every text.
    hashed = _hash_function(session)
    values = [f"CAST({quote_identifier(column, 'mysql')} AS BINARY)" for column in columns]
    parts = ", ".join(f"COALESCE({hashed.format(value)}, '-')" for value in values)
    # A sum, where an exclusive-or would lose every pair of equal rows; DECIMAL keeps it exact.
    whole = hashed.format(f"CONCAT({parts})")
    row = f"CAST(CONV(LEFT({whole}, 16), 16, 10) AS DECIMAL(65, 0))"
    count, total = session.query(f"SELECT COUNT(*), COALESCE(SUM({row}), 0) FROM {name}")[0]
    return TableContent(table.name, tuple(columns), int(count), str(total))


def _hash_function(session: Session) -> str:
    """The cheapest one that the server has: MySQL 9.6 took SHA1 and MD5 out of the server."""
    return "SHA1({})" if cast(Any, session).is_mariadb else "SHA2({}, 256)"


def broken_foreign_keys(session: Session) -> list[str]:
    """Rows that refer to no row, in words: they can be there when foreign_key_checks was off.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema KEY_COLUMN_USAGE Table"; "foreign_key_checks".
    """
    rows = session.query(
        "SELECT constraint_name, table_name, column_name, referenced_table_name, referenced_column_name"
        " FROM information_schema.key_column_usage WHERE table_schema = DATABASE()"
        " AND referenced_table_schema = DATABASE() ORDER BY table_name, constraint_name, ordinal_position"
    )
    found = []
    for (key, table, target), members in groupby(rows, key=lambda row: (str(row[0]), str(row[1]), str(row[3]))):
        pairs = [(quote_identifier(str(r[2]), "mysql"), quote_identifier(str(r[4]), "mysql")) for r in members]
        on = " AND ".join(f"c.{own} = p.{other}" for own, other in pairs)
        filled = " AND ".join(f"c.{own} IS NOT NULL" for own, _other in pairs)
        names = (quote_identifier(table, "mysql"), quote_identifier(target, "mysql"))
        query = f"SELECT 1 FROM {names[0]} c LEFT JOIN {names[1]} p ON {on} WHERE {filled} AND p.{pairs[0][1]} IS NULL"
        if session.query(f"{query} LIMIT 1"):
            found.append(f"{key} on {table}: rows refer to no row of {target}")
    return found


def invalid_indexes(session: Session) -> list[str]:
    """None: an index whose build failed or was interrupted is not there.

    Source: MariaDB manual, "Atomic DDL"; MySQL manual, "Atomic Data Definition Statement Support".
    """
    return []


def after(session: Session, schema: Schema, statements: Sequence[str]) -> Schema | None:
    """The schema without the tables and columns that these statements take away, as their text tells.

    Source: MariaDB manual, DROP TABLE and ALTER TABLE.
    """
    for statement in statements:
        facts = classify(statement, "mysql")
        kept = []
        for table in schema.tables:
            gone = {column for name, column in facts.lost_columns if name == table.name}
            columns = tuple(column for column in table.columns if column.name not in gone)
            if table.name not in facts.lost_tables:
                kept.append(Table(table.name, columns, table.primary_key, table.schema))
        schema = Schema(tuple(kept), schema.indexes, schema.foreign_keys, schema.triggered)
    return schema


def filled(session: Session, table: str, column: str) -> int:
    """Rows of a table, or rows where a column is not NULL when one is named; 0 for a table that is not there.

    Raises: the driver's own error.
    Source: MariaDB manual, "COUNT".
    """
    there = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s"
    if not session.query(there, (table,)):
        return 0
    what = quote_identifier(column, "mysql") if column else "*"
    return int(session.query(f"SELECT COUNT({what}) FROM {quote_identifier(table, 'mysql')}")[0][0])


def writes_by_table(session: Session) -> dict[str, int] | None:
    """None: the server counts writes per table only with a plugin or a setting that is off by default.

    Source: MariaDB manual, "User Statistics" (userstat); MySQL manual, "Performance Schema Table I/O Tables".
    """
    return None
