"""Scripts, run by psql with its default flags and by a driver in autocommit."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from postgresql_plans import dump, history, plan_of, run_psql, run_statements

from neoron.engines.postgresql import script
from neoron.errors import PlanRefused
from neoron.model.migration import Direction
from neoron.model.plan import LockLevel, Plan, Step, StepKind
from neoron.sql.split import split

TABLES = ("20260101000000", [
    "CREATE SCHEMA shop",
    'CREATE TABLE shop."Order" (id int PRIMARY KEY, "the Mail" text, note text) -- 100 % :user of $$',
    "CREATE TABLE person (id int PRIMARY KEY, mail text)",
    "INSERT INTO person SELECT i, 'm' || i FROM generate_series(1, 50) i",
])  # fmt: skip
INDEXES = ("20260102000000", [
    "INSERT INTO person VALUES (51, 'once')",
    'CREATE UNIQUE INDEX CONCURRENTLY order_mail ON shop."Order" (lower("the Mail")) WHERE id > 0',
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS person_mail ON person USING btree (mail, id DESC)",
    "UPDATE person SET mail = mail || '!'",
    "VACUUM (ANALYZE) person",
    "REINDEX INDEX CONCURRENTLY person_mail",
])  # fmt: skip
FUNCTION = ("20260103000000", [
    "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $q1$ BEGIN RETURN $$it's$$; END $q1$",
    "INSERT INTO person VALUES (52, f())",
])  # fmt: skip
DROPS = ("20260104000000", [
    'DROP INDEX CONCURRENTLY shop.order_mail',
    "ALTER TABLE person ADD COLUMN age int",
    "VACUUM person",
])  # fmt: skip
GONE = ("20260105000000", ['DROP TABLE shop."Order"'])
UP = [TABLES, INDEXES, FUNCTION, DROPS, GONE]
DOWN = [
    ("20260105000000", ['CREATE TABLE shop."Order" (id int PRIMARY KEY, "the Mail" text, note text)']),
    ("20260104000000", [
        "ALTER TABLE person DROP COLUMN age",
        'CREATE UNIQUE INDEX CONCURRENTLY order_mail ON shop."Order" (lower("the Mail")) WHERE id > 0',
    ]),
    ("20260103000000", ["DELETE FROM person WHERE id = 52", "DROP FUNCTION f()"]),
    ("20260102000000", [
        "DROP INDEX CONCURRENTLY person_mail", "DROP INDEX CONCURRENTLY IF EXISTS shop.order_mail",
        "DELETE FROM person WHERE id = 51",
    ]),
    ("20260101000000", ["DROP TABLE person", "DROP SCHEMA shop CASCADE"]),
]  # fmt: skip


def up(*, is_idempotent: bool) -> str:
    return script.render(plan_of(UP), is_idempotent=is_idempotent)


def down(*, is_idempotent: bool) -> str:
    plan = plan_of(DOWN, direction=Direction.DOWN, from_version="20260105000000")
    return script.render(plan, is_idempotent=is_idempotent)


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_up_then_down_with_psql(postgres_url: str, is_idempotent: bool) -> None:
    """A script takes the database up, its counterpart takes it down again, and psql reports no error."""
    assert run_psql(postgres_url, up(is_idempotent=is_idempotent)).count("ERROR") == 0
    assert history(postgres_url) == [(version, "applied") for version, _ in UP]
    with psycopg.connect(postgres_url) as connection:
        people = connection.execute("SELECT count(*), max(mail) FILTER (WHERE id = 51) FROM person").fetchone()
    assert people == (52, "once!")
    assert "ERROR" not in run_psql(postgres_url, down(is_idempotent=is_idempotent))
    assert history(postgres_url) == []


def test_an_idempotent_script_run_again_changes_nothing(postgres_url: str) -> None:
    """A second and third run of an idempotent script change nothing and report no error, by psql and by a driver."""
    text = up(is_idempotent=True)
    run_psql(postgres_url, text)
    before = dump(postgres_url)
    assert "ERROR" not in run_psql(postgres_url, text)
    assert run_statements(postgres_url, text) == len(split(text, "postgresql"))
    assert dump(postgres_url) == before


def test_a_plain_script_run_again_changes_nothing(postgres_url: str) -> None:
    """A second run of a plain script is stopped by its first guard, with the way out in the message."""
    text = up(is_idempotent=False)
    run_psql(postgres_url, text)
    before = dump(postgres_url)
    words = run_psql(postgres_url, text)
    assert "neoron: stopped: 20260101000000 is already applied" in words
    assert "--idempotent" in words
    assert run_statements(postgres_url, text) < 10
    assert dump(postgres_url) == before


def _every_stop(text: str) -> range:
    return range(len(split(text, "postgresql")) + 1)


def test_a_killed_script_converges(postgres_url: str, postgres_server) -> None:
    """Killed after any of its statements, an idempotent script run again ends where one run would have ended."""
    text, back = up(is_idempotent=True), down(is_idempotent=True)
    run_statements(postgres_url, text)
    whole = dump(postgres_url)
    for first in _every_stop(text):
        run_statements(postgres_url, back)
        assert history(postgres_url) == []
        run_statements(postgres_url, text, first=first)
        run_statements(postgres_url, text)
        assert dump(postgres_url) == whole, first


def test_a_killed_down_script_converges(postgres_url: str) -> None:
    """Killed after any of its statements, a down script run again takes everything back."""
    text, back = up(is_idempotent=True), down(is_idempotent=True)
    for first in _every_stop(back):
        run_statements(postgres_url, text)
        assert len(history(postgres_url)) == 5
        run_statements(postgres_url, back, first=first)
        run_statements(postgres_url, back)
        assert history(postgres_url) == [], first


def test_a_killed_plain_script_changes_nothing_more(postgres_url: str) -> None:
    """Killed after any of its statements, a plain script run again by psql adds nothing to what is there."""
    text = script.render(plan_of([TABLES, INDEXES]), is_idempotent=False)
    for first in _every_stop(text):
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS shop CASCADE; DROP TABLE IF EXISTS person, neoron_history")
        run_statements(postgres_url, text, first=first)
        before = dump(postgres_url)
        words = run_psql(postgres_url, text)
        assert words.count("ERROR") > 0 or history(postgres_url)[-1:] == [("20260102000000", "applied")]
        if "was left half-way" in words:
            assert dump(postgres_url) == before, first


@pytest.mark.parametrize("is_idempotent", [True, False])
@pytest.mark.parametrize("place", range(5))
def test_a_failing_statement_stops_the_script(postgres_url: str, place: int, is_idempotent: bool) -> None:
    """Nothing after a failing statement happens, although psql goes on, and the last line says so."""
    broken = [(version, list(statements)) for version, statements in UP]
    broken[place][1].insert(1, "SELECT 1 / 0")
    words = run_psql(postgres_url, script.render(plan_of(broken), is_idempotent=is_idempotent))
    assert "division by zero" in words
    assert "did not finish" in words.splitlines()[-2] + words.splitlines()[-1]
    versions = [version for version, progress in history(postgres_url) if progress == "applied"]
    assert versions == [version for version, _ in UP[:place]]
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT to_regclass('person_mail'), to_regproc('f')").fetchone()
    assert found == ("person_mail" if place > 1 else None, "f" if place > 2 else None)


def test_an_invalid_index_is_built_again(postgres_url: str) -> None:
    """An index that a failed concurrent build left invalid is replaced, never taken for done."""
    first = ("1", ["CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (1)"])
    second = ("2", ["CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a)"])
    text = script.render(plan_of([first, second]), is_idempotent=True)
    assert "could not create unique index" in run_psql(postgres_url, text)
    assert history(postgres_url) == [("1", "applied"), ("2", "applying")]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DELETE FROM t")
        assert "ERROR" not in run_psql(postgres_url, text)
        found = connection.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass").fetchone()
    assert found == (True,)
    assert history(postgres_url) == [("1", "applied"), ("2", "applied")]


def test_another_index_of_the_same_name_is_not_taken_for_ours(postgres_url: str) -> None:
    """An index of the wanted name that is another index stops the script."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int, b int); CREATE INDEX t_a ON t (b)")
    text = script.render(plan_of([("1", ["CREATE INDEX CONCURRENTLY t_a ON t (a)"])]), is_idempotent=True)
    assert "another one has its name" in run_psql(postgres_url, text)
    assert history(postgres_url) == [("1", "applying")]


def test_the_script_takes_the_runners_lock(postgres_url: str) -> None:
    """A script waits for the deploy lock, and stops naming its holder when it does not get it."""
    from neoron.engines.postgresql import lock, session
    from neoron.engines.url import parse_url

    text = script.render(plan_of([TABLES]), is_idempotent=True).replace("tries >= 240", "tries >= 3")
    holder = session.connect(parse_url(postgres_url))
    try:
        assert lock.try_acquire(holder)
        words = run_psql(postgres_url, text)
    finally:
        holder.close()
    assert "the deploy lock is held by neoron " in words
    assert history(postgres_url) == []
    assert "ERROR" not in run_psql(postgres_url, text)


def test_a_waiting_script_does_not_hold_up_an_index_build(postgres_url: str) -> None:
    """The holder of the lock can build an index concurrently while a script waits for the lock."""
    from threading import Thread

    from neoron.engines.postgresql import lock, session
    from neoron.engines.url import parse_url

    holder = session.connect(parse_url(postgres_url))
    holder.execute("CREATE TABLE held (a int)")
    assert lock.try_acquire(holder)
    waiting = Thread(target=run_psql, args=(postgres_url, script.render(plan_of([TABLES]), is_idempotent=True)))
    waiting.start()
    holder.set_timeouts(lock_timeout_ms=5_000, statement_timeout_ms=5_000)
    for number in range(5):
        holder.execute(f"CREATE INDEX CONCURRENTLY held_{number} ON held (a)")
    lock.release(holder)
    holder.close()
    waiting.join()
    assert history(postgres_url) == [("20260101000000", "applied")]


def test_a_down_script_refuses_when_newer_migrations_are_applied(postgres_url: str) -> None:
    """A down script made for an older version changes nothing on a newer database."""
    run_psql(postgres_url, up(is_idempotent=True))
    before = dump(postgres_url)
    plan = plan_of(DOWN[1:], direction=Direction.DOWN, from_version="20260104000000")
    assert "a newer migration is still applied" in run_psql(postgres_url, script.render(plan, is_idempotent=True))
    assert dump(postgres_url) == before


def test_an_up_script_refuses_an_older_database(postgres_url: str) -> None:
    """An up script that starts later than the database stops, naming the version that is missing."""
    run_psql(postgres_url, script.render(plan_of([TABLES]), is_idempotent=True))
    plan = plan_of([FUNCTION], from_version="20260102000000")
    words = run_psql(postgres_url, script.render(plan, is_idempotent=True))
    assert "follows 20260102000000, which is not applied" in words
    assert history(postgres_url) == [("20260101000000", "applied")]


@pytest.mark.parametrize("is_idempotent", [True, False])
@pytest.mark.parametrize("outside", [[], ["VACUUM t"]])
def test_alembics_own_table_stays_true(postgres_url: str, outside: list[str], is_idempotent: bool) -> None:
    """Where Alembic's table is kept, it is written together with the history row, also of a half-way migration."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
    plan = plan_of([("1", ["CREATE TABLE t (a int)", *outside])])
    sql = "INSERT INTO alembic_version (version_num) VALUES ('1')"
    stamp = Step("1/up/alembic0", "1", StepKind.STATEMENT, sql, plan.steps[-1].transaction)
    text = script.render(replace(plan, steps=(*plan.steps, stamp)), is_idempotent=is_idempotent)
    run_psql(postgres_url, text)
    run_psql(postgres_url, text)
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("1",)]
    assert history(postgres_url) == [("1", "applied")]


def test_the_header_says_the_direction_in_words() -> None:
    """The first line of a script says which way it goes, from where to where, and for which engine."""
    assert down(is_idempotent=True).startswith("-- DOWN from 20260105000000 to 0, PostgreSQL.")
    assert plan_of(UP).digest[:16] in up(is_idempotent=False)


@pytest.mark.parametrize(
    "sql", ["ALTER SYSTEM SET work_mem = '1MB'", "CREATE DATABASE x", "VACUUM", "REINDEX SCHEMA s"]
)
def test_what_cannot_be_guarded_is_refused(sql: str) -> None:
    """A statement that a script cannot guard is refused by name, with the command that can run it."""
    with pytest.raises(PlanRefused, match="cannot be guarded") as refusal:
        script.render(plan_of([("1", [sql])]), is_idempotent=True)
    assert sql in str(refusal.value)


def test_a_python_step_is_refused() -> None:
    """A migration that runs as Python is refused with its version and the reason."""
    step = Step("7/up/1", "7", StepKind.PYTHON, "", 1, 1, LockLevel.UNKNOWN, note="it reads rows")
    plan = Plan("t", "postgresql", Direction.UP, "0", "7", (step,), plan_of([("7", [])]).migrations)
    with pytest.raises(PlanRefused, match=r"migration 7 runs as Python.*it reads rows"):
        script.render(plan, is_idempotent=False)
