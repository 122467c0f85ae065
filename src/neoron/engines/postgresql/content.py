"""The checksum of a table: equal rows give an equal sum, in any order, in any database of any server."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from neoron.engines.postgresql.faults import errors
from neoron.engines.roles import Session
from neoron.sql.quote import quote_identifier

# Types whose hash depends on the value alone. Every other type is hashed as text: some have no hash (json,
# xml, point, bit), and some hash the numbers of catalog rows, which a restored copy does not share (enums,
# regclass, composites, ranges over them).
STABLE = frozenset({
    "bool", "bpchar", "bytea", "char", "cidr", "date", "float4", "float8", "inet", "int2", "int4", "int8", "interval",
    "jsonb", "macaddr", "macaddr8", "name", "numeric", "text", "time", "timestamp", "timestamptz", "timetz", "uuid",
    "varchar",
})  # fmt: skip

# A domain is its base type, an array is its elements.
_TYPES = """
WITH RECURSIVE base AS (
    SELECT a.attname, t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typelem, t.typcategory
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
    SELECT b.attname, t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typelem, t.typcategory
    FROM base b JOIN pg_type t
      ON t.oid = CASE WHEN b.typtype = 'd' THEN b.typbasetype WHEN b.typcategory = 'A' THEN b.typelem END
)
SELECT attname, typname FROM base
WHERE typtype <> 'd' AND typcategory <> 'A' AND typnamespace = 'pg_catalog'::regnamespace
"""
_NEUTRAL = {"TimeZone": "UTC", "DateStyle": "ISO, MDY", "IntervalStyle": "iso_8601", "extra_float_digits": "1",
            "bytea_output": "hex", "lc_monetary": "C"}  # fmt: skip


# 8 MB, read in a few milliseconds; only for a table that is one file by itself.
_PIECE_BLOCKS = 1_024
_BLOCKS = """
SELECT CASE WHEN relkind = 'r' THEN pg_relation_size(oid) / current_setting('block_size')::int ELSE 0 END
FROM pg_class WHERE oid = %s::regclass
"""
Rest = Callable[[float], None]
"""Called between the pieces of a table with the seconds that the last one took."""


def measure(session: Session, table: str, columns: Sequence[str], rest: Rest | None = None) -> tuple[int, str]:
    """Row count and checksum of a quoted table over the columns.

    Shape: with rest, a large table is read in pieces, so that others get the server's cores in between; inside a
    snapshot only, where all pieces are of one moment.
    Raises: the driver's own error.
    """
    if not columns:
        return int(session.query(f"SELECT count(*) FROM {table}")[0][0]), "0"
    types = {str(row[0]): str(row[1]) for row in session.query(_TYPES, (table,))}
    has_record_hash = int(session.query("SHOW server_version_num")[0][0]) >= 140000
    as_text = [column for column in columns if types.get(column, "") not in STABLE]
    if has_record_hash and not as_text:
        return _scan(session, table, _hash(_row(columns, as_text)), rest)
    row = _row(columns, as_text)
    hashed = _hash(row) if has_record_hash else f"hashtextextended({row}::text, 0)"
    # The text of a value depends on these settings, and a database may have its own.
    before = {name: session.query(f"SHOW {name}")[0][0] for name in _NEUTRAL}
    _set(session, _NEUTRAL)
    try:
        return _scan(session, table, hashed, rest if has_record_hash else None)
    finally:
        with suppress(*errors()):  # in a failed transaction it cannot be set, and goes with the transaction
            _set(session, before)


def _row(columns: Sequence[str], as_text: Sequence[str]) -> str:
    names = ((quote_identifier(column, "postgresql"), column in as_text) for column in columns)
    return "ROW(" + ", ".join(f"{name}::text" if is_cast else name for name, is_cast in names) + ")"


def _hash(row: str) -> str:
    """The hash of a row.

    The record's own hash is a sum of its columns' (31 times the one before, plus the next): added up over rows, it
    would not see two rows that exchange a value. So it is hashed once more.
    """
    return f"hashtextextended(hash_record_extended({row}, 0)::text, 0)"


def _scan(session: Session, table: str, hashed: str, rest: Rest | None) -> tuple[int, str]:
    # A sum, where an exclusive-or would lose every pair of equal rows; it is kept in 128 bits.
    query = f"SELECT count(*), coalesce(sum({hashed}), 0)::text FROM {table}"
    blocks = int(session.query(_BLOCKS, (table,))[0][0]) if rest else 0
    count, total = 0, 0
    for where in _pieces(blocks):
        began = time.monotonic()
        counted, added = session.query(query + where)[0]
        count, total = count + int(counted), total + int(added)
        if rest and where:
            rest(time.monotonic() - began)
    return count, str(total)


def _pieces(blocks: int) -> list[str]:
    """Conditions that divide a table; the last has no end, and takes in what it has grown by.

    Source: PostgreSQL manual, "System Columns"; a range of ctid is read alone since PostgreSQL 14.
    """
    if blocks <= _PIECE_BLOCKS:
        return [""]
    starts = range(0, blocks, _PIECE_BLOCKS)
    ends = [f" AND ctid < '({start},0)'" for start in starts[1:]] + [""]
    return [f" WHERE ctid >= '({start},0)'{end}" for start, end in zip(starts, ends, strict=True)]


def _set(session: Session, values: dict[str, str]) -> None:
    calls = ", ".join("set_config(%s, %s, false)" for _ in values)
    session.query(f"SELECT {calls}", tuple(text for pair in values.items() for text in pair))


def quoted(schema: str, name: str) -> str:
    """`"schema"."name"`."""
    return f"{quote_identifier(schema, 'postgresql')}.{quote_identifier(name, 'postgresql')}"
