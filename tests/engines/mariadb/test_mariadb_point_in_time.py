"""A time brought back on MariaDB: what it costs is said first, and a log that cannot give it is refused."""

from __future__ import annotations

import json
import signal
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_mariadb_restore import logging_server, restore_killed, rows, send, shop

from fix_mariadb_server import MariadbServer
from fix_project import ProjectFolder

__all__ = ["logging_server", "shop"]
REAL = "/usr/bin/mariadb-binlog"


@pytest.fixture
def later(shop: ProjectFolder) -> tuple[ProjectFolder, str]:
    """A backup, a row after it, a time, and a row after that."""
    assert shop.run("backup", "create").exit_code == 0
    send(shop.url, "INSERT INTO owners VALUES (3, 'before')")
    time.sleep(1.1)
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    time.sleep(1.1)
    send(shop.url, "INSERT INTO owners VALUES (9, 'after')")
    return shop, moment


def left(shop: ProjectFolder) -> list[str]:
    """Databases beside the target."""
    name = shop.url.rpartition("/")[2]
    return [found for (found,) in send(shop.url, "SHOW DATABASES") if found.startswith(f"{name}_")]


def test_what_a_time_costs_is_said_in_numbers_first(later: tuple[ProjectFolder, str]) -> None:
    """Without consent the rows that would be lost are counted by table, and the target stays; with it they go."""
    shop, moment = later
    asked = shop.json("restore", "latest", "--to-time", moment)
    assert (asked["exit_code"], "1 row fewer" in asked["error"]["message"]) == (10, True), asked["error"]
    assert rows(shop.url) == [1, 2, 3, 9]
    done = shop.json("restore", "latest", "--to-time", moment, "--yes")["result"]
    counted = {t["table"]: (t["rows_now"], t["rows_then"]) for t in done["loss"]["tables"]}
    assert counted["owners"] == (4, 3)
    assert rows(shop.url) == [1, 2, 3]


def test_a_dry_run_counts_what_a_time_costs_and_leaves_nothing(later: tuple[ProjectFolder, str]) -> None:
    """The same numbers by table, with nothing beside the target afterwards; what was loaded and asked about stays."""
    shop, moment = later
    said = shop.json("restore", "latest", "--to-time", moment, "--dry-run")["result"]
    counted = {t["table"]: (t["rows_now"], t["rows_then"]) for t in said["loss"]["tables"]}
    assert (counted["owners"], said["is_done"], said["restore_s"] > 0) == ((4, 3), False, True)
    assert (rows(shop.url), left(shop)) == ([1, 2, 3, 9], [])
    assert shop.run("restore", "latest", "--to-time", moment).exit_code == 10
    loaded = left(shop)
    assert shop.json("restore", "latest", "--to-time", moment, "--dry-run")["result"]["loss"] == said["loss"] | {
        "since_s": pytest.approx(said["loss"]["since_s"], abs=60)
    }
    assert (len(loaded), left(shop)) == (1, loaded)
    assert shop.run("restore", "latest", "--to-time", moment, "--yes").exit_code == 0
    assert rows(shop.url) == [1, 2, 3]


def test_a_dry_run_leaves_a_swap_that_was_not_noted_to_the_command_that_ends_it(
    later: tuple[ProjectFolder, str],
) -> None:
    """A run that was killed between its swap and its note is ended by the same command, a dry run between or not."""
    shop, moment = later
    words = ("restore", "latest", "--to-time", moment)
    assert shop.run(*words, "--yes").exit_code == 0
    safety = left(shop)
    [record] = (shop.path / ".neoron").rglob("restores/*.json")
    record.write_text(json.dumps(json.loads(record.read_text()) | {"state": "loaded", "finished_at": ""}))
    assert shop.run(*words, "--dry-run").exit_code == 0
    assert (left(shop), len(safety)) == (safety, 1)
    ended = shop.run(*words, "--yes")
    assert (ended.exit_code, "had put it in place" in ended.output) == (0, True), ended.output
    assert (left(shop), rows(shop.url)) == (safety, [1, 2, 3])


def test_a_dry_run_that_is_interrupted_drops_its_copy(later: tuple[ProjectFolder, str]) -> None:
    """Ctrl-C while the copy is loaded or looked at: nothing stays beside the target, and no restore is half-way."""
    shop, moment = later
    process = shop.start("restore", "latest", "--to-time", moment, "--dry-run")
    ends_at = time.monotonic() + 60
    while not left(shop) and time.monotonic() < ends_at:
        time.sleep(0.005)
    assert left(shop)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert left(shop) == []
    records = [json.loads(path.read_text())["state"] for path in (shop.path / ".neoron").rglob("restores/*.json")]
    assert records == ["abandoned"]


def test_a_bad_log_program_brings_nothing_back(later: tuple[ProjectFolder, str], tmp_path: Path) -> None:
    """A log program that is missing, fails or writes too little leaves the target, and nothing beside it."""
    shop, moment = later
    path = tmp_path / "bin" / "mariadb-binlog"
    path.parent.mkdir()
    for program, words in (
        ("", "mariadb-binlog was not found"), ("exit 0", "mariadb-binlog ended well and wrote nothing"),
        (f'{REAL} "$@" | head -c 900; exit 0', "mariadb-binlog ended well and wrote a truncated log"),
        ('echo "ERROR: cannot read" >&2; exit 1', "mariadb-binlog failed: ERROR: cannot read"),
    ):  # fmt: skip
        if program:
            path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec {REAL} --version\n{program}\n')
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        for how in ("--dry-run", "--yes"):
            ran = shop.run("restore", "latest", "--to-time", moment, how, env={"NEORON_MYSQL_BIN": str(path.parent)})
            assert (ran.exit_code, words in ran.stderr) == (23, True), ran.output
            assert rows(shop.url) == [1, 2, 3, 9]
            assert left(shop) == []


def test_a_log_that_was_begun_anew_is_not_the_backups(
    later: tuple[ProjectFolder, str], logging_server: MariadbServer
) -> None:
    """After RESET MASTER the log's name is there again, and says nothing of the time since the backup."""
    shop, moment = later
    logging_server.administer("RESET MASTER")
    send(shop.url, *["INSERT INTO log (what) VALUES (REPEAT('x', 40))"] * 80)
    ran = shop.run("restore", "latest", "--to-time", moment, "--yes")
    assert (ran.exit_code, "the logs were begun anew since" in ran.stderr) == (23, True), ran.output
    assert rows(shop.url) == [1, 2, 3, 9]
    assert left(shop) == []


def test_a_server_without_binary_logs_goes_back_to_no_time(
    project: Callable[..., ProjectFolder], mariadb_url: str
) -> None:
    """The refusal names the setting that would have made it possible."""
    folder = project(mariadb_url)
    folder.sql("1", "t", "CREATE TABLE t (id INT PRIMARY KEY);", "DROP TABLE t;")
    assert folder.run("database", "update").exit_code == 0
    assert folder.run("backup", "create").exit_code == 0
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    ran = folder.run("restore", "latest", "--to-time", moment, "--yes")
    assert (ran.exit_code, "switch log_bin on" in ran.stderr) == (23, True), ran.output


@pytest.mark.nightly
def test_a_restore_to_a_time_killed_anywhere_is_ended_by_the_same_command(
    later: tuple[ProjectFolder, str], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """At 20 points over loading, playing the log and swapping: wholly the old or the new one."""
    shop, moment = later
    assert restore_killed(shop, 0, tmp_path / "calls", to_time=moment) == 0
    assert rows(shop.url) == [1, 2, 3]
    calls, old = int((tmp_path / "calls").read_text()), 0
    points = sorted({max(2, round(calls * n / 20)) for n in range(1, 21)})
    for at in points:
        send(shop.url, "INSERT INTO owners VALUES (9, 'after')")
        assert restore_killed(shop, at, to_time=moment) == -signal.SIGKILL
        found = rows(shop.url)
        assert found in ([1, 2, 3, 9], [1, 2, 3]), at
        old += found == [1, 2, 3, 9]
        assert restore_killed(shop, 0, to_time=moment) == 0, at
        assert rows(shop.url) == [1, 2, 3], at
    record_property("figure", f"{len(points)} points of {calls}, {old} left the old one")
    assert send(shop.url, "SHOW DATABASES LIKE '%\\_restore\\_%'") == []
