"""The emergency restore of SQL Server: its T-SQL compiles, and on the wire its steps keep the target whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from cli.calls import Calls, calls
from engines.sqlserver.test_sqlserver_backup import Server
from fix_tds import CUT, TdsServer, done, error, rows
from fix_tsql import TsqlCheck
from neoron.engines.sqlserver import restore_text
from neoron.engines.sqlserver.restore_text import LogBackup

__all__ = ["calls"]
Listen = Callable[..., TdsServer]
FILES = (("shop", "C:\\Data\\shop.mdf", "D"), ("shop_log", "/var/opt/mssql/shop.ldf", "L"))
IN_USE = error(5030, "The database could not be exclusively locked to perform the operation.")


def test_every_text_is_t_sql(tsql: TsqlCheck) -> None:
    """Names with quotes and brackets, Windows and Linux paths, striped logs: Microsoft's parser takes each text."""
    log = LogBackup(("D:\\it's.trn", "/b.trn"), 3)
    for name in ("shop", "it's a]b", "größe"):
        other = f"{name}_before_1"
        for text in (
            restore_text.standby_sql(name, "a.bak", FILES), restore_text.log_sql(name, log, "2026-01-31T14:00:00.000"),
            restore_text.tail_sql(name, "t.trn"), restore_text.tail_sql(name, "t.trn", is_damaged=True),
            restore_text.logs_sql("77000000012300001").replace("?", "N'x'"),
            restore_text.local_sql("2026-01-31T14:00:00Z"), restore_text.OFFSET, restore_text.state_sql(name),
            restore_text.LIKENESS.replace("?", "N'x'"), *restore_text.like_sql(name, "a]b", is_trustworthy=True),
            restore_text.HOLDERS.replace("?", "N'x'"), restore_text.end_sql(54), restore_text.there_sql(name),
            *(f(name, other, ends_sessions=ends) for ends in (True, False) for f in (_swap, restore_text.set_back_sql)),
        ):  # fmt: skip
            assert tsql.parse(text) == [], text
    assert tsql.parse("RESTORE LOG x FROM DISK = N'y' WITH STOP_AT = N'z'") != []


def _swap(target: str, safety: str, *, ends_sessions: bool) -> str:
    return restore_text.swap_sql(target, f"{target}_restore_1", safety, ends_sessions=ends_sessions)


class Instance(Server):
    """A server whose databases have names and states, which RESTORE, ALTER and DROP DATABASE change as they should.

    Shape: fails maps the beginning of a text to answers that come first; needed is how many logs it takes to reach the
    time of STOPAT.
    """

    def __init__(self) -> None:
        super().__init__()
        self.databases = {"shop": "ONLINE"}
        self.fails: dict[str, list[bytes]] = {}
        self.holders: list[tuple[int, str, str, str]] = []
        self.logs: list[tuple[int, int, str]] = []
        self.needed = 1
        self.knows_zone = True

    def answer(self, sql: str) -> bytes:
        """One answer."""
        for beginning, answers in self.fails.items():
            if sql.startswith(beginning) and answers:
                return answers.pop(0)
        if sql.startswith("SELECT DB_ID(N'"):
            return rows((5 if sql.split("N'")[1].partition("'")[0] in self.databases else None,))
        if sql.startswith(("RESTORE DATABASE", "RESTORE LOG")):
            self._restore(sql)
            return done()
        if "DATABASEPROPERTYEX(N'" in sql and sql.startswith("SELECT"):
            state = self.databases[sql.split("N'")[1].partition("'")[0]]
            return rows((state, int(state == "STANDBY")))
        if "sys.dm_tran_locks" in sql and "N'DATABASE'" in sql:
            return rows(*self.holders) if self.holders else rows()
        if "CURRENT_TIMEZONE_ID" in sql:
            local = rows(("2026-01-31T15:00:00.000",))
            return local if self.knows_zone else error(195, "'CURRENT_TIMEZONE_ID' is not a recognized function name.")
        if "backupmediafamily" in sql:
            return rows(*self.logs) if self.logs else rows()
        if sql.startswith(("IF DB_ID", "DROP DATABASE", "KILL")):
            self._alter(sql)
            return done()
        return super().answer(sql)

    def _restore(self, sql: str) -> None:
        name = sql.partition("[")[2].partition("]")[0]
        if sql.startswith("RESTORE LOG"):
            self.needed -= 1
            self.databases[name] = "RESTORING" if self.needed > 0 else "ONLINE"
        else:
            assert name not in self.databases
            self.databases[name] = "STANDBY" if "STANDBY" in sql else "ONLINE"
        self.is_copy = True

    def _alter(self, sql: str) -> None:
        for part in re.split(r"; |(?<=END) ", sql):
            guards = re.findall(r"DB_ID\(N'([^']*)'\) IS (NOT )?NULL", part)
            if not all((name in self.databases) is bool(wanted) for name, wanted in guards):
                continue
            renamed = re.search(r"ALTER DATABASE \[([^]]*)\] MODIFY NAME = \[([^]]*)\]", part)
            if renamed and renamed.group(1) in self.databases:
                self.databases[renamed.group(2)] = self.databases.pop(renamed.group(1))
            if dropped := re.search(r"DROP DATABASE (?:IF EXISTS )?\[([^]]*)\]", part):
                self.databases.pop(dropped.group(1), None)
        if sql.startswith("KILL"):
            self.holders = [holder for holder in self.holders if holder[0] != int(sql.split()[1])]


@pytest.fixture
def instance() -> Instance:
    """One, with a database `shop`."""
    return Instance()


@pytest.fixture
def shop(instance: Instance, tds: Listen, calls: Callable[..., Calls]) -> tuple[Calls, TdsServer]:
    """A project on it, with one proven backup."""
    server = tds(instance.answer)
    typed = calls(server.url())
    typed.ok("backup", "create")
    server.sent.clear()
    return typed, server


def _restores(server: TdsServer) -> list[str]:
    return [sql for sql in server.sent if sql.startswith(("RESTORE DATABASE", "RESTORE LOG", "BACKUP LOG"))]


def test_a_restore_loads_beside_compares_and_swaps(shop: tuple[Calls, TdsServer], instance: Instance) -> None:
    """The copy is restored with its files moved, checked and compared, both names change, and the old one stays."""
    typed, server = shop
    assert "shop_before_" in typed.ok("--yes", "restore", "latest")
    assert sorted(instance.databases)[0] == "shop"
    assert [name for name in instance.databases if name.startswith("shop_before_")]
    assert len(instance.databases) == 2
    (loaded,) = _restores(server)
    assert re.match(r"RESTORE DATABASE \[shop_restore_\w+\] FROM DISK = N'neoron-shop-.*, MOVE N'shop' TO N'C:", loaded)
    order = [i for word in (loaded, "DBCC CHECKDB", "IF DB_ID(N'shop') IS NOT NULL BEGIN ALTER")
             for i, sql in enumerate(server.sent) if sql.startswith(word)]  # fmt: skip
    assert order == sorted(order)
    assert len(order) == 3
    assert "SINGLE_USER" not in server.sent[order[-1]]
    assert "shop_before_" in typed.ok("--yes", "restore", "latest", "--discard-safety-copy")
    assert list(instance.databases) == ["shop"]


def test_who_holds_the_target_is_named_and_ended_only_when_asked(
    shop: tuple[Calls, TdsServer], instance: Instance
) -> None:
    """Exit 75 names session, login, program and host; --end-sessions takes the target alone, also when one slips in."""
    typed, server = shop
    instance.holders = [(61, "app", "web", "box7")]
    refused = typed.run("--yes", "restore", "latest")
    assert refused.exit_code == 75
    assert "session 61 (app, web, box7)" in refused.stderr
    assert not any("SINGLE_USER" in sql for sql in server.sent)
    instance.fails["IF DB_ID(N'shop') IS NOT NULL BEGIN ALTER"] = [IN_USE]
    typed.ok("--yes", "restore", "latest", "--end-sessions")
    assert "KILL 61" in server.sent
    swaps = [sql for sql in server.sent if "SET SINGLE_USER" in sql and "MODIFY NAME" in sql]
    assert len(swaps) == 2
    assert "SET MULTI_USER" in swaps[0]
    assert len(instance.databases) == 2


def test_a_refused_swap_keeps_the_target_and_the_same_command_ends_it(
    shop: tuple[Calls, TdsServer], instance: Instance
) -> None:
    """Sessions that this login may not see refuse the rename: the target keeps its name, what is loaded waits."""
    typed, server = shop
    instance.fails["IF DB_ID(N'shop') IS NOT NULL BEGIN ALTER"] = [IN_USE]
    refused = typed.run("--yes", "restore", "latest")
    assert refused.exit_code == 75
    assert "VIEW SERVER STATE" in refused.stderr
    assert "shop" in instance.databases
    server.sent.clear()
    typed.ok("--yes", "restore", "latest")
    assert _restores(server) == []
    assert len(instance.databases) == 2


@pytest.mark.parametrize("renamed", [False, True], ids=["before the first name", "between the names"])
def test_cut_off_in_the_swap_the_same_command_ends_it(
    renamed: bool, shop: tuple[Calls, TdsServer], instance: Instance
) -> None:
    """A connection that breaks in the swap leaves one name or the other to be given, and the next run gives it."""
    typed, server = shop

    def cut(sql: str) -> bytes:
        if "MODIFY NAME" in sql and is_first[0] and sql.startswith("IF DB_ID(N'shop') IS NOT NULL"):
            is_first[0] = False
            if renamed:
                safety = re.findall(r"\[(shop_before_[^]]*)\]", sql)[0]
                instance.databases[safety] = instance.databases.pop("shop")
            return CUT
        return instance.answer(sql)

    is_first = [True]
    server._answer = cut
    assert typed.run("--yes", "restore", "latest").exit_code != 0
    assert ("shop" in instance.databases) is not renamed
    typed.ok("--yes", "restore", "latest")
    assert sorted(name.partition("_")[0] for name in instance.databases) == ["shop", "shop"]
    assert "shop" in instance.databases


def test_what_the_server_refuses_leaves_the_target(shop: tuple[Calls, TdsServer], instance: Instance) -> None:
    """A file that cannot be read is exit 23, in the server's words, and nothing of it stays."""
    typed, _server = shop
    instance.fails["RESTORE DATABASE"] = [error(3241, "The media family on device 'a.bak' is incorrectly formed.")]
    refused = typed.run("--yes", "restore", "latest")
    assert refused.exit_code == 23
    assert "incorrectly formed" in refused.stderr
    assert list(instance.databases) == ["shop"]


def _back_to(typed: Calls) -> str:
    """The moment at which the backup was taken, which a time may be."""
    created = typed.result("backup", "list")["backups"][0]["created_at"]
    return str(created)


def test_a_time_is_reached_by_the_log(shop: tuple[Calls, TdsServer], instance: Instance) -> None:
    """The end of the log is backed up first; the copy is compared in STANDBY, then the logs are played to STOPAT."""
    typed, server = shop
    instance.logs = [(1, 1, "a.trn"), (2, 1, "b1.trn"), (2, 1, "b2.trn")]
    instance.needed = 3
    typed.ok("--yes", "restore", "latest", "--to-time", _back_to(typed))
    sent = _restores(server)
    assert "STANDBY = N'C:\\Data\\shop_restore_" in sent[0]
    assert sent[1].startswith("BACKUP LOG [shop]")
    assert "COPY_ONLY" in sent[1]
    assert [re.findall(r"DISK = N'([^']*)'", sql) for sql in sent[2:4]] == [["a.trn"], ["b1.trn", "b2.trn"]]
    assert re.findall(r"DISK = N'([^']*)'", sent[4]) == re.findall(r"DISK = N'([^']*)'", sent[1])
    assert all("RECOVERY, STOPAT = N'2026-01-31T15:00:00.000'" in sql for sql in sent[2:])
    assert len(sent) == 5
    assert instance.databases["shop"] == "ONLINE"


def test_a_log_that_ends_too_early_restores_nothing(shop: tuple[Calls, TdsServer], instance: Instance) -> None:
    """Without the end of the log the time is not reached: exit 23 says why, and no half database stays."""
    typed, _server = shop
    simple = error(4208, "The statement BACKUP LOG is not allowed while the recovery model is SIMPLE.")
    instance.fails["BACKUP LOG"] = [simple, simple]
    refused = typed.run("--yes", "restore", "latest", "--to-time", _back_to(typed))
    assert refused.exit_code == 23
    assert "the log does not reach" in refused.stderr
    assert "recovery model is SIMPLE" in refused.stderr
    assert list(instance.databases) == ["shop"]


@pytest.mark.parametrize(("offset", "exit_code"), [(60, 0), (120, 23)])
def test_an_older_server_is_believed_only_while_its_clock_stays(
    offset: int, exit_code: int, shop: tuple[Calls, TdsServer], instance: Instance
) -> None:
    """Before 2022 no server knows its time zone: its clock of the backup is taken when it is still the same."""
    typed, server = shop
    instance.knows_zone = False
    instance.fails["SELECT DATEPART(TZOFFSET"] = [rows((offset,))]
    moment = _back_to(typed)
    ran = typed.run("--yes", "restore", "latest", "--to-time", moment)
    assert ran.exit_code == exit_code, ran.output
    if exit_code:
        assert "set forward or back" in ran.stderr
    else:
        hour = (int(moment[11:13]) + 1) % 24
        assert f"T{hour:02}{moment[13:19]}.000'" in _restores(server)[-1]


def test_a_backup_notes_the_clock_of_its_server(shop: tuple[Calls, TdsServer]) -> None:
    """How far it is ahead of UTC stands beside the file's name."""
    typed, _server = shop
    (note,) = typed.shop.path.glob(".neoron/backups/*/place.json")
    assert json.loads(note.read_text())["utc_offset_minutes"] == 60


def _cut_at(server: TdsServer, instance: Instance, place: int, *, takes_effect: bool) -> None:
    """Break the connection at a statement from now on, before or after the server has run it."""
    seen = [0]

    def answer(sql: str) -> bytes:
        seen[0] += 1
        if seen[0] != place:
            return instance.answer(sql)
        if takes_effect:
            instance.answer(sql)
        return CUT

    server._answer = answer


def _places(count: int) -> list[int]:
    """Twenty places, spread over all statements of a restore, with both ends."""
    return sorted({1 + round(i * (count - 1) / 19) for i in range(20)})


@pytest.mark.nightly
@pytest.mark.parametrize("to_time", [False, True], ids=["to its moment", "to a time"])
@pytest.mark.parametrize("takes_effect", [False, True], ids=["before", "after"])
def test_cut_off_anywhere_the_same_command_ends_it(
    takes_effect: bool, to_time: bool, tds: Listen, calls: Callable[..., Calls]
) -> None:
    """At twenty statements the connection breaks: a whole database is there each time, and the next run ends with the
    restored one under the target's name and the old one beside it, and nothing else."""

    def begun(name: str) -> tuple[Calls, TdsServer, Instance, list[str]]:
        instance = Instance()
        server = tds(instance.answer)
        typed = calls(server.url(), name=name)
        typed.ok("backup", "create")
        words = ["--yes", "restore", "latest", *(["--to-time", _back_to(typed)] if to_time else [])]
        server.sent.clear()
        return typed, server, instance, words

    typed, server, _instance, words = begun("whole")
    typed.ok(*words)
    places = _places(len(server.sent))
    assert len(places) == 20
    for place in places:
        typed, server, instance, words = begun(f"cut{place}")
        _cut_at(server, instance, place, takes_effect=takes_effect)
        first = typed.run(*words)
        asides = [name for name in instance.databases if name.startswith("shop_restore_")]
        safeties = [name for name in instance.databases if name.startswith("shop_before_")]
        assert "shop" in instance.databases or (asides and safeties), (place, first.output)
        server._answer = instance.answer
        instance.needed = 1
        if first.exit_code:
            again = typed.run(*words)
            assert again.exit_code == 0, (place, first.output, again.output)
        assert instance.databases.pop("shop") == "ONLINE"
        (kept,) = instance.databases
        assert kept.startswith("shop_before_"), place
