"""Locks held against the live server's own list, and probes of what was left behind."""

from __future__ import annotations

import psycopg
import pytest

from neoron.engines.postgresql.effects import effect, surround
from neoron.engines.postgresql.session import Session
from neoron.model.plan import LockLevel

SCHEMA = """
CREATE TABLE parent (id int PRIMARY KEY, v text);
CREATE TABLE t (id int PRIMARY KEY, a int, p int, v varchar(10) NOT NULL DEFAULT 'x');
CREATE INDEX t_a ON t (a);
ALTER TABLE t ADD CONSTRAINT nv CHECK (a > 0) NOT VALID;
CREATE VIEW view_t AS SELECT id FROM t;
CREATE MATERIALIZED VIEW mat AS SELECT id FROM t;
CREATE UNIQUE INDEX ON mat (id);
CREATE TABLE parts (a int) PARTITION BY LIST (a);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES IN (1);
CREATE FUNCTION trig() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trig();
"""
STATEMENTS = [
    "ALTER TABLE t ADD COLUMN b int", "ALTER TABLE ONLY t ALTER COLUMN a SET NOT NULL", "ALTER TABLE t RENAME TO u",
    "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent", "ALTER TABLE t VALIDATE CONSTRAINT nv",
    "ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES parent (id) NOT VALID", "ALTER TABLE t SET (fillfactor = 50)",
    "ALTER TABLE t ALTER COLUMN a SET STATISTICS 100", "ALTER TABLE t ALTER a SET STATISTICS 100, ADD COLUMN c int",
    "ALTER TABLE t DISABLE TRIGGER tr", "ALTER TABLE t ADD CHECK (a > 1) NOT VALID", "ALTER TABLE t DROP COLUMN a",
    "CREATE INDEX i ON t (p)", "CREATE UNIQUE INDEX i ON t (id)", "DROP INDEX t_a", "TRUNCATE t",
    "DROP TABLE t CASCADE",
    "CREATE TRIGGER tr2 AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION trig()", "DROP TRIGGER tr ON t",
    "CREATE TABLE child (p int REFERENCES parent)", "CREATE TABLE parts2 PARTITION OF parts FOR VALUES IN (2)",
    "ALTER TABLE parts DETACH PARTITION parts1", "COMMENT ON TABLE t IS 'x'", "CREATE STATISTICS st ON a, p FROM t",
    "ANALYZE t", "LOCK TABLE t IN SHARE MODE", "LOCK TABLE t", "REFRESH MATERIALIZED VIEW mat",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY mat", "CLUSTER t USING t_pkey", "INSERT INTO t VALUES (1, 1)",
    "UPDATE t SET a = 2", "DELETE FROM t", "SELECT * FROM t FOR UPDATE", "WITH x AS (SELECT 1) DELETE FROM t",
    "ALTER INDEX t_a RENAME TO t_b", "ALTER VIEW view_t RENAME TO v2",
    "CREATE OR REPLACE VIEW view_t AS SELECT id FROM t",
    "ALTER TABLE /* ALTER COLUMN a SET STATISTICS */ t ADD \"x, VALIDATE CONSTRAINT y\" int",
    "REINDEX TABLE t", "CREATE POLICY po ON t USING (true)", "GRANT SELECT ON t TO PUBLIC",
    "ALTER TABLE t ALTER COLUMN v TYPE varchar(20)", "CREATE RULE r AS ON UPDATE TO t DO ALSO NOTHING",
]  # fmt: skip
_LEVELS = {
    "AccessExclusiveLock": LockLevel.ALL, "ExclusiveLock": LockLevel.WRITES, "ShareRowExclusiveLock": LockLevel.WRITES,
    "ShareLock": LockLevel.WRITES,
}  # fmt: skip


def strongest_lock(session: Session) -> LockLevel:
    """The strongest lock on a user's relation that the session holds."""
    modes = session.query(
        "SELECT DISTINCT mode FROM pg_locks l JOIN before b ON b.oid = l.relation WHERE pid = pg_backend_pid()"
    )
    found = {_LEVELS.get(mode, LockLevel.NONE) for (mode,) in modes}
    return max(found or {LockLevel.NONE}, key=[LockLevel.NONE, LockLevel.WRITES, LockLevel.ALL].index)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_lock_is_what_the_server_holds(session: Session, sql: str) -> None:
    """What we say a statement blocks is what the server's list of locks shows."""
    session.execute(SCHEMA)
    session.execute("CREATE TEMP TABLE before AS SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    session.begin()
    session.execute(sql)
    measured = strongest_lock(session)
    session.rollback()
    assert effect(sql).lock is measured
    assert effect(sql).can_run_in_transaction


OUTSIDE = [
    "CREATE INDEX CONCURRENTLY i ON t (p)", "create unique index concurrently if not exists i on public.t (p)",
    "DROP INDEX CONCURRENTLY t_a", "REINDEX TABLE CONCURRENTLY t", "REINDEX (VERBOSE, CONCURRENTLY) INDEX t_a",
    "REINDEX SCHEMA public", "VACUUM", "VACUUM (ANALYZE) t", "VACUUM FULL t", "CLUSTER", "CREATE DATABASE zz",
    "DROP DATABASE zz", "ALTER SYSTEM SET work_mem = '5MB'", "CREATE TABLESPACE zz LOCATION '/nowhere'",
    "ALTER TABLE parts DETACH PARTITION parts1 CONCURRENTLY",
    "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p",
]  # fmt: skip


@pytest.mark.parametrize("sql", OUTSIDE)
def test_what_no_transaction_can_hold(session: Session, sql: str) -> None:
    """A statement that the server refuses inside a transaction is planned outside of one."""
    session.execute(SCHEMA)
    session.begin()
    with pytest.raises(psycopg.errors.ActiveSqlTransaction):
        session.execute(sql)
    session.rollback()
    assert not effect(sql).can_run_in_transaction


def answer(session: Session, sql: str) -> str:
    ((found,),) = session.query(effect(sql).probe)
    assert isinstance(found, str)
    return found


def test_an_index_build_is_found_done_undone_or_broken(session: Session) -> None:
    """After a crash the catalog says whether an index is there, absent, or must be cleared first."""
    sql = 'CREATE UNIQUE INDEX CONCURRENTLY "I x" ON public."T" (a, (a + b)) WHERE a > 0'
    assert answer(session, sql) == "undone"
    session.execute('CREATE TABLE "T" (a int, b int); INSERT INTO "T" VALUES (1, 1), (1, 1)')
    assert answer(session, sql) == "undone"
    with pytest.raises(psycopg.errors.UniqueViolation):
        session.execute(sql)
    clearing = answer(session, sql)
    assert clearing == 'DROP INDEX CONCURRENTLY IF EXISTS public."I x"'
    session.execute(clearing)
    assert answer(session, sql) == "undone"
    session.execute('DELETE FROM "T"')
    session.execute(sql)
    assert answer(session, sql) == "done"


@pytest.mark.parametrize("there", [
    "INDEX i ON t (b)", "UNIQUE INDEX i ON t (a)", "INDEX i ON t (a, b)", "INDEX i ON u (a)",
    "INDEX i ON t (a) WHERE b > 0",
])  # fmt: skip
def test_another_index_of_that_name_is_not_done(session: Session, there: str) -> None:
    """An index that only shares the name is never taken for the one that was wanted."""
    session.execute("CREATE TABLE t (a int, b int); CREATE TABLE u (a int)")
    session.execute(f"CREATE {there}")
    assert answer(session, "CREATE INDEX CONCURRENTLY i ON t (a)") == "undone"


def test_an_index_drop_is_found_done_or_undone(session: Session) -> None:
    """After a crash the catalog says whether the index still has to go."""
    session.execute("CREATE TABLE t (a int); CREATE INDEX i ON t (a)")
    assert answer(session, "DROP INDEX CONCURRENTLY i") == "undone"
    session.execute("DROP INDEX i")
    assert answer(session, "DROP INDEX CONCURRENTLY IF EXISTS public.i") == "done"


def test_a_detached_partition_is_found(session: Session) -> None:
    """After a crash the catalog says whether a partition was detached."""
    session.execute(SCHEMA)
    sql = "ALTER TABLE parts DETACH PARTITION parts1 CONCURRENTLY"
    assert answer(session, sql) == "undone"
    session.execute(sql)
    assert answer(session, sql) == "done"


def test_a_half_detached_partition_is_finished(session: Session, other: Session) -> None:
    """A detach that was cut off half-way is finished by the server's own statement."""
    session.execute(SCHEMA)
    sql = "ALTER TABLE parts DETACH PARTITION parts1 CONCURRENTLY"
    other.begin()
    other.query("SELECT * FROM parts")
    session.set_timeouts(lock_timeout_ms=0, statement_timeout_ms=500)
    with pytest.raises(psycopg.errors.QueryCanceled):
        session.execute(sql)
    other.rollback()
    finishing = answer(session, sql)
    assert finishing == "ALTER TABLE public.parts DETACH PARTITION public.parts1 FINALIZE"
    session.execute(finishing)
    assert answer(session, sql) == "done"


@pytest.mark.parametrize(
    "sql", ["VACUUM t", "REINDEX TABLE CONCURRENTLY t", "REINDEX (CONCURRENTLY) INDEX t_a", "VACUUM"]
)
def test_what_may_be_repeated(session: Session, sql: str) -> None:
    """Maintenance that died is simply run again."""
    session.execute(SCHEMA)
    assert answer(session, sql) == "undone"


def test_an_index_without_a_name_is_refused() -> None:
    """A concurrent build needs a name, or nobody could find what an interruption left."""
    assert effect("CREATE INDEX CONCURRENTLY ON t (a)").refused.startswith("name the index")
    assert effect("CREATE INDEX ON t (a)").refused == ""


def test_unknown_effects() -> None:
    """Code that we cannot look into is unknown."""
    assert effect("DO $$ BEGIN DROP TABLE t; END $$").lock is LockLevel.UNKNOWN
    assert effect("CALL p()").lock is LockLevel.UNKNOWN
    assert surround(["ALTER TABLE t ADD c int"]) == ((), (), ())
