"""What a statement does is read off its words, as far as they say it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasty import BY_DIALECT

from neoron.sql.classify import Classified, classify, session_command, transaction_control

PG, LITE = "postgresql", "sqlite"

CASES: list[tuple[str, str, dict[str, Any]]] = [
    (PG, 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "Ix" ON ONLY public.Orders USING btree (a, lower(b))',
     {"verb": "CREATE INDEX", "tables": ("orders",), "object_name": "Ix", "is_concurrent": True}),
    (PG, "CREATE INDEX ON t (a)", {"verb": "CREATE INDEX", "tables": ("t",)}),
    (PG, "DROP INDEX CONCURRENTLY IF EXISTS s.ix",
     {"verb": "DROP INDEX", "object_name": "s.ix", "is_concurrent": True}),
    (PG, "ALTER TABLE IF EXISTS ONLY app.t * DROP COLUMN IF EXISTS a, DROP b CASCADE, ALTER c TYPE int USING c::int, "
     'ALTER COLUMN "D d" SET DATA TYPE numeric(10, 2), ADD COLUMN x numeric(3, 2), DROP CONSTRAINT k, '
     "ALTER e SET NOT NULL, ALTER f DROP DEFAULT, ADD FOREIGN KEY (a) REFERENCES u (id)",
     {"verb": "ALTER TABLE", "tables": ("app.t", "u"), "object_name": "app.t",
      "lost_columns": (("app.t", "a"), ("app.t", "b"), ("app.t", "c"), ("app.t", "D d"))}),
    (PG, "ALTER TABLE t RENAME a TO b",
     {"verb": "ALTER TABLE", "tables": ("t",), "object_name": "t", "lost_columns": (("t", "a"),)}),
    (PG, "ALTER TABLE t RENAME CONSTRAINT a TO b", {"verb": "ALTER TABLE", "tables": ("t",), "object_name": "t"}),
    (PG, "ALTER TABLE t RENAME TO u",
     {"verb": "ALTER TABLE", "tables": ("t",), "object_name": "t", "lost_tables": ("t",)}),
    (PG, "ALTER TABLE t SET SCHEMA s",
     {"verb": "ALTER TABLE", "tables": ("t",), "object_name": "t", "lost_tables": ("t",)}),
    (PG, "ALTER TABLE m DETACH PARTITION p CONCURRENTLY",
     {"verb": "ALTER TABLE", "tables": ("m", "p"), "object_name": "m", "is_concurrent": True}),
    (PG, "DROP TABLE IF EXISTS a, public.b, s.c CASCADE",
     {"verb": "DROP TABLE", "tables": ("a", "b", "s.c"), "object_name": "a", "lost_tables": ("a", "b", "s.c")}),
    (PG, "DROP TYPE mood CASCADE", {"verb": "DROP TYPE", "object_name": "mood", "is_opaque": True}),
    (PG, "CREATE TABLE t (u int REFERENCES users (id), FOREIGN KEY (a) REFERENCES s.b)",
     {"verb": "CREATE TABLE", "tables": ("t", "users", "s.b"), "object_name": "t"}),
    (PG, "CREATE TABLE p PARTITION OF q FOR VALUES FROM (1) TO (2)",
     {"verb": "CREATE TABLE", "tables": ("p", "q"), "object_name": "p"}),
    (PG, "CREATE TABLE t AS SELECT * FROM a, b JOIN c USING (id) WHERE x IN (SELECT y FROM d)",
     {"verb": "CREATE TABLE", "tables": ("t", "a", "b", "c", "d"), "reads": ("a", "b", "c", "d"), "object_name": "t"}),
    (PG, "INSERT INTO a (x) SELECT now() FROM b ON CONFLICT (x) DO UPDATE SET x = 1",
     {"verb": "INSERT", "tables": ("a", "b"), "reads": ("b",), "is_dml": True}),
    (PG, "WITH d AS (DELETE FROM old RETURNING *), e(q) AS (SELECT 1) INSERT INTO new SELECT * FROM d, e, f",
     {"verb": "INSERT", "tables": ("old", "new", "f"), "reads": ("f",), "is_dml": True}),
    (PG, "WITH d AS (DELETE FROM old RETURNING *) SELECT * FROM d",
     {"verb": "SELECT", "tables": ("old",), "is_dml": True}),
    (PG, "UPDATE ONLY t SET a = b.x FROM b WHERE EXTRACT(year FROM t.at) > 1 AND a IS DISTINCT FROM c",
     {"verb": "UPDATE", "tables": ("t", "b"), "reads": ("b",), "is_dml": True}),
    (PG, "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET x = 1",
     {"verb": "MERGE", "tables": ("t", "s"), "reads": ("s",), "is_dml": True}),
    (PG, "TRUNCATE TABLE a, ONLY b", {"verb": "TRUNCATE", "tables": ("a", "b"), "is_dml": True}),
    (PG, "COPY t (a, b) FROM '/x'", {"verb": "COPY", "tables": ("t",), "is_dml": True}),
    (PG, "EXPLAIN DELETE FROM t", {"verb": "EXPLAIN", "tables": ("t",), "reads": ("t",)}),
    (PG, "EXPLAIN ANALYZE DELETE FROM t", {"verb": "EXPLAIN", "tables": ("t",), "is_dml": True}),
    (PG, "EXPLAIN (COSTS off, ANALYZE) DELETE FROM t", {"verb": "EXPLAIN", "tables": ("t",), "is_dml": True}),
    (PG, "EXPLAIN (ANALYZE off) DELETE FROM t", {"verb": "EXPLAIN", "tables": ("t",), "reads": ("t",)}),
    (PG, "SELECT setval('s', 1)", {"verb": "SELECT", "is_opaque": True}),
    (PG, 'SELECT "F"(1)', {"verb": "SELECT", "is_opaque": True}),
    (PG, "SELECT my.lower(a)", {"verb": "SELECT", "is_opaque": True}),
    (PG, "SELECT count(*), max(a) FROM t FOR UPDATE", {"verb": "SELECT", "tables": ("t",), "reads": ("t",)}),
    (PG, "DO $$ BEGIN END $$", {"verb": "DO", "is_opaque": True}),
    (PG, "CALL p(1)", {"verb": "CALL", "object_name": "p", "is_opaque": True}),
    (PG, "FOO BAR", {"verb": "FOO", "is_opaque": True}),
    (PG, "CREATE TRIGGER x AFTER UPDATE OF a ON t EXECUTE FUNCTION f()",
     {"verb": "CREATE TRIGGER", "tables": ("t",), "object_name": "x"}),
    (PG, "REFRESH MATERIALIZED VIEW CONCURRENTLY s.m",
     {"verb": "REFRESH MATERIALIZED VIEW", "object_name": "s.m", "is_concurrent": True}),
    (PG, "REINDEX TABLE CONCURRENTLY s.t",
     {"verb": "REINDEX TABLE", "tables": ("s.t",), "object_name": "s.t", "is_concurrent": True}),
    (PG, "COMMENT ON COLUMN public.t.c IS 'x'",
     {"verb": "COMMENT", "tables": ("t",), "object_name": "public.t.c"}),
    (PG, "", {"verb": ""}),
    (LITE, "DROP TABLE IF EXISTS 'users'",
     {"verb": "DROP TABLE", "tables": ("users",), "object_name": "users", "lost_tables": ("users",)}),
    (LITE, "ALTER TABLE main.[My T] DROP COLUMN `a b`",
     {"verb": "ALTER TABLE", "tables": ("My T",), "object_name": "main.My T", "lost_columns": (("My T", "a b"),)}),
    (LITE, "INSERT OR REPLACE INTO T (a) VALUES (1)", {"verb": "INSERT", "tables": ("T",), "is_dml": True}),
    (LITE, "REPLACE INTO t VALUES (replace('a', 'b', 'c'))", {"verb": "REPLACE", "tables": ("t",), "is_dml": True}),
    (LITE, "UPDATE OR IGNORE t SET a = 1", {"verb": "UPDATE", "tables": ("t",), "is_dml": True}),
    (LITE, "PRAGMA main.user_version = 3", {"verb": "PRAGMA", "object_name": "main.user_version"}),
    (LITE, "CREATE TEMP TRIGGER x AFTER INSERT ON main.t BEGIN INSERT INTO a VALUES (1); END",
     {"verb": "CREATE TRIGGER", "tables": ("t",), "object_name": "x"}),
]  # fmt: skip

TRANSACTION = [
    ("BEGIN", "BEGIN"), ("begin immediate", "BEGIN"), ("start  transaction", "START TRANSACTION"),
    ("/* x */ COMMIT PREPARED 'x'", "COMMIT"), ("END", "END"), ("ROLLBACK", "ROLLBACK"), ("ABORT", "ABORT"),
    ("ROLLBACK AND CHAIN", "ROLLBACK"), ("ROLLBACK TO a", ""), ("ROLLBACK WORK TO SAVEPOINT a", ""),
    ("SAVEPOINT a", ""), ("RELEASE a", ""), ("PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION"),
    ("PREPARE p AS SELECT 1", ""),
    ("SET autocommit = 0", "SET autocommit"), ("SET @@autocommit=1", "SET autocommit"), ("SELECT 'BEGIN'", ""),
]  # fmt: skip

SESSION = [
    (PG, "\\connect x", "psql meta-command"), (PG, "SELECT 1 \\gexec", "psql meta-command"), (PG, "SELECT '\\'", ""),
    (PG, "COPY t FROM PROGRAM 'x'", "COPY FROM PROGRAM"), (PG, "copy t(a) from stdin", "COPY FROM STDIN"),
    (PG, "COPY t FROM STDIN;\n1\t\\N\n\\.", "COPY FROM STDIN"),
    (PG, "COPY (SELECT 1 FROM x) TO STDOUT", "COPY TO STDOUT"),
    (PG, "COPY t TO '/x'", "COPY TO FILE"), (PG, "COPY t FROM '/x'", "COPY FROM FILE"), (PG, "USE x", "USE"),
    (PG, "SET SESSION AUTHORIZATION bob", "SET SESSION AUTHORIZATION"), (PG, "SET lock_timeout = 1", ""),
    (LITE, "ATTACH 'x' AS y", "ATTACH"), (LITE, "DETACH y", "DETACH"), (LITE, ".read x", "dot-command"),
    (LITE, "SELECT /* a */ load_extension ('x')", "load_extension"),
    (LITE, 'SELECT "Load_Extension"(1)', "load_extension"),
    (LITE, "SELECT 'load_extension(1)'", ""), (PG, "LOAD DATA LOCAL INFILE 'x'", "LOAD DATA LOCAL"),
    (PG, "SOURCE x", "SOURCE"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "statement", "expected"), CASES)
def test_a_statement_is_read(dialect: str, statement: str, expected: dict[str, Any]) -> None:
    """Verb, tables, lost columns and the rest are exactly what the statement names."""
    assert classify(statement, dialect) == Classified(**expected)


@pytest.mark.parametrize(("statement", "expected"), TRANSACTION)
@pytest.mark.parametrize("dialect", [LITE, PG])
def test_transaction_control_is_found(dialect: str, statement: str, expected: str) -> None:
    """What opens or ends a transaction is named; savepoints are not."""
    assert transaction_control(statement, dialect) == expected


@pytest.mark.parametrize(("dialect", "statement", "expected"), SESSION)
def test_commands_for_client_and_session_are_found(dialect: str, statement: str, expected: str) -> None:
    """What a migration must not contain is named, and nothing in a string is taken for it."""
    assert session_command(statement, dialect) == expected


@pytest.mark.parametrize("dialect", sorted(BY_DIALECT))
@given(data=st.data())
def test_any_sequence_of_words_is_read(dialect: str, data: st.DataObject) -> None:
    """Whatever the words, reading ends and never fails, and lost columns belong to touched tables."""
    words = "CREATE ALTER DROP TABLE INDEX ON ONLY IF EXISTS a . b , ( ) FROM INTO WITH AS SELECT INSERT UPDATE DELETE"
    more = "EXPLAIN ANALYZE RENAME TO COLUMN TYPE 'x' \"y\" USING REINDEX COPY COMMENT GRANT VACUUM REFERENCES OF"
    text = " ".join(data.draw(st.lists(st.sampled_from(f"{words} {more}".split()), max_size=25)))
    found = classify(text, dialect)
    assert {table for table, _column in found.lost_columns} <= set(found.tables)


def test_a_long_insert_is_read_like_a_short_one() -> None:
    """However many rows an INSERT has, the tables that it names are found, also behind the rows."""
    rows = ",\n".join(f"({n}, -1, 'it''s (a), -- ;', NULL)" for n in range(20_000))
    found = classify(f"INSERT INTO t -- (1),\nVALUES {rows}, (1, 2, (SELECT x FROM u), 3)", PG)
    assert found == Classified("INSERT", ("t", "u"), ("u",), is_dml=True)
