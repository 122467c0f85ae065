"""Backups of MariaDB: one moment, proven by restoring, refused when anything differs."""

from __future__ import annotations

import gzip
import json
import stat
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fix_mariadb_server import MariadbServer
from fix_project import ProjectFolder
from neoron.engines.mysql import backup, loading
from neoron.engines.mysql import session as role
from neoron.engines.mysql.faults import errors, translate
from neoron.engines.mysql.session import Session
from neoron.engines.proving import sha256_of
from neoron.engines.url import Url
from neoron.errors import BackupError

EVERYTHING = (
    "CREATE TABLE parent (id INT PRIMARY KEY, name VARCHAR(30) COLLATE utf8mb4_bin)",
    "CREATE TABLE every (id BIGINT PRIMARY KEY AUTO_INCREMENT, p INT REFERENCES parent (id), d DECIMAL(30, 10),"
    " f FLOAT, g DOUBLE, t TEXT, b BLOB, j JSON, e ENUM('a', 'b''c'), s SET('x', 'y'), y YEAR, dt DATETIME(6),"
    " ts TIMESTAMP(6) NULL, ti TIME(3), bt BIT(9), ge INT AS (p * 2) STORED, CHECK (p <> 77), KEY (f))",
    "INSERT INTO parent VALUES (1, 'one'), (2, 'a;\n\\'b`\"--'), (3, NULL)",
    "INSERT INTO every (p, d, f, g, t, b, j, e, s, y, dt, ts, ti, bt) VALUES"
    " (1, 1.5, 0.1, 1e300, 'é𝄞;\n\\\\', x'00ff0a27', '{\"a\": 1}', 'b''c', 'x,y', 2026, '2026-01-02 03:04:05.123456',"
    " '2026-03-29 01:30:00.5', '-12:00:00.125', b'101010101'), (2, NULL, -0.0, 5e-324, '', '', NULL, 'a', '', NULL,"
    " NULL, NULL, NULL, NULL)",
    "CREATE VIEW v AS SELECT id, ';\n' AS text FROM every",
    "CREATE TRIGGER tr BEFORE INSERT ON parent FOR EACH ROW BEGIN -- it's ;\n SET NEW.name = CONCAT(NEW.name, '');END",
    "CREATE PROCEDURE p() BEGIN\n# don't;\n SELECT 'x;\n;'; END",
    "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a + 1",
    "CREATE SEQUENCE sq START WITH 5",
    "CREATE TABLE kept (id INT PRIMARY KEY, a INT) WITH SYSTEM VERSIONING",
    "INSERT INTO kept VALUES (1, 1), (2, 2)", "UPDATE kept SET a = 3 WHERE id = 1", "DELETE FROM kept WHERE id = 2",
    "CREATE EVENT ev ON SCHEDULE EVERY 1 SECOND ON COMPLETION PRESERVE ENABLE DO INSERT INTO parent VALUES (1000, 'x')",
)  # fmt: skip


def quiet(what: str, done: int, total: int) -> None:
    """No progress shown."""


@pytest.fixture
def filled(session: Session) -> Session:
    """A database with every kind of column and object."""
    for statement in EVERYTHING:
        session.execute(statement)
    return session


def left_over(session: Session) -> list[str]:
    """Databases that a verification made and did not drop."""
    found = session.query("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'neoron\\_%'")
    return [name for (name,) in found]


def test_a_mariadb_backup_is_taken_and_proven(filled: Session, tmp_path: Path) -> None:
    """Every type, view, trigger, routine, sequence, event and former row comes back equal; nothing is left behind."""
    record = backup.create(filled, tmp_path, progress=quiet)
    assert {c.table: c.row_count for c in record.contents} == {"every": 2, "kept": 1, "parent": 3}
    assert (record.verified_at, record.engine, record.version) == ("", "mariadb", "0")
    assert set(record.files) == {p.name for p in tmp_path.iterdir()}
    state = backup.read_state(tmp_path)
    assert set(state["definitions"]) == {
        "table every", "table kept", "table parent", "view v", "trigger tr", "procedure p", "function f", "sequence sq",
        "event ev",
    }  # fmt: skip
    assert state["enabled_events"] == ["ev"]
    proven = backup.verify(filled, record, tmp_path, progress=quiet)
    assert proven.verified_at.endswith("Z")
    assert left_over(filled) == []
    assert b"0x00FF0A27" in gzip.decompress((tmp_path / "dump.sql.gz").read_bytes())


def test_former_rows_of_a_versioned_table_come_back(filled: Session, tmp_path: Path) -> None:
    """The history that a system-versioned table keeps is in the backup."""
    record = backup.create(filled, tmp_path, progress=quiet)
    with backup.database_aside(filled, "neoron_former") as aside:
        backup.restore_into(aside, record, tmp_path, progress=quiet)
        former = aside.query("SELECT id, a FROM kept FOR SYSTEM_TIME ALL ORDER BY id, a")
        assert former == [(1, 1), (1, 3), (2, 2)]
        assert aside.query("SELECT NEXTVAL(sq)") == [(5,)]


def test_a_copy_runs_no_events(filled: Session, tmp_path: Path, mariadb_server: MariadbServer) -> None:
    """An event that the target runs each second is switched off in the copy that proves the backup."""
    record = backup.create(filled, tmp_path, progress=quiet)
    mariadb_server.administer("SET GLOBAL event_scheduler = ON")
    try:
        with backup.database_aside(filled, "neoron_quiet") as aside:
            backup.restore_into(aside, record, tmp_path, progress=quiet)
            time.sleep(1.3)
            assert aside.query("SELECT status FROM information_schema.events WHERE event_schema = DATABASE()") == [
                ("DISABLED",)
            ]
            assert aside.query("SELECT COUNT(*) FROM parent") == [(3,)]
    finally:
        mariadb_server.administer("SET GLOBAL event_scheduler = OFF")


def test_dump_and_checksums_are_of_one_moment_on_mariadb(filled: Session, other: Session, tmp_path: Path) -> None:
    """Rows that others write while the backup runs are in both the dump and the checksums, or in neither."""
    stop, written = threading.Event(), []

    def write() -> None:
        number = 1_000
        while not stop.is_set():
            number += 1
            other.begin()
            other.execute("INSERT INTO parent VALUES (%s, 'w')", (number,))
            other.execute("INSERT INTO every (p) VALUES (%s)", (number,))
            other.commit()
            written.append(number)

    filled.execute("ALTER TABLE every ADD COLUMN filler VARCHAR(200) DEFAULT 'f'")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for attempt in range(4):
            folder = tmp_path / str(attempt)
            folder.mkdir()
            record = backup.create(filled, folder, progress=quiet)
            rows = {c.table: c.row_count for c in record.contents}
            assert rows["parent"] - 3 == rows["every"] - 2
            assert backup.verify(filled, record, folder, progress=quiet).verified_at
    finally:
        stop.set()
        writer.join()
    assert len(written) > 10


def test_a_table_without_snapshots_is_locked_meanwhile(session: Session, other: Session, tmp_path: Path) -> None:
    """Rows of a MyISAM table, which knows no snapshots, do not change while the backup reads them."""
    session.execute("CREATE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM")
    session.execute("CREATE TABLE new (id INT PRIMARY KEY)")
    tried: list[str] = []

    def write(what: str, done: int, total: int) -> None:
        if what == "checksums" and not tried:
            other.execute("INSERT INTO new VALUES (1)")
            other.execute("SET SESSION lock_wait_timeout = 1")
            try:
                other.execute("INSERT INTO old VALUES (1)")
            except errors() as error:
                tried.append(translate(error).code)

    record = backup.create(session, tmp_path, progress=write)
    assert tried == ["1205"]
    assert {c.table: c.row_count for c in record.contents} == {"old": 0, "new": 0}
    assert backup.verify(session, record, tmp_path, progress=quiet).verified_at


@pytest.mark.parametrize("damage", ["flip", "truncate", "append", "missing", "link", "swap"])
def test_a_damaged_mariadb_backup_is_refused_before_anything_is_restored(
    filled: Session, tmp_path: Path, damage: str
) -> None:
    """One changed byte, a missing, swapped or linked file: refused with the file's name."""
    record = backup.create(filled, tmp_path, progress=quiet)
    victim = tmp_path / "dump.sql.gz"
    content = victim.read_bytes()
    if damage == "flip":
        victim.write_bytes(content[:99] + bytes([content[99] ^ 1]) + content[100:])
    elif damage == "truncate":
        victim.write_bytes(content[:-1])
    elif damage == "append":
        victim.write_bytes(content + b"\0")
    elif damage == "swap":
        victim.write_bytes((tmp_path / "state.json").read_bytes())
    else:
        victim.rename(tmp_path / "elsewhere")
        if damage == "link":
            victim.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupError) as refusal:
        backup.verify(filled, record, tmp_path, progress=quiet)
    assert victim.name in refusal.value.message
    assert left_over(filled) == []


def test_a_mariadb_backup_that_comes_back_otherwise_is_refused(filled: Session, tmp_path: Path) -> None:
    """A copy with other rows, values, tables or objects is not proven, and is cleared away."""
    record = backup.create(filled, tmp_path, progress=quiet)
    first, *others = record.contents
    for wrong, words in (
        (replace(first, row_count=501), "2 rows instead of 501"), (replace(first, checksum="1"), "other values"),
        (replace(first, table="nowhere"), "table nowhere is not in the backup"),
    ):  # fmt: skip
        with pytest.raises(BackupError, match=words):
            backup.verify(filled, replace(record, contents=(wrong, *others)), tmp_path, progress=quiet)
        assert left_over(filled) == []
    state = backup.read_state(tmp_path)
    for name, words in (("view gone", "view gone is not in the backup"), ("view v", "another definition")):
        forged = {**state, "definitions": {**state["definitions"], name: "1"}}
        (tmp_path / "state.json").write_text(json.dumps(forged))
        digests = {**record.files, "state.json": sha256_of(tmp_path / "state.json")}
        with pytest.raises(BackupError, match=words):
            backup.verify(filled, replace(record, files=digests), tmp_path, progress=quiet)


VERSION = '[ "$1" = --version ] && echo "mariadb-dump  Ver 10.19 Distrib 99.1.2-MariaDB, for x" && exit'


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ('echo "x Ver 10.19 Distrib 10.3.1-MariaDB, for x"', "mariadb-dump 10.3.1 is older than the server"),
        ('echo "mysqldump  Ver 9.1.0 for Linux"', "mariadb-dump 9.1.0 is MySQL's, and the server is MariaDB"),
        (f'{VERSION}; cat "${{1#--defaults-file=}}" >&2; echo "mariadb-dump: Error: no space" >&2; exit 2', "no space"),
        (f'{VERSION}; grep password "${{1#--defaults-file=}}" >&2; exit 2', r"password=\"\*\*\*\""),
        (f"{VERSION}; exit 0", "wrote nothing"),
        (f"{VERSION}; echo 'CREATE TABLE t (a INT);'; exit 0", "wrote a truncated file"),
        (None, "mariadb-dump was not found"),
    ],
)
def test_a_bad_mariadb_dump_program_is_a_failed_backup(
    filled: Session, url: Url, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, words: str
) -> None:
    """A dump program that is missing, old, another's, fails, or writes too little gives no backup, and no password."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if program:
        path = folder / "mariadb-dump"
        path.write_text(f"#!/bin/sh\n{program}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("NEORON_MYSQL_BIN", str(folder))
    store = tmp_path / "store"
    store.mkdir()
    with pytest.raises(BackupError, match=words) as failure:
        backup.create(filled, store, progress=quiet)
    assert url.password not in str(failure.value)


def test_the_password_is_in_no_argument_variable_or_file(
    filled: Session, url: Url, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dump program gets the password through a pipe that nobody else can open."""
    folder, seen = tmp_path / "bin", tmp_path / "seen"
    folder.mkdir()
    path = folder / "mariadb-dump"
    path.write_text(f'#!/bin/sh\n{VERSION}\necho "$@" > {seen}\nenv >> {seen}\nexec /usr/bin/mariadb-dump "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("NEORON_MYSQL_BIN", str(folder))
    (tmp_path / "store").mkdir()
    record = backup.create(filled, tmp_path / "store", progress=quiet)
    assert record.tool == "mariadb-dump 99.1.2"
    assert "--defaults-file=/dev/fd/" in seen.read_text()
    for file in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert url.password.encode() not in file.read_bytes()


@pytest.mark.parametrize("password", ['a"b', "a\\b#c", "a'b c;=", "ü%&"])
def test_passwords_with_every_kind_of_character(
    session: Session, url: Url, mariadb_server: MariadbServer, tmp_path: Path, password: str
) -> None:
    """A password may hold quotes, backslashes and signs of comments."""
    text = password.replace("\\", "\\\\").replace("'", "\\'")
    mariadb_server.administer(
        f"CREATE OR REPLACE USER odd@'%' IDENTIFIED BY '{text}'", "GRANT ALL ON *.* TO odd@'%'"
    )
    session.execute("CREATE TABLE t (a INT)")
    with closing(role.connect(replace(url, user="odd", password=password))) as odd:
        assert backup.create(odd, tmp_path, progress=quiet).contents[0].table == "t"


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ("SELECT", "lacks the right RELOAD"),
        ("SELECT, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT", "may not see the text of function f"),
    ],
)
def test_missing_rights_are_named(
    filled: Session, url: Url, mariadb_server: MariadbServer, tmp_path: Path, rights: str, words: str
) -> None:
    """A user who may not lock or see all of the database gets no backup that lacks a part, but the missing right."""
    mariadb_server.administer(
        "CREATE OR REPLACE USER poor@'%' IDENTIFIED BY 'x'", f"GRANT {rights} ON `{url.database}`.* TO poor@'%'",
        f"GRANT EXECUTE ON `{url.database}`.* TO poor@'%'",
    )  # fmt: skip
    poor = role.connect(replace(url, user="poor", password="x"))
    with closing(poor), pytest.raises(BackupError, match=words):
        backup.create(poor, tmp_path, progress=quiet)


@pytest.mark.parametrize("line", ["\\! touch /tmp/evil", "source /etc/passwd", "system id", "\\. /etc/passwd"])
def test_commands_for_a_client_program_are_never_obeyed(filled: Session, tmp_path: Path, line: str) -> None:
    """A dump that was given commands of the client is refused with the line, and nothing of it runs."""
    record = backup.create(filled, tmp_path, progress=quiet)
    text = gzip.decompress((tmp_path / "dump.sql.gz").read_bytes()).decode()
    head = text.index("\n\n") + 2
    (tmp_path / "dump.sql.gz").write_bytes(gzip.compress(f"{text[:head]}{line}\n;\n{text[head:]}".encode()))
    forged = {**record.files, "dump.sql.gz": sha256_of(tmp_path / "dump.sql.gz")}
    with pytest.raises(BackupError, match="command for a client program") as refusal:
        backup.verify(filled, replace(record, files=forged), tmp_path, progress=quiet)
    assert "line 8" in str(refusal.value.where)
    assert left_over(filled) == []


def test_a_dump_is_cut_where_its_statements_end() -> None:
    """Quotes, comments and other delimiters do not cut a statement; an unfinished one is refused."""
    dump = (
        b"-- a comment;\n/*!40101 SET NAMES utf8mb4 */;\nCREATE VIEW v AS SELECT ';\n' AS a;\nDELIMITER ;;\n"
        b"CREATE TRIGGER t BEGIN -- it's;\n SET a = 'x;;\n'; END ;;\nDELIMITER ;\n"
        b"INSERT INTO t VALUES\n(1,'a;b'),\n(2,'');\n"
    )
    found = [(s.line, s.text) for s in loading.statements(dump.splitlines(keepends=True))]
    assert [line for line, _text in found] == [2, 3, 6, 10]
    assert found[1][1] == b"CREATE VIEW v AS SELECT ';\n' AS a"
    assert found[2][1].endswith(b"'; END")
    with pytest.raises(BackupError, match="inside a statement"):
        list(loading.statements([b"INSERT INTO t VALUES\n", b"(1)\n"]))


def test_only_the_event_itself_is_switched_off() -> None:
    """The word ENABLE in an event's body, name or in another object's text stays."""
    event = b"/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`%`*/ /*!50106 EVENT `ON COMPLETION PRESERVE ENABLE` ON SCHEDULE"
    tail = b" EVERY 1 DAY ON COMPLETION NOT PRESERVE %s DO SET @x = 'ON COMPLETION PRESERVE ENABLE' */ "
    assert loading.quieted(event + tail % b"ENABLE") == event + tail % b"DISABLE"
    assert loading.quieted(event + tail % b"DISABLE") == event + tail % b"DISABLE"
    other = b"CREATE DEFINER=`a`@`%` PROCEDURE `EVENT `() CREATE EVENT e ON COMPLETION PRESERVE ENABLE"
    assert loading.quieted(other) == other


def test_a_deployment_on_mariadb_takes_and_proves_its_backup(
    project: Callable[..., ProjectFolder], mariadb_url: str
) -> None:
    """`neoron deploy` backs up a MariaDB target, and `backup list` and `verify` know the backup."""
    folder = project(mariadb_url)
    folder.sql("20260101000000", "first", "CREATE TABLE t (id INT PRIMARY KEY);", "DROP TABLE t;")
    ran = folder.run("deploy")
    assert ran.exit_code == 0, ran.output
    listed = folder.json("backup", "list")["result"]["backups"]
    assert [(b["engine"], bool(b["verified_at"])) for b in listed] == [("mariadb", True)]
    assert folder.run("backup", "verify").exit_code == 0
