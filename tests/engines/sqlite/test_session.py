"""Opening, refusing, transactions and dropping of SQLite files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from neoron.engines.sqlite import ENGINE
from neoron.engines.sqlite import session as role
from neoron.engines.sqlite.faults import translate
from neoron.engines.sqlite.session import Session, connect
from neoron.engines.url import Url
from neoron.errors import TargetBusy, TargetUnavailable


def _beside(url: Url) -> list[str]:
    return sorted(path.name for path in Path(url.database).parent.iterdir())


def test_a_missing_file_is_refused_by_name_and_says_what_creates_it(url: Url) -> None:
    """A mistyped path never creates an empty database."""
    with pytest.raises(TargetUnavailable) as caught:
        connect(url)
    assert "app.db does not exist" in str(caught.value)
    assert "neoron database update" in caught.value.next
    assert _beside(url) == []
    assert not role.exists(url)


def test_a_file_is_created_when_asked_and_only_in_a_folder_that_is_there(url: Url) -> None:
    """`create` makes the file, never its folder."""
    connect(url, create=True).close()
    assert role.exists(url)
    with pytest.raises(TargetUnavailable, match=r"the folder .* does not exist"):
        connect(Url("sqlite", f"{url.database}-no/such.db"), create=True)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: os.mkfifo(path), "is a FIFO"),
        (lambda path: path.symlink_to("/dev/null"), "is a device"),
        (lambda path: path.write_bytes(b"not a database at all, but long enough to be read " * 40), "not a database"),
    ],
)
def test_what_is_not_a_database_is_refused_in_one_line(url: Url, make, reason: str) -> None:  # type: ignore[no-untyped-def]
    """A folder, a FIFO, a device and a text file are each refused by what they are."""
    make(Path(url.database))
    with pytest.raises(TargetUnavailable) as caught:
        connect(url, create=True)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_statements_report_the_rows_they_touched(session: Session) -> None:
    """`execute` counts rows and `query` returns them."""
    session.execute("CREATE TABLE a(x)")
    assert session.execute("INSERT INTO a VALUES (1), (2), (3)") == 3
    assert session.execute("UPDATE a SET x = x + ? WHERE x > ?", (10, 1)) == 2
    assert session.query("SELECT x FROM a ORDER BY x") == [(1,), (12,), (13,)]
    assert session.execute("SELECT x FROM a") == -1
    assert session.query("CREATE TABLE b(x)") == []


def test_every_row_of_a_statement_with_a_result_is_run(session: Session) -> None:
    """An error in a later row of a SELECT that a migration runs is not lost."""
    with pytest.raises(sqlite3.Error, match="overflow"):
        session.execute("WITH n(i) AS (VALUES (1), (-9223372036854775807 - 1)) SELECT abs(i) FROM n")


def test_a_transaction_holds_schema_changes_and_can_be_taken_back(session: Session) -> None:
    """DDL is undone by a rollback, and a second rollback is harmless."""
    session.begin()
    session.execute("CREATE TABLE a(x)")
    session.rollback()
    session.rollback()
    assert session.query("SELECT name FROM sqlite_master") == []


def test_a_full_disk_shows_its_own_error_not_that_of_the_rollback(session: Session) -> None:
    """SQLite rolls back by itself when the disk is full; the rollback after it stays silent."""
    session.execute("CREATE TABLE a(x)")
    session.execute("PRAGMA max_page_count = 3")
    session.begin()
    endless = "WITH n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n)"
    with pytest.raises(sqlite3.Error) as caught:
        session.execute(f"{endless} INSERT INTO a SELECT hex(zeroblob(900)) FROM n")
    session.rollback()
    assert translate(caught.value).message.startswith("disk full")
    assert session.query("SELECT count(*) FROM a") == [(0,)]


def test_nothing_stays_beside_the_file(url: Url) -> None:
    """After a clean session only the database file is there."""
    session = connect(url, create=True)
    session.begin()
    session.execute("CREATE TABLE a(x)")
    session.commit()
    session.close()
    session.close()
    assert _beside(url) == ["app.db"]


def test_a_session_changes_no_journal_mode_for_others(url: Url) -> None:
    """The quicker journal is this connection's own; a file in WAL mode stays so."""
    session = connect(url, create=True)
    assert session.query("PRAGMA journal_mode") == [("truncate",)]
    session.execute("CREATE TABLE a(x)")
    session.close()
    other = sqlite3.connect(url.database)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    other.execute("PRAGMA journal_mode = WAL")
    other.close()
    session = connect(url)
    assert session.query("PRAGMA journal_mode") == [("wal",)]
    assert session.query("PRAGMA foreign_keys") == [(1,)]
    session.close()


def test_waiting_for_a_lock_ends(session: Session, url: Url) -> None:
    """A writer elsewhere makes `begin` wait for its limit and then fail as a lock wait."""
    other = connect(url)
    other.begin()
    session.set_timeouts(lock_timeout_ms=50, statement_timeout_ms=0)
    with pytest.raises(sqlite3.Error) as caught:
        session.begin()
    fault = translate(caught.value)
    assert fault.is_lock_wait
    assert fault.is_retryable
    other.close()
    session.begin()
    session.rollback()


def test_a_statement_ends_at_its_time_limit(session: Session) -> None:
    """A statement that runs for ever is ended, and the next one works."""
    session.set_timeouts(lock_timeout_ms=50, statement_timeout_ms=100)
    with pytest.raises(sqlite3.Error) as caught:
        session.query("WITH n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n")
    assert "time limit" in translate(caught.value).message
    assert session.query("SELECT 1") == [(1,)]
    session.set_timeouts(lock_timeout_ms=0, statement_timeout_ms=0)
    assert session.query("PRAGMA busy_timeout") == [(2**31 - 1,)]


def test_a_locked_file_is_busy_and_names_who_holds_it(url: Url) -> None:
    """Another process with an exclusive transaction is named."""
    connect(url, create=True).close()
    with _holder(url, "BEGIN EXCLUSIVE") as process, pytest.raises(TargetBusy) as caught:
        role.drop(url)
    assert f"process {process.pid} (python" in str(caught.value)
    assert role.exists(url)


def _holder(url: Url, statement: str) -> subprocess.Popen[str]:
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute(sys.argv[2]);"
        "print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, url.database, statement]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_dropping_removes_all_files_of_a_database(url: Url) -> None:
    """The file goes with its -wal and -shm, even after a crash left them."""
    session = connect(url, create=True)
    session.execute("PRAGMA journal_mode = WAL")
    session.execute("CREATE TABLE a(x)")
    with pytest.raises(TargetBusy):
        role.drop(url)
    session.close()
    for ending in ("-wal", "-shm"):
        Path(url.database + ending).touch()
    role.drop(url)
    assert _beside(url) == []
    with pytest.raises(TargetUnavailable, match="does not exist"):
        role.drop(url)


def test_a_read_only_target_is_refused_before_the_first_change(url: Url) -> None:
    """Preflight tells a read-only session, and leaves a writable target as it was."""
    session = connect(url, create=True)
    session.execute("CREATE TABLE a(x)")
    role.preflight(session)
    assert not session.raw.in_transaction
    session.close()
    reader = connect(url, read_only=True)
    with pytest.raises(TargetUnavailable, match="the target is read-only"):
        role.preflight(reader)
    reader.close()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="permissions bind only another user than root")
def test_a_read_only_folder_is_refused() -> None:
    """A file in a folder without write permission cannot hold a journal, and preflight says so."""
    code = (
        "import os, sys\nfrom neoron.engines.sqlite import session\nfrom neoron.engines.url import Url\n"
        "from neoron.errors import TargetUnavailable\nos.setuid(65534)\n"
        "try: session.preflight(session.connect(Url('sqlite', sys.argv[1])))\n"
        "except TargetUnavailable as error: print(error)"
    )
    # Not in pytest's own folder, which another user may not even enter.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "app.db")
        connect(Url("sqlite", str(path)), create=True).close()
        os.chmod(folder, 0o755)  # noqa: S103 - the point is that others may enter
        path.chmod(0o666)
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert "the target is read-only" in done.stdout, done.stderr


def test_a_python_step_shares_the_transaction_and_cannot_end_it(session: Session) -> None:
    """What Alembic does through SQLAlchemy is undone by the runner's rollback."""
    from sqlalchemy import text

    session.begin()
    session.execute("CREATE TABLE a(x)")
    with session.alembic_connection() as connection:
        connection.execute(text("INSERT INTO a VALUES (1)"))
        connection.commit()
        assert connection.execute(text("SELECT count(*) FROM a")).scalar() == 1
    assert session.raw.in_transaction
    session.rollback()
    assert session.query("SELECT name FROM sqlite_master") == []


def test_the_engine_has_every_role() -> None:
    """The binding names SQLite and its oldest version."""
    assert (ENGINE.name, ENGINE.oldest, ENGINE.is_embedded) == ("sqlite", "3.35", True)
    memory = connect(Url("sqlite", ":memory:"))
    assert role.server_version(memory) == sqlite3.sqlite_version
    assert memory.commit_outcome(memory.commit_token()) is None
    assert role.exists(memory.url)
    role.drop(memory.url)
    memory.close()
