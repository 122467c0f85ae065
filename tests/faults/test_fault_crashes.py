"""The database itself goes down: a killed server, and SQLite files as a power cut would leave them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance import project_counters, slow_migration
from conformance.all_engines import ask, engine_of
from conformance.engine_postgresql import CLEAR
from conformance.engine_sqlite import Sqlite, path_of
from conformance.facts import Facts, difference, facts
from conformance.forked_runs import Driver
from conformance.trip_wire import TripWire
from fix_postgres_binaries import server_binaries
from fix_postgres_server import PostgresServer, Unavailable, _Owner, start_server
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]
Record = Callable[[str, object], None]
UPDATE = ("database", "update")


@pytest.fixture
def own_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """A server that no other test uses; the shared one is only asked for so that a missing one is named once."""
    try:
        server = start_server(server_binaries())
    except Unavailable as reason:
        pytest.skip(str(reason))
    yield server
    server.stop()


def kill(server: PostgresServer) -> None:
    """`kill -9` of the server and all of its processes."""
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    children = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    for process in [pid, *map(int, children)]:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


def restart(server: PostgresServer) -> None:
    """Start it again on its folder."""
    data, log = server.folder / "data", server.folder / "log"
    for _ in range(20):
        try:
            _Owner.find().run(server.bin_folder / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "start")
            return
        except subprocess.CalledProcessError:  # the last of the old processes is still going
            time.sleep(0.2)
    raise AssertionError(server.log())


@pytest.mark.parametrize("options", ["", "transaction:false"])
def test_a_server_killed_in_the_middle_loses_nothing(
    options: str, driver: Driver, project: MakeProject, own_server: PostgresServer
) -> None:
    """The run ends in one clear line; with the server back, the same command converges, each effect once."""
    url = own_server.url("postgres")
    folder = project(url)
    slow_migration.prepare(folder, url)
    slow = engine_of(url).slow_statement()
    once = project_counters.ONCE
    folder.sql("1", "slow", f"{once}; CREATE TABLE made (x int); {slow}; {once};", options=options)
    process = slow_migration.start_slow(folder, url)
    kill(own_server)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode in (20, 21, 22, 69), stdout + stderr
    assert "Traceback" not in stdout + stderr
    assert "of Neoron itself" not in stdout + stderr
    restart(own_server)
    slow_migration.hurry(url)
    again = driver.run(folder, *UPDATE)
    assert again.exit_code == 0, again.output
    assert slow_migration.count(url) == 2
    assert facts(url).faults == ()


def check_server_kills(
    every: int, driver: Driver, folder: ProjectFolder, own_server: PostgresServer, record: Record
) -> None:
    """Kill the server just before every so many statements of a run, each time on the target as it then is."""
    url, wrong, places = own_server.url("postgres"), [], 0
    wanted = undisturbed(driver, folder, own_server)
    with TripWire(own_server.url("postgres"), "postgresql") as wire:
        for nth in range(8, 200, every):
            wire.arm(".", nth, strike=lambda: kill(own_server))
            ran = driver.run(folder, "--url", wire.url(url), *UPDATE)
            if not wire.has_cut:
                break
            places += 1
            restart(own_server)
            again = driver.run(folder, "--url", url, *UPDATE)
            found = difference(facts(url), wanted)
            # After the last commit the server only answers questions: without it the run is done all the same.
            # Before the first step it is the server that cannot be had, and all is still to be done.
            whole = {0: "nothing to do", 69: "0 → 5"}
            is_true = ran.exit_code in (20, 21, 22) or whole.get(ran.exit_code, "?") in again.output
            if not is_true or "Traceback" in ran.output or again.exit_code or found:
                wrong.append(f"statement {nth}: {ran.exit_code} {ran.output}, then {again.output} {found}")
            ask(url, CLEAR)
    record("figure", f"server killed at {places} statements of an update: {places - len(wrong)} converged")
    assert places > 1
    assert wrong == []


def undisturbed(driver: Driver, folder: ProjectFolder, server: PostgresServer) -> Facts:
    """What a run leaves when nothing happens to it."""
    url = server.url("postgres")
    ask(url, CLEAR)
    assert driver.run(folder, "--url", url, *UPDATE).exit_code == 0
    found = facts(url)
    ask(url, CLEAR)
    return found


def test_a_server_killed_at_any_statement_loses_nothing(
    driver: Driver, project: MakeProject, own_server: PostgresServer, record_property: Record
) -> None:
    """The server is killed as a statement arrives; the same command after its restart brings the undisturbed result."""
    folder = project(own_server.url("postgres"))
    project_counters.write(folder, "postgresql")
    check_server_kills(13, driver, folder, own_server, record_property)


@pytest.mark.nightly
def test_a_server_killed_at_every_statement_loses_nothing(
    driver: Driver, project: MakeProject, own_server: PostgresServer, record_property: Record
) -> None:
    """The same at every statement."""
    folder = project(own_server.url("postgres"))
    project_counters.write(folder, "postgresql")
    check_server_kills(1, driver, folder, own_server, record_property)


def test_commits_that_the_server_forgot_are_done_again(
    driver: Driver, project: MakeProject, own_server: PostgresServer, record_property: Record
) -> None:
    """One-message migrations wait for the disk at the last: a killed server keeps a whole prefix of them, and the
    run never claims to be done."""
    url = own_server.url("postgres")
    folder = project(url)
    for number in range(1, 31):
        folder.sql(str(number), f"m{number}", f"CREATE TABLE made{number} (x int);")
    wanted, wrong, forgotten = undisturbed(driver, folder, own_server), [], 0
    with TripWire(own_server.url("postgres"), "postgresql") as wire:
        for nth in (5, 12, 21, 30):
            wire.arm(r"BEGIN ;.*COMMIT$", nth, strike=lambda: kill(own_server))
            ran = driver.run(folder, "--url", wire.url(url), *UPDATE)
            messages = [text for text in wire.seen if re.match(r"BEGIN ;.*COMMIT$", text)]
            restart(own_server)
            kept = ask(url, "SELECT count(*) FROM neoron_history")[0][0]
            made = ask(url, "SELECT count(*) FROM pg_class WHERE relname ~ '^made'")[0][0]
            forgotten += nth - 1 - kept
            again = driver.run(folder, "--url", url, *UPDATE)
            found = difference(facts(url), wanted)
            if ran.exit_code != 22 or kept != made or kept >= nth or again.exit_code or found:
                wrong.append(f"{nth}: {ran.exit_code} {ran.output}, {kept} of {made}, {again.output} {found}")
            ask(url, CLEAR)
            assert len(messages) >= nth
            wire.seen.clear()
    record_property("figure", f"a killed server forgot {forgotten} commits of one message, and all were done again")
    assert wrong == []


def images(process: subprocess.Popen[str], targets: Sqlite, url: str, every_s: float) -> list[str]:
    """Copies of the file and its journal, taken while the process stands still, until it has ended."""
    taken = []
    while process.poll() is None:
        time.sleep(every_s)
        if not path_of(url).exists():
            continue
        os.kill(process.pid, signal.SIGSTOP)
        taken.append(targets.copy(url))
        os.kill(process.pid, signal.SIGCONT)
    return taken


def test_a_copy_of_a_file_in_the_middle_of_a_run_is_brought_to_its_end(
    driver: Driver, project: MakeProject, tmp_path: Path, record_property: Record
) -> None:
    """Database and journal as they lie on the disk at any moment of a run: the next run on them converges."""
    targets = Sqlite(tmp_path / "targets")
    url = targets.empty()
    folder = project(url)
    project_counters.write(folder, "sqlite")
    rows = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 8000)"
    for number in range(6, 18):
        fill = f"CREATE TABLE big{number} AS {rows} SELECT x, hex(x) AS y FROM c"
        index = f"CREATE INDEX i{number} ON big{number} (y)"
        folder.sql(str(number), f"big{number}", f"{fill}; {project_counters.ONCE}; {index};")
    process = folder.start(*UPDATE)
    taken = images(process, targets, url, every_s=0.025)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stdout + stderr
    wanted, wrong = facts(url), []
    for image in taken:
        ran = driver.run(folder, "--url", image, *UPDATE)
        found = difference(facts(image), wanted) if ran.exit_code == 0 else ran.output
        wrong += [found] if found else []
        targets.drop(image)
    record_property("figure", f"{len(taken)} images of a running SQLite update: {len(taken) - len(wrong)} converged")
    assert len(taken) > 5
    assert wrong == []
    shutil.rmtree(targets.folder)
