"""All that the engine says to a server is T-SQL to Microsoft's parser and compiler, and errors are known again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

import fix_oracle_sqlserver as oracle
from fix_tsql import TsqlCheck
from neoron.engines.lookup import engine_named, open_url
from neoron.engines.sqlserver import address, catalog, faults, lock, rows, session
from neoron.engines.sqlserver.history import LEDGER
from neoron.engines.url import parse_url
from neoron.errors import TargetMissing, UsageError
from neoron.model.history import AppliedMigration, Progress
from neoron.model.plan import LockLevel, RecordKind
from neoron.model.schema import Column, Table

ENGINE = engine_named("sqlserver")
EVERY_TYPE = (
    "int", "bigint", "decimal(9,2)", "float", "real", "money", "bit", "char(3)", "nvarchar(max)", "varbinary(max)",
    "datetime", "datetime2(7)", "datetimeoffset(7)", "date", "time(3)", "uniqueidentifier", "xml", "geography", "text",
    "image", "timestamp", "hierarchyid", "sql_variant", "json",
)  # fmt: skip
ORDERS = "CREATE TABLE orders (id int NOT NULL CONSTRAINT pk PRIMARY KEY, amount int, note nvarchar(200))"


class Recorder:
    """Takes the place of a session to see what would be sent; it answers every query with the rows it was given."""

    def __init__(self, *answers: list[tuple[Any, ...]]) -> None:
        self.url = parse_url("mssql://sa@localhost/shop")
        self.sent: list[str] = []
        self.token = ""
        self._answers = list(answers)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self.sent.append(_with_variables(sql, len(parameters)))
        return self._answers.pop(0) if self._answers else []

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        self.query(sql, parameters)
        return 1

    def execute_later(self, sql: str, parameters: Sequence[Any]) -> None:
        self.query(sql, parameters)

    def rollback(self) -> None:
        self.sent.append("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")

    def close(self) -> None:
        self.sent.append("-- closed")


def _with_variables(sql: str, count: int) -> str:
    """The text with its parameters as the variables that the driver makes of them."""
    names = iter(range(count))
    text = re.sub(r"\?(?=[^']*(?:'[^']*'[^']*)*$)", lambda _: f"@p{next(names)}", sql)
    assert next(names, None) is None
    return "".join(f"DECLARE @p{i} sql_variant; " for i in range(count)) + text if count else text


def _history_texts() -> list[str]:
    applied = AppliedMigration("v", "name", "c", "d", ("a",), 1, Progress.APPLIED)
    recorder: Any = Recorder([(1,)], [], [(1,)], [(1, "x")], [(1,)], [])
    for kind in RecordKind:
        for progress in Progress:
            values = {"progress": progress, "steps_done": 1}
            changed = AppliedMigration("v", "name", "c", "d", ("a",), 1, **values)  # type: ignore[arg-type]
            LEDGER.write(recorder, kind, changed, "[]", "")
    LEDGER.write(recorder, RecordKind.APPLIED, applied, "[]", "")
    LEDGER.append_journal(recorder, [(1, "at", "r", "e", "v", "s", "o", "d", "me", "here", "f00d")])
    LEDGER.is_stored(recorder, recorder.token)
    recorder._answers = [[(1,)], [], [(1,)]]
    LEDGER.read(recorder)
    LEDGER.read_down(recorder, "v")
    recorder._answers = [[(1,)], [(1, "x")], [(1,)], []]
    LEDGER.last_journal(recorder)
    LEDGER.read_journal(recorder, 20)
    return list(recorder.sent)


def _catalog_texts() -> list[str]:
    table = Table("orders", tuple(Column(f"c{i}", name) for i, name in enumerate(EVERY_TYPE)))
    recorder: Any = Recorder()
    catalog.schema(recorder)
    for ask in (catalog.sizes, catalog.database_bytes, catalog.free_bytes, catalog.broken_foreign_keys,
                catalog.invalid_indexes, catalog.writes_by_table):  # fmt: skip
        ask(recorder)
    recorder._answers = [[(1, 2)], [(5,)], [(1,)], [(3,)], [(1,)], [(3,)]]
    catalog.content(recorder, table, [column.name for column in table.columns])
    catalog.content(recorder, table, [])
    catalog.filled(recorder, "dbo.orders", "")
    catalog.filled(recorder, "orders", "no]te")
    return list(recorder.sent)


def _lock_texts() -> list[str]:
    recorder: Any = Recorder([(0,)], [(0,)])
    assert lock.try_acquire(recorder)
    lock.release(recorder)
    recorder._answers = [[], [(0,)]]
    assert "may not see" in lock.holder(recorder)
    recorder._answers = [[(54, "sa", "box", "app", "running", 3)]]
    assert lock.holder(recorder) == "app 54 (login sa, host box, running for 3 s)"
    recorder._answers = [[(54, "sa", "box", None, "sleeping", "orders", 3)]]
    assert lock.blockers(recorder, ["orders"]) == ("session 54 (?, login sa, host box, sleeping, 3 s) on orders",)
    return list(recorder.sent)


def _session_texts() -> list[str]:
    return [
        session.SETTINGS, *session.USUAL, session.LANGUAGE, catalog.PLAIN_COLUMNS,
        session.VERSION, session.READ_ONLY, session.create_sql("a]b'c"),
        _with_variables(session.USERS, 1), _with_variables(rows.NUMBERED, 1), "SET LOCK_TIMEOUT -1",
    ]  # fmt: skip


TEXTS = (_history_texts, _catalog_texts, _lock_texts, _session_texts)


@pytest.mark.parametrize("texts", TEXTS, ids=lambda texts: texts.__name__)
def test_what_is_sent_compiles(texts: Any, tsql: TsqlCheck) -> None:
    """History, catalog, lock and session speak T-SQL; against the tables there are, every name is known."""
    sent = texts()
    assert len(sent) >= 5
    made = "\nGO\n".join(LEDGER.table_statements())
    columns = ", ".join(f"c{i} {name}" for i, name in enumerate(EVERY_TYPE) if name not in ("json", "geography", "xml"))
    tables = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);\n"
    tables += f"CREATE TABLE orders ({columns}, c16 xml, c17 geography, c23 nvarchar(max), [no]]te] int)"
    for text in sent:
        assert tsql.parse(text) == [], text
    plain = "\nGO\n".join(text for text in sent if "sys." not in text and "INFORMATION_SCHEMA" not in text)
    assert tsql.compile(made, tables, plain) == []


def test_the_independent_eyes_speak_t_sql_too(tsql: TsqlCheck) -> None:
    """What the tests ask a SQL Server of its schema and rows, without Neoron's catalog, compiles."""
    for text in (*oracle.SCHEMA, oracle.TABLES, _with_variables(oracle.COLUMNS, 1)):
        assert tsql.parse(text) == [], text
    assert tsql.compile(ORDERS, *oracle.SCHEMA, oracle.TABLES) == []


def test_a_broken_text_would_be_found(tsql: TsqlCheck) -> None:
    """The other engines' way to take the newest rows is refused, and so is a name that the history lacks."""
    made = "\nGO\n".join(LEDGER.table_statements())
    assert tsql.parse("SELECT seq FROM neoron_journal ORDER BY seq DESC LIMIT 1") != []
    assert tsql.compile(made, "SELECT checksums FROM neoron_history") != []


@pytest.mark.parametrize(
    ("answer", "got"), [(0, True), (1, True), (-1, False), (-2, False), (-3, False), (-999, False)]
)
def test_a_negative_answer_is_no_lock(answer: int, got: bool) -> None:
    """Only 0 and 1 of sp_getapplock mean that the lock was taken."""
    recorder: Any = Recorder([(0,)], [(answer,)])
    assert lock.try_acquire(recorder) is got


def test_a_lock_of_our_own_is_not_taken_twice() -> None:
    """A session that holds the lock is not granted it once more, which would have to be given back twice."""
    recorder: Any = Recorder([(1,)])
    assert not lock.try_acquire(recorder)
    assert len(recorder.sent) == 1


def _driver_error(driver: str, server: str) -> Exception:
    """An error as mssql-python raises it: its own words, and the server's without the number."""

    class ProgrammingError(Exception):
        def __init__(self) -> None:
            self.driver_error, self.ddbc_error = driver, f"[Microsoft][SQL Server]{server}"
            super().__init__(f"Driver Error: {driver}; DDBC Error: {self.ddbc_error}")

    return ProgrammingError()


@pytest.mark.parametrize(
    ("server", "code"),
    [
        ("Lock request time out period exceeded.", 1222),
        ("Transaction (Process ID 54) was deadlocked on lock resources with another process and has been chosen as the "
         "deadlock victim. Rerun the transaction.", 1205),
        ("Invalid column name 'net'.", 207),
        ("Invalid object name 'nope'.", 208),
        ("Violation of PRIMARY KEY constraint 'pk'. Cannot insert duplicate key in object 'dbo.t'. "
         "The duplicate key value is (7, secret).", 2627),
        ("The INSERT statement conflicted with the FOREIGN KEY constraint \"fk\".", 547),
        ("There is already an object named 'orders' in the database.", 2714),
        ("The object 'DF_x' is dependent on column 'flags'.", 5074),
        ("Cannot open database \"shop\" requested by the login. The login failed.", 4060),
        ("Login failed for user 'sa'.", 18456),
        ("The transaction log for database 'shop' is full due to 'LOG_BACKUP'.", 9002),
        ("Failed to update database \"shop\" because the database is read-only.", 3906),
        ("The SELECT permission was denied on the object 'orders', database 'shop', schema 'dbo'.", 229),
    ],
)  # fmt: skip
def test_an_error_is_known_by_its_words(server: str, code: int) -> None:
    """The driver keeps the number to itself; the server's English tells it, and a row's values are left out."""
    fault = faults.translate(_driver_error("Syntax error or access violation", server))
    assert fault.code == str(code)
    assert fault.is_lock_wait is (code == 1222)
    assert fault.is_retryable is (code in (1222, 1205))
    assert "secret" not in fault.message
    assert "[Microsoft]" not in fault.message
    assert "\n" not in fault.message


def test_a_lost_connection_is_known() -> None:
    """A link that failed is a lost connection, and a refused statement is none."""
    assert faults.translate(_driver_error("Communication link failure", "TCP Provider: Error code 0x20")).is_lost
    assert not faults.translate(_driver_error("Syntax error or access violation", "Invalid column name 'a'.")).is_lost


def test_a_url_becomes_a_connection_string() -> None:
    """Host, port, database, user and any password arrive whole; away from this machine the certificate is verified."""
    url = parse_url("mssql+mssqlpython://sa:p%3Bw%7D%7Bd%40@db.example.org:1444/my%20shop?TrustServerCertificate=yes")
    text = address.connection_string(url)
    assert "Server={tcp:db.example.org,1444};Database={my shop};UID={sa};PWD={p;w}}{d@};" in text
    assert "TrustServerCertificate={yes}" in text
    assert "Encrypt" not in text
    assert "Encrypt={optional}" in address.connection_string(parse_url("mssql://sa@localhost/x"))
    assert "Encrypt={strict}" in address.connection_string(parse_url("mssql://sa@localhost/x?Encrypt=strict"))
    with pytest.raises(UsageError, match="unknown option"):
        address.connection_string(parse_url("mssql://sa@localhost/x?pwd=secret"))


def test_a_missing_database_is_told_from_a_refused_login() -> None:
    """Each has its own line, and neither says the password."""
    _, url = open_url("mssql://sa:geheim@localhost/shop", None)  # type: ignore[arg-type]
    missing = address.connection_fault(url, _driver_error("", "Cannot open database \"shop\" requested by the login."))
    refused = address.connection_fault(url, _driver_error("", "Login failed for user 'sa'. geheim"))
    assert isinstance(missing, TargetMissing)
    assert "login refused for user sa" in refused.message
    assert "geheim" not in f"{missing} {refused} {missing.where} {refused.where}"


@pytest.mark.parametrize(
    ("batch", "level", "inside"),
    [
        ("CREATE TABLE a (b int)", LockLevel.NONE, True),
        ("ALTER TABLE a ADD b int", LockLevel.ALL, True),
        ("CREATE INDEX i ON a (b)", LockLevel.WRITES, True),
        ("CREATE INDEX i ON a (b) WITH (ONLINE = ON)", LockLevel.NONE, True),
        ("CREATE INDEX i ON a (b) WITH (ONLINE = ON, RESUMABLE = ON)", LockLevel.NONE, False),
        ("CREATE UNIQUE CLUSTERED INDEX i ON a (b)", LockLevel.ALL, True),
        ("DROP INDEX i ON a", LockLevel.ALL, True),
        ("EXEC sp_rename N'a.b', N'c', N'COLUMN'", LockLevel.ALL, True),
        ("UPDATE a SET b = 1; DROP TABLE c", LockLevel.ALL, True),
        ("UPDATE a SET b = N'DROP TABLE c'", LockLevel.NONE, True),
        ("CREATE PROCEDURE p AS DROP TABLE a; ALTER DATABASE x SET RECOVERY SIMPLE", LockLevel.NONE, True),
        ("ALTER DATABASE CURRENT SET RECOVERY SIMPLE", LockLevel.UNKNOWN, False),
        ("ALTER DATABASE SCOPED CONFIGURATION SET MAXDOP = 4", LockLevel.UNKNOWN, True),
        ("BACKUP DATABASE x TO DISK = N'y'", LockLevel.UNKNOWN, False),
        ("CREATE FULLTEXT CATALOG f", LockLevel.NONE, False),
        ("ALTER INDEX i ON a REBUILD", LockLevel.ALL, True),
        ("ALTER INDEX i ON a REORGANIZE", LockLevel.NONE, True),
        ("TRUNCATE TABLE a", LockLevel.ALL, True),
    ],
)
def test_a_batch_is_known_by_its_strongest_statement(batch: str, level: LockLevel, inside: bool) -> None:
    """What it keeps others from, and whether a transaction may hold it; what a module would do is not done yet."""
    found = ENGINE.effects.effect(batch)
    assert (found.lock, found.can_run_in_transaction) == (level, inside)


@pytest.mark.parametrize(
    ("batch", "is_session"),
    [
        ("SET IDENTITY_INSERT a ON", True), ("SET ANSI_NULLS ON; SET QUOTED_IDENTIFIER ON;", True),
        ("SET ANSI_NULLS ON\nSET ANSI_PADDING ON", True), ("SET @a = 1", False),
        ("SET NOCOUNT ON; UPDATE a SET b = 1", False), ("UPDATE a SET b = 1", False),
    ],
)  # fmt: skip
def test_a_batch_of_settings_is_known(batch: str, is_session: bool) -> None:
    """Only a batch that does nothing but set what its session knows is sent again after a run that died."""
    assert ENGINE.effects.effect(batch).is_session is is_session


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("CREATE UNIQUE INDEX [i x] ON dbo.a (b) WITH (RESUMABLE = ON, ONLINE = ON)", "OBJECT_ID(N'[dbo].[a]')"),
        ("CREATE FULLTEXT CATALOG f AS DEFAULT", "name = N'f'"),
        ("DROP FULLTEXT CATALOG f", "THEN N'undone'"),
        ("CREATE DATABASE other", "sys.databases"),
    ],
)
def test_what_a_run_left_is_asked(statement: str, words: str, tsql: TsqlCheck) -> None:
    """Indexes, full-text catalogs and databases tell whether the statement was done."""
    found = ENGINE.effects.effect(statement)
    assert words in found.probe
    assert tsql.parse(found.probe) == []
    assert not found.can_run_in_transaction


@pytest.mark.parametrize("statement", ["ALTER DATABASE CURRENT SET RECOVERY SIMPLE", "BACKUP LOG x TO DISK = N'y'"])
def test_what_nothing_tells_has_no_probe(statement: str) -> None:
    """Where no trait tells whether it was done, a person is asked and nothing is guessed."""
    assert ENGINE.effects.effect(statement).probe == ""
