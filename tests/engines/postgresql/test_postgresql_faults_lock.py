"""Errors in our words, and the deploy lock."""

from __future__ import annotations

import subprocess
import sys
import time

import psycopg
import pytest

from neoron.engines.postgresql import faults, lock
from neoron.engines.postgresql.session import Session
from neoron.model.report import Fault


def fault_of(session: Session, sql: str) -> Fault:
    with pytest.raises(faults.errors()) as caught:
        session.execute(sql)
    return faults.translate(caught.value)


@pytest.mark.parametrize(
    ("sql", "code", "words"),
    [
        ("INSERT INTO t VALUES (1, 'canary')", "23505", "Key (id) already exists"),
        ("INSERT INTO t VALUES (2, NULL)", "23502", 'null value in column "name"'),
        ("INSERT INTO c VALUES (77123)", "23503", 'Key (t) is not present in table "t"'),
        ("SELECT * FROM nowhere WHERE x = 'canary'", "42P01", 'relation "nowhere" does not exist'),
    ],
)
def test_no_row_value_or_statement_is_repeated(session: Session, sql: str, code: str, words: str) -> None:
    """A fault says what the server said in one line, without the statement and without the values of a row."""
    session.execute("CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL); CREATE TABLE c (t int REFERENCES t)")
    session.execute("INSERT INTO t VALUES (1, 'canary')")
    fault = fault_of(session, sql)
    assert (fault.code, words in fault.message) == (code, True)
    assert not any(secret in fault.message for secret in ("canary", "77123", "\n"))
    assert not fault.is_lost


def test_a_lock_wait_is_retryable_and_names_its_blockers(session: Session, other: Session) -> None:
    """A lock limit that was reached is retryable, and the sessions in the way can be named."""
    session.execute('CREATE TABLE "Order" (a int)')
    other.begin()
    other.query('SELECT * FROM "Order"')
    session.set_timeouts(lock_timeout_ms=200, statement_timeout_ms=0)
    fault = fault_of(session, 'ALTER TABLE "Order" ADD b int')
    assert fault.is_lock_wait
    assert fault.is_retryable
    for tables in (["Order"], ["public.Order"], []):
        (words,) = lock.blockers(session, tables)
        assert words.startswith(f"session {other.raw.info.backend_pid} (")
        assert "idle in transaction" in words
    assert lock.blockers(session, ["elsewhere"]) == ()


def test_a_deadlock_is_retryable(session: Session, other: Session) -> None:
    """A deadlock and a failed serialization may be tried again."""
    assert faults.translate(psycopg.errors.DeadlockDetected("x")).is_retryable
    assert faults.translate(psycopg.errors.SerializationFailure("x")).is_retryable
    assert not faults.translate(psycopg.errors.QueryCanceled("x")).is_retryable


def test_a_lost_connection_is_told_from_an_error(session: Session, other: Session) -> None:
    """A session that was ended, and any use of it afterwards, is reported as lost."""
    other.execute(f"SELECT pg_terminate_backend({session.raw.info.backend_pid})")
    assert fault_of(session, "SELECT 1").is_lost
    assert fault_of(session, "SELECT 1").is_lost


def test_sqlalchemys_wrapper_is_seen_through(session: Session) -> None:
    """An error of a Python step is translated like any other, without SQLAlchemy's copy of the statement."""
    from sqlalchemy import text

    connection = session.alembic_connection()
    with pytest.raises(faults.errors()) as caught:
        connection.execute(text("SELECT :v::int / 0 -- canary"), {"v": 1})
    fault = faults.translate(caught.value)
    assert fault.code in ("22012", "42601")
    assert "canary" not in fault.message


def test_one_holder_at_a_time(session: Session, other: Session) -> None:
    """The lock has one holder, who is named to the others, and is free again when given back."""
    assert lock.holder(other) == ""
    assert lock.try_acquire(session)
    assert not lock.try_acquire(other)
    words = lock.holder(other)
    assert f"session {session.raw.info.backend_pid}" in words
    assert words.startswith("neoron ")
    lock.release(session)
    assert lock.holder(other) == ""
    assert lock.try_acquire(other)


def test_the_lock_is_given_back_after_a_migration_changed_the_search_path(session: Session, other: Session) -> None:
    """A migration that changes the search path, or leaves a failed transaction, does not strand the lock."""
    assert lock.try_acquire(session)
    session.execute("CREATE SCHEMA s; SET search_path = s")
    session.begin()
    with pytest.raises(psycopg.Error):
        session.execute("SELECT 1 / 0")
    lock.release(session)
    assert lock.try_acquire(other)


def test_two_schemas_have_two_locks(session: Session, other: Session) -> None:
    """Histories in two schemas of one database do not block each other."""
    session.execute("CREATE SCHEMA s")
    other.execute("SET search_path = s")
    assert lock.try_acquire(session)
    assert lock.try_acquire(other)


def test_the_lock_dies_with_its_owner(url, session: Session, postgres_url: str) -> None:
    """A killed runner's lock is free within two seconds, also while its statement still runs."""
    code = (
        "import sys\nfrom neoron.engines.postgresql import lock, session\nfrom neoron.engines.url import parse_url\n"
        "s = session.connect(parse_url(sys.stdin.readline().strip()))\nprint(lock.try_acquire(s), flush=True)\n"
        "s.execute('SELECT pg_sleep(30)')\n"
    )
    runner = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert runner.stdin
    assert runner.stdout
    runner.stdin.write(postgres_url + "\n")
    runner.stdin.flush()
    assert runner.stdout.readline().strip() == "True"
    time.sleep(0.3)
    runner.kill()
    runner.wait()
    start = time.monotonic()
    while not lock.try_acquire(session):
        assert time.monotonic() - start < 2
        time.sleep(0.05)
    assert lock.holder(session)
