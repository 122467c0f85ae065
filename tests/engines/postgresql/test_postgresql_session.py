"""Connecting, refusing, and owning the transaction."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from dataclasses import replace

import psycopg
import pytest

from neoron.engines.postgresql import session as role
from neoron.engines.postgresql.address import application_name, keywords
from neoron.engines.postgresql.session import Session
from neoron.engines.url import Url, parse_url
from neoron.errors import TargetBusy, TargetUnavailable, UsageError

SECRET = "s3cr3t-canary"


def refusal(url: Url) -> TargetUnavailable:
    with pytest.raises(TargetUnavailable) as caught:
        role.connect(url)
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_wrong_password_names_user_host_and_port(url: Url) -> None:
    """A refused login names the user and the server, and never the password."""
    words = refusal(replace(url, password=SECRET)).message
    assert words == f"login refused for user {url.user} at {url.host}:{url.port}"


def test_an_unknown_host_and_a_closed_port_are_told_apart(url: Url) -> None:
    """A host that does not exist and a port where nothing listens give different messages."""
    unknown = replace(url, host="no.such.invalid", password=SECRET)
    assert "host name no.such.invalid is unknown" in refusal(unknown).message
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert f"127.0.0.1:{port} is not listening" in refusal(replace(url, port=port, password=SECRET)).message


def test_a_silent_server_is_given_up_within_the_limit(url: Url) -> None:
    """A server that accepts and says nothing is given up within connect_timeout."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        slow = replace(url, port=silent.getsockname()[1], options=(("connect_timeout", "2"),))
        assert "within the time limit" in refusal(slow).message
    assert time.monotonic() - start < 5


def test_a_missing_database_is_named_with_the_way_to_make_it(url: Url) -> None:
    """A missing database is named, and the next command creates it in development."""
    error = refusal(replace(url, database="no such db"))
    assert 'the database "no such db" does not exist' in error.message
    assert "neoron database update" in error.next
    assert "--create" not in error.next


def test_a_database_with_an_evil_name_is_created_found_and_dropped(url: Url) -> None:
    """Any name works for a database, also one that looks like a connection string or holds quotes."""
    named = replace(url, database=f"host=evil \"q'{secrets.token_hex(4)}")
    assert not role.exists(named)
    with pytest.raises(TargetUnavailable):
        role.connect(named)
    opened = role.connect(named, create=True)
    assert opened.query("SELECT current_database()") == [(named.database,)]
    assert role.exists(named)
    with pytest.raises(TargetBusy, match="is in use by session"):
        role.drop(named)
    opened.close()
    role.drop(named)
    assert not role.exists(named)


def test_a_session_that_ends_a_moment_later_is_waited_for(url: Url) -> None:
    """The server ends a closed session a moment later than its client."""
    named = replace(url, database=f"ending_{secrets.token_hex(4)}")
    opened = role.connect(named, create=True)
    closing = threading.Timer(0.3, opened.close)
    closing.start()
    role.drop(named)
    closing.join()
    assert not role.exists(named)


def test_autovacuum_keeps_no_database_from_being_dropped(url: Url) -> None:
    """Its worker is nobody's session: the server ends it for a DROP DATABASE."""
    named = replace(url, database=f"vacuumed_{secrets.token_hex(4)}")
    opened = role.connect(named, create=True)
    opened.execute(
        "CREATE TABLE t WITH (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)"
        " AS SELECT n FROM generate_series(1, 99999) n"
    )
    opened.execute("DELETE FROM t")
    opened.close()
    ours = role.connect(url)
    try:
        ours.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'")
        ours.query("SELECT pg_reload_conf()")
        until = time.monotonic() + 60
        while not ours.query("SELECT pid FROM pg_stat_activity WHERE datname = %s", (named.database,)):
            assert time.monotonic() < until, "no autovacuum came"
            time.sleep(0.05)
    finally:
        ours.execute("ALTER SYSTEM RESET autovacuum_naptime")
        ours.query("SELECT pg_reload_conf()")
        ours.close()
    role.drop(named)
    assert not role.exists(named)


def test_twenty_creators_of_one_database_all_succeed(url: Url) -> None:
    """When several runs create the same missing database at once, all of them get in."""
    named = replace(url, database=f"race_{secrets.token_hex(4)}")
    found: list[object] = []

    def create() -> None:
        opened = role.connect(named, create=True)
        found.append(opened.query("SELECT 1"))
        opened.close()

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[(1,)]] * 8
    role.drop(named)


def test_an_unknown_option_is_refused_by_name(url: Url) -> None:
    """An option that the driver does not know is refused with its name."""
    with pytest.raises(UsageError, match='unknown option "slmode"'):
        role.connect(replace(url, options=(("slmode", "require"),)))


def test_options_reach_the_driver_and_limits_are_set(url: Url) -> None:
    """URL options win over our limits; the others stay."""
    given = keywords(replace(url, options=(("connect_timeout", "3"), ("sslmode", "prefer"))))
    assert (given["connect_timeout"], given["sslmode"], given["keepalives"]) == ("3", "prefer", "1")


def test_the_session_says_who_it_is(session: Session) -> None:
    """The server's list of sessions shows program, user, host, process and since when."""
    (name,) = session.query("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")[0]
    assert name.startswith("neoron ")
    assert " pid " in name
    assert len(application_name().encode()) <= 63


def test_settings_of_the_session(session: Session) -> None:
    """A dead client is noticed within half a second while its statement runs, and idling holds no locks for ever."""
    assert session.query("SHOW client_connection_check_interval") == [("500ms",)]
    assert session.query("SHOW idle_in_transaction_session_timeout") == [("10min",)]


def test_statements_are_sent_as_they_are(session: Session) -> None:
    """A percent sign in a statement without parameters is not touched; with parameters values are bound."""
    assert session.query("SELECT '100 %s' LIKE '1%'") == [(True,)]
    assert session.query("SELECT %s::text || %s", ("a'", "b")) == [("a'b",)]
    assert session.query("CREATE TABLE t (a int)") == []
    assert session.execute("INSERT INTO t SELECT generate_series(1, 3)") == 3


def test_rollback_keeps_quiet_and_undoes(session: Session) -> None:
    """Rolling back undoes a failed transaction, and is silent without one and on a dead connection."""
    session.rollback()
    session.begin()
    session.execute("CREATE TABLE t (a int)")
    with pytest.raises(psycopg.Error):
        session.execute("SELECT 1 / 0")
    with pytest.raises(psycopg.Error):
        session.commit()
    session.rollback()
    assert session.query("SELECT to_regclass('t')") == [(None,)]
    session.close()
    session.rollback()
    session.close()


def test_the_outcome_of_a_commit_can_be_asked_later(session: Session, other: Session) -> None:
    """Another session can ask whether a transaction committed."""
    session.begin()
    committed = session.commit_token()
    session.commit()
    session.begin()
    undone = session.commit_token()
    session.rollback()
    assert other.commit_outcome(committed) is True
    assert other.commit_outcome(undone) is False


def test_the_outcome_waits_for_a_transaction_that_still_runs(session: Session, other: Session) -> None:
    """A transaction that is still running is waited for, not guessed."""
    session.begin()
    token = session.commit_token()
    later = threading.Timer(0.6, session.commit)
    later.start()
    assert other.commit_outcome(token) is True
    later.join()


def test_timeouts_are_set_once(session: Session) -> None:
    """Both limits hold from then on, and 0 takes them away."""
    session.set_timeouts(lock_timeout_ms=1_500, statement_timeout_ms=2_500)
    session.set_timeouts(lock_timeout_ms=1_500, statement_timeout_ms=2_500)
    assert session.query("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')") == [
        ("1500ms", "2500ms")
    ]
    session.set_timeouts(lock_timeout_ms=0, statement_timeout_ms=0)
    assert session.query("SHOW lock_timeout") == [("0",)]


def test_sqlalchemy_shares_the_open_transaction(session: Session) -> None:
    """A Python step sees and changes what the open transaction holds, and cannot end it."""
    from sqlalchemy import text

    session.execute("CREATE TABLE t (a int)")
    session.begin()
    session.execute("INSERT INTO t VALUES (1)")
    connection = session.alembic_connection()
    assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 1
    connection.execute(text("INSERT INTO t VALUES (:a)"), {"a": 2})
    connection.commit()
    connection.rollback()
    connection.close()
    connection.engine.dispose()
    assert session.query("SELECT count(*) FROM t") == [(2,)]
    session.rollback()
    assert session.query("SELECT count(*) FROM t") == [(0,)]


def test_alembic_runs_on_the_shared_connection(session: Session) -> None:
    """Alembic's own operations run on the shared connection, inside the open transaction."""
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    session.begin()
    connection = session.alembic_connection()
    operations = Operations(MigrationContext.configure(connection))
    operations.create_table("made", sa.Column("id", sa.Integer, primary_key=True))
    connection.close()
    session.commit()
    assert session.query("SELECT to_regclass('made')::text") == [("made",)]


def test_preflight_names_the_missing_right(session: Session, url: Url) -> None:
    """A user who may not create tables is refused before the first change, with the right and the schema."""
    user = f"u_{secrets.token_hex(4)}"
    session.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'pw'")
    session.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    poor = role.connect(replace(url, user=user, password="pw"))
    try:
        with pytest.raises(TargetUnavailable, match=f'user {user} lacks the right CREATE on schema "public"'):
            role.preflight(poor)
    finally:
        poor.close()
        session.execute(f"DROP ROLE {user}")
    role.preflight(session)


def test_preflight_refuses_a_read_only_target(session: Session, url: Url) -> None:
    """A database switched to read-only is refused; a session we opened read-only ourselves is not."""
    session.execute(f'ALTER DATABASE "{url.database}" SET default_transaction_read_only = on')
    reader = role.connect(url)
    with pytest.raises(TargetUnavailable, match="the target is read-only"):
        role.preflight(reader)
    reader.close()
    ours = role.connect(url, read_only=True)
    role.preflight(ours)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        ours.execute("CREATE TABLE t (a int)")
    ours.close()


def test_the_server_version(session: Session) -> None:
    """The version is a plain number, without the packager's words."""
    assert role.server_version(session).replace(".", "").isdigit()


def test_both_schemes_are_accepted() -> None:
    """postgres:// and postgresql:// name the same engine."""
    from neoron.engines.postgresql import ENGINE

    assert {parse_url(f"{scheme}://h/d").scheme for scheme in ENGINE.schemes} == {"postgresql", "postgres"}


def test_the_binding_imports_no_driver() -> None:
    """A script can be made where no driver is installed: the binding imports none."""
    import subprocess
    import sys

    code = "import sys, neoron.engines.postgresql; sys.exit(any(m in sys.modules for m in ('psycopg', 'sqlalchemy')))"
    child = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=False)
    assert child.returncode == 0
