"""Runs a rule's example on a real PostgreSQL with 10,000 rows per table, and measures what it does to others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from neoron.model.plan import LockLevel
from neoron.sql.reading import readings

ROWS = 10_000
READY = """
CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE admin; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
"""
VALUES = {
    "int8": "i", "int4": "i", "text": "'x' || i", "varchar": "'x' || i", "numeric": "(i % 900) + 0.25", "bool": "true",
    "timestamptz": "timestamptz '2024-05-15'", "date": "date '2024-05-15'", "json": "'{}'::json", "float8": "i",
    "tsrange": "tsrange(timestamp '2000-01-01' + i * interval '2 h', timestamp '2000-01-01' + i * interval '2 h' + "
    "interval '1 h')",
}  # fmt: skip
_OUTSIDE = ("CONCURRENTLY", "VACUUM", "DROP DATABASE", "CREATE DATABASE")
_OURS = "relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'shop'))"
TABLES = f"SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND {_OURS}"
VIEWS = f"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'v' AND {_OURS}"
FILES = f"SELECT oid, relfilenode FROM pg_class WHERE relkind IN ('r', 'm') AND {_OURS}"


ARRANGED = {
    "change-access-method": "CREATE ACCESS METHOD columnar TYPE TABLE HANDLER heap_tableam_handler",
    "set-tablespace": "SET allow_in_place_tablespaces = on; CREATE TABLESPACE elsewhere LOCATION ''; "
    "ALTER TABLE orders SET TABLESPACE elsewhere",
}
"""What a rule's example needs beside its schema, which a reviewed file would not hold."""


@dataclass(frozen=True)
class Measured:
    """What a script did: the lock that others felt, whether a table with rows got a new file, or was read whole."""

    lock: LockLevel | None
    rewrites: bool
    scans: bool
    lost: bool
    error: str = ""


def prepare(url: str, schema: str, rule_id: str = "") -> None:
    """Lay out the schema, and what the rule's example needs beside it, and fill every table of it."""
    with psycopg.connect(url, autocommit=True) as connection:
        for text in (READY, schema, ARRANGED.get(rule_id, "")):
            for statement in _texts(text):
                connection.execute(statement.encode())
        for (table,) in connection.execute(TABLES.encode()).fetchall():
            _fill(connection, table)
        connection.execute("ANALYZE")


def _fill(connection: psycopg.Connection[tuple[object, ...]], table: str) -> None:
    columns = connection.execute(
        "SELECT attname, typname FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''", [table]
    ).fetchall()  # fmt: skip
    known = [(name, VALUES[str(kind)]) for name, kind in columns if str(kind) in VALUES]
    names, values = ", ".join(f'"{n}"' for n, _v in known), ", ".join(v for _n, v in known)
    query = f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {ROWS}) i"
    try:
        connection.execute(query.encode())
    except psycopg.errors.CheckViolation:
        pass  # a partitioned table without a partition for these rows
    except psycopg.errors.WrongObjectType:
        pass  # a materialized view is filled by its query


def measure(url: str, script: str) -> Measured:
    """Run a script, and look at it from other sessions before it ends."""
    statements = [text for text in _texts(script) if text.upper() not in ("BEGIN", "COMMIT")]
    with psycopg.connect(url, autocommit=True) as watcher:
        tables = [str(row[0]) for row in watcher.execute(TABLES.encode()).fetchall()]
        files, content = dict(watcher.execute(FILES.encode()).fetchall()), _content(watcher, tables)
        views = [str(row[0]) for row in watcher.execute(VIEWS.encode()).fetchall()]
        watcher.execute("SELECT pg_stat_reset()")
        lock, scans, error = _run(url, statements, [*tables, *views])
        after = dict(watcher.execute(FILES.encode()).fetchall())
        left = [str(row[0]) for row in watcher.execute(TABLES.encode()).fetchall()]
        now = _content(watcher, [t for t in tables if t in left], {t: names for t, (names, _n, _s) in content.items()})
    emptied = {t for t in now if now[t][1] == 0 and content[t][1]}
    rewritten = any(oid in after and after[oid] != file for oid, file in files.items()) and not emptied
    lost = any(t not in now or not content[t][0] <= now[t][0] or now[t][1] < content[t][1] or now[t][2] != content[t][2]
               for t in content)  # fmt: skip
    return Measured(lock, rewritten, scans, lost, error)


def _run(url: str, statements: Sequence[str], tables: Sequence[str]) -> tuple[LockLevel | None, bool, str]:
    is_outside = any(word in text.upper() for text in statements for word in _OUTSIDE)
    with psycopg.connect(url, autocommit=is_outside) as connection:
        try:
            for text in statements:
                connection.execute(text.encode())
        except psycopg.Error as error:
            return None, False, f"{type(error).__name__}: {error}"
        if is_outside:
            connection.execute("SELECT pg_stat_force_next_flush()")
            connection.execute("SELECT 1")  # the counts are sent when a transaction ends
            return None, _is_read_whole(connection, "pg_stat_user_tables"), ""
        return _felt(url, tables), _is_read_whole(connection, "pg_stat_xact_user_tables"), ""


def _is_read_whole(connection: psycopg.Connection[tuple[object, ...]], counts: str) -> bool:
    """Whether some table's rows were all read in sequence: by a query, a check of a constraint, or an index build."""
    told = connection.execute(f"SELECT coalesce(max(seq_tup_read), 0) FROM {counts}".encode()).fetchone()
    return told is not None and int(str(told[0])) >= ROWS


def _felt(url: str, tables: Sequence[str]) -> LockLevel:
    """What a reader and a writer of each table meet while the transaction is open."""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SET lock_timeout = '40ms'")
        reads = [_waits(other, f"SELECT * FROM {table} LIMIT 1") for table in tables]
        writes = [_waits(other, f"DELETE FROM {table} WHERE false") for table in tables]
    return LockLevel.ALL if any(reads) else LockLevel.WRITES if any(writes) else LockLevel.NONE


def _waits(other: psycopg.Connection[tuple[object, ...]], query: str) -> bool:
    try:
        other.execute(query.encode())
    except psycopg.errors.LockNotAvailable:
        return True
    except psycopg.Error:
        return False
    return False


def _content(
    connection: psycopg.Connection[tuple[object, ...]], tables: Sequence[str],
    as_before: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, tuple[frozenset[str], int, str]]:  # fmt: skip
    """Table -> its columns, its rows, and a sum over its values; as_before names the columns to sum, if still there."""
    found = {}
    for table in tables:
        rows = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [table],
        ).fetchall()
        names = frozenset(str(name) for (name,) in rows)
        wanted = sorted(names & (as_before or {}).get(table, names))
        listed = ", ".join(f'"{name}"::text' for name in wanted) or "''"
        query = f"SELECT count(*), coalesce(sum(hashtext(concat_ws(',', {listed}))), 0)::text FROM {table}"
        told = connection.execute(query.encode()).fetchone()
        found[table] = (names, int(str(told[0])) if told else 0, str(told[1]) if told else "")
    return found


def _texts(script: str) -> Iterator[str]:
    return (reading.text for reading in readings(script, "postgresql"))


@contextmanager
def fresh(url: str) -> Iterator[str]:
    """An empty public schema in the same database; the rule's other schemas go too."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "DROP SCHEMA IF EXISTS public, shop, archive, trial CASCADE; CREATE SCHEMA public;"
            "DROP EXTENSION IF EXISTS hstore CASCADE; DROP ACCESS METHOD IF EXISTS columnar CASCADE"
        )
        connection.execute("DROP TABLESPACE IF EXISTS elsewhere")
    yield url
