"""What the catalog says, and checksums that agree between databases."""

from __future__ import annotations

import secrets
from dataclasses import replace

import psycopg
import pytest

from neoron.engines.postgresql import catalog, rows
from neoron.engines.postgresql import session as role
from neoron.engines.postgresql.session import Session
from neoron.engines.url import Url
from neoron.model.schema import Column, TableContent

EVERY_TYPE = """
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (a int, m mood);
CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE everything (
  id bigint PRIMARY KEY, b bool, f real, n numeric(12, 3), t text, v varchar(9), c char(4), d date, ts timestamp,
  tz timestamptz, i interval, u uuid, y bytea, ip inet, j json, jb jsonb, x xml, p point, bits bit(3), r tstzrange,
  m mood, ms mood[], pr pair, ma mail, ta text[], cls regclass, mo money, "the ""Name%" text
);
INSERT INTO everything SELECT g, g % 2 = 0, g / 3.0, g / 7.0, 'text ' || g, 'v', 'c', date '2026-01-01' + g,
  timestamp '2026-01-01' + g * interval '1 h', timestamptz '2026-01-01Z' + g * interval '1 h', g * interval '1 day',
  md5(g::text)::uuid, decode(md5(g::text), 'hex'), '10.0.0.1', '{"a": 1}', '{"a": [1, null]}', '<a/>', point(g, 1),
  B'101', tstzrange(timestamptz '2026-01-01Z', NULL), 'glad', '{sad,glad}', ROW(g, 'sad')::pair, 'a@b', '{x,NULL}',
  'everything'::regclass, 12.5::money, NULL
FROM generate_series(1, 500) g;
"""


def contents(session: Session) -> list[TableContent]:
    return [catalog.content(session, t, [c.name for c in t.columns]) for t in catalog.schema(session).tables]


def test_tables_columns_and_keys_as_they_are(session: Session) -> None:
    """Tables come with their columns in order, types, defaults and keys, and other schemas by name."""
    session.execute(
        "CREATE SCHEMA shop; CREATE TABLE shop.orders (b int, a int DEFAULT 7, PRIMARY KEY (a, b));"
        'CREATE TABLE "Line" (id varchar(9) NOT NULL, o int, p int);'
        'ALTER TABLE "Line" ADD CONSTRAINT fk FOREIGN KEY (o, p) REFERENCES shop.orders (a, b) NOT VALID;'
        "CREATE TABLE neoron_history (a int); CREATE TABLE alembic_version (v int); CREATE TABLE empty ()"
    )
    found = catalog.schema(session)
    assert [t.name for t in found.tables] == ["Line", "empty", "shop.orders"]
    assert found.tables[0].columns[0] == Column("id", "character varying(9)", is_nullable=False)
    assert found.tables[2].primary_key == ("a", "b")
    assert found.tables[2].columns[1].default == "7"
    assert [(k.name, k.references, k.is_validated) for k in found.foreign_keys] == [("fk", "shop.orders", False)]
    assert [i.name for i in found.indexes] == ["orders_pkey"]
    (broken,) = catalog.broken_foreign_keys(session)
    assert broken.startswith("fk on Line was never validated")
    assert contents(session)[1].row_count == 0


def test_partitions_are_counted_in_their_root(session: Session) -> None:
    """A partitioned table is one table, with the rows and bytes of all its partitions."""
    session.execute(
        "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
        "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2); INSERT INTO p VALUES (1), (2), (2); ANALYZE p1; ANALYZE p2"
    )
    assert [t.name for t in catalog.schema(session).tables] == ["p"]
    (size,) = catalog.sizes(session)
    assert (size.row_count, size.size_bytes >= 16384) == (3, True)
    assert contents(session)[0].row_count == 3


def test_an_invalid_index_is_reported(session: Session) -> None:
    """An index that a failed build left behind is named with its table."""
    session.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        session.execute("CREATE UNIQUE INDEX CONCURRENTLY ix ON t (a)")
    (words,) = catalog.invalid_indexes(session)
    assert words.startswith("ix on t is invalid")
    assert [i.is_valid for i in catalog.schema(session).indexes] == [False]


def test_equal_rows_give_equal_checksums_in_another_database(session: Session, url: Url) -> None:
    """Every kind of column gives the same checksum in another database with other settings and other type numbers."""
    session.execute(EVERY_TYPE)
    copy_url = replace(url, database=f"copy_{secrets.token_hex(4)}")
    copy = role.connect(copy_url, create=True)
    try:
        copy.execute("CREATE TYPE unrelated AS ENUM ('shifts', 'the', 'numbers')")
        copy.execute(f'ALTER DATABASE "{copy_url.database}" SET TimeZone = \'Asia/Tokyo\'')
        copy.execute(f'ALTER DATABASE "{copy_url.database}" SET DateStyle = \'German\'')
        copy.close()
        copy = role.connect(copy_url)
        copy.execute(EVERY_TYPE)
        assert contents(copy) == contents(session)
        assert contents(session)[0].row_count == 500
        assert copy.query("SHOW TimeZone") == [("Asia/Tokyo",)]
    finally:
        copy.close()
        role.drop(copy_url)


@pytest.mark.parametrize("change", [
    "DELETE FROM everything WHERE id = 7", "INSERT INTO everything (id) VALUES (501)",
    "UPDATE everything SET j = '{\"a\": 2}' WHERE id = 3", "UPDATE everything SET m = 'sad' WHERE id = 3",
    "UPDATE everything SET t = NULL WHERE id = 3", "UPDATE everything SET tz = tz + interval '1 us' WHERE id = 3",
    "UPDATE everything SET id = -1 WHERE id = 3", "UPDATE everything SET ta = '{x,NULL,y}' WHERE id = 3",
])  # fmt: skip
def test_any_change_of_a_row_changes_the_checksum(session: Session, change: str) -> None:
    """One changed value of one row of any type changes count or checksum, and undoing it brings both back."""
    session.execute(EVERY_TYPE)
    before = contents(session)
    session.begin()
    session.execute(change)
    assert contents(session) != before
    session.rollback()
    assert contents(session) == before


def test_two_equal_rows_do_not_cancel_out(session: Session) -> None:
    """A pair of equal rows weighs twice, where an exclusive-or would lose it."""
    session.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1), (2)")
    first = contents(session)
    session.execute("UPDATE t SET a = 3 WHERE a = 1")
    assert contents(session) != first


def test_a_failed_scan_keeps_its_own_error(session: Session) -> None:
    """A scan that fails inside a transaction reports its own error."""
    session.execute("CREATE TABLE t (a json); INSERT INTO t VALUES ('1')")
    table = catalog.schema(session).tables[0]
    session.begin()
    session.execute("SET LOCAL statement_timeout = 1; ALTER TABLE t RENAME TO gone; SET LOCAL statement_timeout = 0")
    with pytest.raises(psycopg.errors.UndefinedTable):
        catalog.content(session, table, ["a"])
    session.rollback()
    assert catalog.content(session, table, ["a"]).row_count == 1


def test_what_statements_take_away(session: Session) -> None:
    """Dropped tables, columns and schemas are gone from the schema beforehand; a new type keeps the column."""
    session.execute(
        "CREATE TABLE a (x int, y int, z int); CREATE TABLE b (x int); CREATE SCHEMA s; CREATE TABLE s.c (x int)"
    )
    found = catalog.schema(session)
    left = catalog.after(session, found, [
        "ALTER TABLE a DROP COLUMN x, ALTER COLUMN y TYPE bigint", "DROP TABLE b", "DROP SCHEMA s CASCADE",
    ])  # fmt: skip
    assert left is not None
    assert [(t.name, [(c.name, c.type) for c in t.columns]) for t in left.tables] == [
        ("a", [("y", ""), ("z", "integer")])
    ]


def test_filled_counts_rows_and_values(session: Session) -> None:
    """Rows of a table, and values of a column, are counted exactly."""
    session.execute('CREATE SCHEMA s; CREATE TABLE s."T" ("C%" int); INSERT INTO s."T" VALUES (1), (NULL), (3)')
    assert (catalog.filled(session, "s.T", ""), catalog.filled(session, "s.T", "C%")) == (3, 2)


def test_writes_are_counted_per_table(session: Session, other: Session) -> None:
    """The counter of a table grows with rows that another session writes."""
    session.execute("CREATE TABLE t (a int)")
    before = catalog.writes_by_table(session)
    other.execute("INSERT INTO t SELECT generate_series(1, 10)")
    other.query("SELECT pg_stat_force_next_flush()")
    other.query("SELECT 1")
    after = catalog.writes_by_table(session)
    assert before is not None
    assert after is not None
    assert after["t"] - before["t"] == 10


def test_sizes_of_the_database(session: Session, url: Url) -> None:
    """The database's bytes are known; free space only where the server's folder can be seen."""
    assert catalog.database_bytes(session) > 1_000_000
    free = catalog.free_bytes(session)
    assert free is None or free > 0
    session.url = replace(url, host="db.example.org")
    assert catalog.free_bytes(session) is None


def test_rows_in_bulk(session: Session) -> None:
    """Rows go in through COPY, texts as timestamps, NULLs as NULLs, and a fault leaves the transaction to its owner."""
    session.execute('CREATE SCHEMA s; CREATE TABLE s."T" (id int PRIMARY KEY, "at" timestamptz, t text)')
    session.begin()
    wanted = [(n, "2026-08-01T10:00:00Z", None if n % 2 else "tab\t\\N é") for n in range(2_000)]
    assert rows.insert(session, "s.T", ["id", "at", "t"], iter(wanted)) == 2_000
    session.commit()
    found = session.query('SELECT count(*), count(t), min("at") = \'2026-08-01 10:00Z\' FROM s."T"')
    assert found == [(2_000, 1_000, True)]
    session.begin()
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.insert(session, "s.T", ["id"], [(1,)])
    session.rollback()
