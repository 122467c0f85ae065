"""Backups of SQL Server: the T-SQL compiles, and the steps are in order and stop at what a server may answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engines.sqlserver.test_sqlserver_driver import usual
from fix_tds import TdsServer, done, error, rows
from fix_tsql import TsqlCheck
from neoron.engines.lookup import engine_named, open_url
from neoron.engines.sqlserver import aside, backup_text
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord

Listen = Callable[..., TdsServer]
ENGINE = engine_named("sqlserver")
FILES = (("shop", "C:\\Data\\shop.mdf", "D"), ("shop_log", "D:\\Logs\\shop.ldf", "L"))


def test_every_text_is_t_sql(tsql: TsqlCheck) -> None:
    """Names with quotes and brackets in them, Windows and Linux paths: each text is taken by Microsoft's parser."""
    for name in ("shop", "it's a]b", "größe"):
        file = f"neoron-{name}.bak"
        for text in (
            backup_text.backup_sql(name, file, file, is_compressed=True),
            backup_text.backup_sql(name, file, file, is_compressed=False),
            backup_text.verify_sql(file), backup_text.files_sql(file), backup_text.check_sql(name),
            backup_text.restore_sql(name, file, FILES), backup_text.drop_sql(name), aside.hold_sql(name),
            aside.is_free_sql(name), aside.LEFT.replace("?", "N'x'"),
            backup_text.TAKEN.replace("?", "N'x'"),
        ):  # fmt: skip
            assert tsql.parse(text) == [], text
    assert tsql.parse("BACKUP DATABASE [x] TO DISK = N'y' WITH CHECKSUMS, COPY ONLY") != []


def test_a_backup_leaves_the_chain_and_is_checked() -> None:
    """COPY_ONLY keeps the differential base, CHECKSUM has every page checked; Express goes without compression."""
    text = backup_text.backup_sql("shop", "a.bak", "a", is_compressed=True)
    assert all(word in text for word in ("COPY_ONLY", "CHECKSUM", "COMPRESSION", "[shop]", "N'a.bak'"))
    assert "COMPRESSION" not in backup_text.backup_sql("shop", "a.bak", "a", is_compressed=False)
    assert "WITH CHECKSUM" in backup_text.verify_sql("a.bak")


def test_a_copy_lies_beside_under_its_own_name() -> None:
    """Each file moves within its folder, so that it never meets the target's; nothing is replaced."""
    text = backup_text.restore_sql("copy", "a.bak", FILES)
    assert "MOVE N'shop' TO N'C:\\Data\\copy_0.mdf'" in text
    assert "MOVE N'shop_log' TO N'D:\\Logs\\copy_1.ldf'" in text
    assert "REPLACE" not in text
    assert backup_text.moved("/var/opt/mssql/data/shop.ndf", "copy", 2) == "/var/opt/mssql/data/copy_2.ndf"


def _column(table: str, name: str) -> tuple[str | int | None, ...]:
    return (table, name, "int", 4, 10, 0, 0, None, 1 if name == "id" else 0, "dbo", "int")


class Server:
    """Answers as a server with the tables `calm` and `busy` would; broken is what the copy gives for `calm`."""

    def __init__(self, *, refuses: str = "", calm_in_copy: int = 7) -> None:
        self.refuses, self.calm_in_copy = refuses, calm_in_copy
        self.busy = 100
        self.is_copy = False

    def answer(self, sql: str) -> bytes:
        """One answer."""
        if self.refuses and sql.startswith(self.refuses) and ("COMPRESSION" in sql or self.refuses != "BACKUP"):
            return error(1844, "BACKUP DATABASE WITH COMPRESSION is not supported on Express Edition.")
        if sql.startswith("RESTORE FILELISTONLY"):
            return rows(*FILES)
        if sql.startswith(("RESTORE DATABASE", "IF DB_ID")):
            self.is_copy = sql.startswith("RESTORE DATABASE")
            return done()
        if "TYPE_NAME(c.user_type_id)" in sql:
            return rows(_column("busy", "id"), _column("calm", "id"), _column("calm", "amount"))
        if "HASHBYTES" in sql and "[calm]" in sql:
            return rows((3, str(self.calm_in_copy if self.is_copy else 7)))
        if "HASHBYTES" in sql:
            self.busy += 1
            return rows((5, "99" if self.is_copy else str(self.busy)))
        if "TZOFFSET" in sql:
            return rows((60,))
        return rows((4096, "123")) if "backupset" in sql else usual(sql)


def _take(server: TdsServer, folder: Path) -> BackupRecord:
    with closing(ENGINE.session.connect(open_url(server.url(), Path())[1])) as session:
        record = ENGINE.backup.create(session, folder, progress=lambda *_: None)
        return ENGINE.backup.verify(session, record, folder, progress=lambda *_: None)


def test_a_backup_is_taken_checked_restored_and_compared(tds: Listen, tmp_path: Path) -> None:
    """What stood still comes back equal, what changed is recorded as it came back, and the copy is thrown away."""
    server = tds(Server().answer)
    record = _take(server, tmp_path)
    steps = (
        "BACKUP DATABASE", "RESTORE VERIFYONLY", "RESTORE FILELISTONLY", "RESTORE DATABASE", "DBCC CHECKDB", "IF DB_ID",
    )  # fmt: skip
    order = [step for sql in server.sent for step in steps if sql.startswith(step)]
    assert order == list(steps)
    assert {c.table: c.row_count for c in record.contents} == {"busy": 5, "calm": 3}
    assert (record.size_bytes, record.position) == (4096, "123")
    assert record.is_good
    copy = next(sql for sql in server.sent if sql.startswith("RESTORE DATABASE"))
    assert "[shop]" not in copy
    assert "neoron_verify_" in copy


def _name_of_copy(sql: str) -> str:
    return sql.partition("[")[2].partition("]")[0]


def test_two_verifications_share_no_copy_and_clear_what_a_killed_one_left(tds: Listen, tmp_path: Path) -> None:
    """Each has a name of its own and holds its lock in master; a copy whose lock is free is dropped, another stays."""
    own = Server()
    left, used = "neoron_verify_a_left", "neoron_verify_a_used"

    def answer(sql: str) -> bytes:
        if "sys.databases" in sql:
            return rows((left,), (used,))
        if "APPLOCK_TEST" in sql:
            return rows((int(left in sql),))
        return own.answer(sql)

    server = tds(answer)
    record = _take(server, tmp_path)
    with closing(ENGINE.session.connect(open_url(server.url(), Path())[1])) as session:
        ENGINE.backup.verify(session, record, tmp_path, progress=lambda *_: None)
    copies = [_name_of_copy(sql) for sql in server.sent if sql.startswith("RESTORE DATABASE")]
    assert len(set(copies)) == 2
    dropped = [_name_of_copy(sql) for sql in server.sent if sql.startswith("IF DB_ID")]
    assert dropped == [left, copies[0], left, copies[1]]
    for copy in copies:
        taken = next(i for i, sql in enumerate(server.sent) if "sp_getapplock" in sql and copy in sql)
        assert taken < next(i for i, sql in enumerate(server.sent) if f"RESTORE DATABASE [{copy}]" in sql)


def test_an_edition_without_compression_is_backed_up(tds: Listen, tmp_path: Path) -> None:
    """The Express edition refuses COMPRESSION, and gets a backup without it."""
    server = tds(Server(refuses="BACKUP").answer)
    assert _take(server, tmp_path).is_good
    taken = [sql for sql in server.sent if sql.startswith("BACKUP")]
    assert ["COMPRESSION" in sql for sql in taken] == [True, False]


@pytest.mark.parametrize("refused", ["RESTORE VERIFYONLY", "RESTORE DATABASE", "DBCC CHECKDB"])
def test_what_the_server_refuses_is_no_backup(refused: str, tds: Listen, tmp_path: Path) -> None:
    """A file that cannot be checked, restored or read whole is a failed backup, and no copy stays."""
    server = tds(Server(refuses=refused).answer)
    with pytest.raises(BackupError, match="the server refuses it"):
        _take(server, tmp_path)
    assert server.sent[-1].startswith("IF DB_ID") or refused == "RESTORE VERIFYONLY"


def test_a_table_that_comes_back_otherwise_is_no_backup(tds: Listen, tmp_path: Path) -> None:
    """Other values in a table that stood still are named, and the copy is thrown away."""
    server = tds(Server(calm_in_copy=8).answer)
    with pytest.raises(BackupError, match="table calm came back with other values"):
        _take(server, tmp_path)
    assert server.sent[-1].startswith("IF DB_ID")


def test_an_altered_note_is_no_backup(tds: Listen, tmp_path: Path) -> None:
    """The store's note of the server's file cannot be changed unseen."""
    server = tds(Server().answer)
    record = _take(server, tmp_path)
    (tmp_path / "place.json").write_text("{}")
    with (
        closing(ENGINE.session.connect(open_url(server.url(), Path())[1])) as session,
        pytest.raises(BackupError, match=r"place\.json was altered"),
    ):
        ENGINE.backup.verify(session, record, tmp_path, progress=lambda *_: None)
