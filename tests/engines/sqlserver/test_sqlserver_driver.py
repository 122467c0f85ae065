"""The real driver on a wire whose other end answers as a server may: what is sent, and what we make of the answers."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fix_project import ProjectFolder
from fix_tds import CUT, TdsServer, done, error, rows
from fix_tsql import TsqlCheck
from neoron.engines.lookup import engine_named, open_url
from neoron.engines.sqlserver.address import CONNECT_S
from neoron.errors import TargetMissing, TargetUnavailable
from neoron.model.schema import Column, Table

Listen = Callable[..., TdsServer]
ENGINE = engine_named("sqlserver")
VERSION = ("16.0.4085.2", 3, None)


def usual(sql: str) -> bytes:
    """What a server with an empty database answers."""
    if "ProductVersion" in sql:
        return rows(VERSION)
    if "sp_getapplock" in sql or ("APPLOCK_MODE" in sql and sql.startswith("SELECT")):
        return rows((0,))
    if "Updateability" in sql:
        return rows(("READ_WRITE", 1, 0, 0))
    if "index_resumable_operations" in sql:
        return rows(("done",))
    if sql.lstrip().startswith("SELECT"):
        return rows()
    return done(1) if sql.startswith(("INSERT", "UPDATE", "DELETE")) else done()


def session(server: TdsServer) -> Any:
    """A session on it."""
    return closing(ENGINE.session.connect(open_url(server.url(), Path())[1]))


def test_a_session_begins_with_its_settings(tds: Listen) -> None:
    """XACT_ABORT and the settings that indexes want are on before anything else; the version is read."""
    server = tds(usual)
    with session(server) as opened:
        assert server.sent[0].startswith("SET XACT_ABORT ON; SET ANSI_NULLS ON; SET QUOTED_IDENTIFIER ON;")
        assert "SET ARITHABORT ON" in server.sent
        assert ENGINE.session.server_version(opened) == "16.0.4085.2"
        opened.set_timeouts(lock_timeout_ms=1500, statement_timeout_ms=2500)
        opened.set_timeouts(lock_timeout_ms=1500, statement_timeout_ms=2500)
        assert server.sent.count("SET LOCK_TIMEOUT 1500") == 1
        opened.set_timeouts(lock_timeout_ms=0, statement_timeout_ms=0)
        assert server.sent[-1] == "SET LOCK_TIMEOUT -1"
        assert opened.raw.timeout == 0


def test_every_result_of_a_batch_is_asked_for(tds: Listen) -> None:
    """The last result's rows are given, and letters beyond ASCII arrive; an error after the first result is raised."""
    twice = error(2627, "Violation of PRIMARY KEY constraint 'pk'. The duplicate key value is (7).")
    late = rows((1,), more=True) + twice
    answers = {"three": done(3, more=True) + rows((5, "größer"), (6, None)), "late": late, "next": rows((9,))}
    server = tds(lambda sql: answers.get(sql) or usual(sql))
    with session(server) as opened:
        assert opened.query("three") == [(5, "größer"), (6, None)]
        with pytest.raises(ENGINE.faults.errors()) as raised:
            opened.execute("late")
        assert ENGINE.faults.translate(raised.value).code == "2627"
        assert "(7)" not in ENGINE.faults.translate(raised.value).message
        assert opened.query("next") == [(9,)]


def test_the_first_error_is_kept(tds: Listen) -> None:
    """After an error that ended the transaction on the server, rolling back asks first and never raises."""
    refused = error(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.")
    server = tds(lambda sql: error(1205, "was deadlocked on lock resources") if sql == "boom" else
                 refused if "ROLLBACK" in sql else usual(sql))  # fmt: skip
    with session(server) as opened:
        opened.begin()
        with pytest.raises(ENGINE.faults.errors()) as raised:
            opened.execute("boom")
        opened.rollback()
        fault = ENGINE.faults.translate(raised.value)
        assert (fault.code, fault.is_retryable, fault.is_lock_wait) == ("1205", True, False)
        assert server.sent[-1] == "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION"


def test_a_cut_connection_is_lost(tds: Listen) -> None:
    """A server that goes away in a statement is a lost connection; rolling back and closing never raise."""
    server = tds(lambda sql: CUT if sql == "COMMIT TRANSACTION" else usual(sql))
    with session(server) as opened:
        opened.begin()
        with pytest.raises(ENGINE.faults.errors()) as raised:
            opened.commit()
        assert ENGINE.faults.translate(raised.value).is_lost, raised.value
        opened.rollback()


def test_a_closed_session_is_closed_at_the_server(tds: Listen) -> None:
    """Nothing is pooled: a connection that is closed here ends there, and with it the deploy lock."""
    server = tds(usual)
    with session(server) as opened:
        assert ENGINE.lock.try_acquire(opened)
        ENGINE.lock.release(opened)
        assert "sp_releaseapplock" in server.sent[-1]
        assert server.closed == 0
    ends_at = time.monotonic() + 5
    while not server.closed and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert server.closed == 1


@pytest.mark.parametrize("answer", [-1, -2, -3, -999])
def test_a_lock_that_was_not_granted_is_not_held(answer: int, tds: Listen) -> None:
    """Every negative result of sp_getapplock is a refusal."""
    server = tds(lambda sql: rows((answer,)) if "sp_getapplock" in sql else usual(sql))
    with session(server) as opened:
        assert not ENGINE.lock.try_acquire(opened)


@pytest.mark.parametrize(
    ("version", "is_taken"),
    [
        (("13.0.1601.5", 2, None), True), (("12.0.6024.0", 2, None), False), (("12.0.2000.8", 5, None), True),
        (("12.0.2000.8", 2, 1), True), (("17.0.1000.7", 3, None), True),
    ],
)  # fmt: skip
def test_old_servers_are_refused_and_clouds_are_not(
    version: tuple[str, int, int | None], is_taken: bool, tds: Listen
) -> None:
    """2014 is refused by its version; Azure SQL says 12 as well, and is taken."""
    server = tds(lambda sql: rows(version) if "ProductVersion" in sql else usual(sql))
    if is_taken:
        with session(server) as opened:
            assert opened.query("SELECT 1") == []
    else:
        with pytest.raises(TargetUnavailable, match="too old"):
            session(server)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("READ_ONLY", 1, 0, 0), "the target is read-only"), (("READ_WRITE", 0, 0, 0), "may not create tables"),
        (("READ_WRITE", 0, 1, 0), ""), (("READ_WRITE", None, None, None), ""), ((None, 1, 0, 1), ""),
    ],
)  # fmt: skip
def test_a_target_that_cannot_be_changed_is_refused_before_the_first_change(
    row: tuple[str | int | None, ...], words: str, tds: Listen
) -> None:
    """A read-only database and a login without the right are refused; what a server does not tell refuses nothing."""
    typed = tuple("" if value is None and at == 0 else -1 if value is None else value for at, value in enumerate(row))
    server = tds(lambda sql: rows(typed) if "Updateability" in sql else usual(sql))
    with session(server) as opened:
        if words:
            with pytest.raises(TargetUnavailable, match=words):
                ENGINE.session.preflight(opened)
        else:
            ENGINE.session.preflight(opened)


def test_a_view_that_a_server_lacks_is_unknown(tds: Listen) -> None:
    """Where the catalog is not what it is on SQL Server, columns are read in the plain way and the rest is left out."""
    column = ("t", "id", "int", 0, 10, 0, 0, None, 0, "dbo", "int")
    server = tds(lambda sql: rows(column) if "INFORMATION_SCHEMA" in sql else
                 error(208, "Invalid object name 'sys.x'.") if "sys." in sql else usual(sql))  # fmt: skip
    with session(server) as opened:
        found = ENGINE.catalog.schema(opened)
        assert [(table.name, [c.name for c in table.columns]) for table in found.tables] == [("t", ["id"])]
        assert (found.indexes, found.foreign_keys, found.triggered) == ((), (), ())
        assert ENGINE.catalog.sizes(opened) == ()
        assert ENGINE.catalog.free_bytes(opened) is None
        assert ENGINE.catalog.writes_by_table(opened) is None
        assert ENGINE.catalog.broken_foreign_keys(opened) == []
        assert ENGINE.lock.blockers(opened, ["t"]) == ()


def test_rows_are_sent_many_at_a_time(tds: Listen) -> None:
    """2,500 rows go in three calls, with the server's own numbering off where the rows bring their numbers."""
    server = tds(lambda sql: rows(("id",)) if "identity_columns" in sql else usual(sql))
    with session(server) as opened:
        assert ENGINE.rows.insert(opened, "dbo.t", ["ID", "name"], ((i, f"n{i}") for i in range(2500))) == 2500
    assert [sql for sql in server.sent if "IDENTITY_INSERT" in sql] == [
        "SET IDENTITY_INSERT [dbo].[t] ON", "SET IDENTITY_INSERT [dbo].[t] OFF",
    ]  # fmt: skip


def test_a_whole_update_is_sent_as_planned(tds: Listen, project: Callable[..., ProjectFolder]) -> None:
    """`neoron database update` takes the lock, runs each migration together with its history row, and lets go."""
    server = tds(usual)
    folder = project(server.url())
    folder.sql("20260101000000", "one", "CREATE TABLE t (a int);\nGO\nUPDATE t SET a = 1;", "DROP TABLE t;")
    index = "CREATE INDEX i ON t (a) WITH (ONLINE = ON, RESUMABLE = ON);"
    folder.sql("20260102000000", "two", index, "DROP INDEX i ON t;")
    ran = folder.run("--yes", "database", "update")
    assert ran.exit_code == 0, ran.output
    assert "geheim" not in ran.output
    words = (
        "sp_getapplock", "CREATE TABLE neoron_history", "CREATE TABLE t", "UPDATE t SET", "INSERT INTO neoron_history",
        "COMMIT TRANSACTION", "CREATE INDEX i", "sp_releaseapplock",
    )  # fmt: skip
    places, at = [], 0
    for word in words:
        at = next(i for i in range(at, len(server.sent)) if word in server.sent[i])
        places.append(at)
    # The stash looks for what the UPDATE may overwrite, inside the same transaction.
    assert server.sent[places[2] - 2] == "BEGIN TRANSACTION"
    assert "sys.columns" in server.sent[places[2] - 1]
    assert server.sent[places[6] - 1] == "COMMIT TRANSACTION"


@pytest.mark.parametrize(
    ("login", "kind", "words"),
    [
        (error(4060, 'Cannot open database "shop" requested by the login. The login failed.', severity=11),
         TargetMissing, 'the database "shop" does not exist'),
        (error(18456, "Login failed for user 'sa'.", severity=14), TargetUnavailable, "login refused for user sa at"),
    ],
)  # fmt: skip
def test_a_refused_login_is_one_line(login: bytes, kind: type[Exception], words: str, tds: Listen) -> None:
    """A missing database and a wrong password each say so, without the password."""
    server = tds(usual, login)
    with pytest.raises(kind, match=words) as raised:
        session(server)
    assert "geheim" not in str(raised.value)
    if kind is TargetMissing:
        assert not ENGINE.session.exists(open_url(server.url(), Path())[1])


def test_a_closed_port_is_told_in_time(tds: Listen) -> None:
    """Where nobody listens that is said, within the time limit of the URL."""
    tds(usual)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(TargetUnavailable, match=f"127.0.0.1:{port} is not listening"):
        ENGINE.session.connect(open_url(f"mssql://sa:x@127.0.0.1:{port}/shop?connect_timeout=1", Path())[1])
    assert time.monotonic() - started < CONNECT_S


def test_a_missing_driver_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the driver the error says what installs it."""
    monkeypatch.setitem(sys.modules, "mssql_python", None)
    with pytest.raises(TargetUnavailable, match="the driver for SQL Server is not installed") as raised:
        ENGINE.session.connect(open_url("mssql://sa:x@localhost/shop", Path())[1])
    assert raised.value.next == 'pip install "neoron[mssql]"'


def test_rows_are_objects_that_the_server_writes(tds: Listen, tsql: TsqlCheck) -> None:
    """FOR JSON PATH, INCLUDE_NULL_VALUES for each row, of one moment where that is allowed; CLR types as text."""
    texts = [f'{{"id":{i},"name":null}}' for i in range(2500)]
    table = Table("dbo.t", (Column("id", "int"), Column("a b", "nvarchar(9)"), Column("p", "geography")), ("id",))
    for state in (1, 0):

        def answer(sql: str, state: int = state) -> bytes:
            if "snapshot_isolation_state" in sql:
                return rows((state,))
            return rows(*((text,) for text in texts)) if "FOR JSON" in sql else usual(sql)

        server = tds(answer)
        with session(server) as opened:
            assert ENGINE.rows.freeze(opened) is bool(state)
            assert list(ENGINE.rows.objects(opened, table)) == texts
        level = "SNAPSHOT" if state else "READ COMMITTED"
        assert server.sent[-3:-1] == [f"SET TRANSACTION ISOLATION LEVEL {level}", "BEGIN TRANSACTION"]
        assert server.sent[-1] == (
            "SELECT (SELECT t.[id], t.[a b], t.[p].ToString() AS [p] FOR JSON PATH, INCLUDE_NULL_VALUES, "
            "WITHOUT_ARRAY_WRAPPER) FROM [dbo].[t] AS t ORDER BY t.[id]"
        )
        made = "CREATE TABLE t (id int NOT NULL CONSTRAINT pk PRIMARY KEY, [a b] nvarchar(9) NULL, p geography NULL)"
        assert tsql.compile(made, server.sent[-1]) == []
