"""A run that is killed anywhere on MariaDB is finished by the same command, each effect once."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from conformance import killed_runs, mixed_project
from fix_mariadb_server import MariadbServer
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]
IS_NIGHTLY = os.environ.get("NEORON_NIGHTLY") == "1"  # otherwise some eight places
EMPTY = "DROP DATABASE IF EXISTS {0}; CREATE DATABASE {0} CHARACTER SET utf8mb4"


@pytest.fixture
def database(mariadb_server: MariadbServer) -> Iterator[str]:
    """The name of a database that each run makes anew."""
    name = f"k_{secrets.token_hex(6)}"
    yield name
    mariadb_server.administer(f"DROP DATABASE IF EXISTS {name}")


def fresh(server: MariadbServer, name: str) -> str:
    """The URL of the database, emptied."""
    server.administer(*EMPTY.format(name).split("; "))
    return server.url(name)


def check(
    server: MariadbServer, name: str, folder: ProjectFolder, when: str, targets: Sequence[str], counted: Path
) -> int:
    """Kill the last of the runs at each of its calls, run it again, and compare with the undisturbed end."""
    *before, last = targets
    url = fresh(server, name)
    for target in before:
        assert killed_runs.run_killed(folder.path, url, target, 0, when) == 0
    assert killed_runs.run_killed(folder.path, url, last, 0, when, counted) == 0
    wanted, wrong = killed_runs.facts(url), []
    calls = int(counted.read_text())
    for at in range(2, calls + 1, 1 if IS_NIGHTLY else max(8, calls // 8)):
        url = fresh(server, name)
        for target in before:
            assert killed_runs.run_killed(folder.path, url, target, 0, when) == 0
        killed = killed_runs.run_killed(folder.path, url, last, at, when)
        again = killed_runs.run_killed(folder.path, url, last, 0, when)
        found = killed_runs.facts(url)
        if killed != -signal.SIGKILL or again != 0 or found != wanted:
            wrong.append((at, killed, again, found))
    assert wrong == []
    return calls


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_update_killed_at_any_call_is_finished_by_the_same_command(
    when: str, mariadb_server: MariadbServer, database: str, project: MakeProject, tmp_path: Path
) -> None:
    """DDL and DML of three migrations are each done once, wherever a run was killed before."""
    folder = project("mariadb://x@127.0.0.1:1/none")
    mixed_project.write(folder)
    calls = check(mariadb_server, database, folder, when, ["head"], tmp_path / "calls")
    assert calls > 60


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.nightly)])
def test_a_way_back_killed_at_any_call_is_finished_by_the_same_command(
    when: str, mariadb_server: MariadbServer, database: str, project: MakeProject, tmp_path: Path
) -> None:
    """The same holds for the way back, which the history stored."""
    folder = project("mariadb://x@127.0.0.1:1/none")
    mixed_project.write(folder)
    calls = check(mariadb_server, database, folder, when, ["head", mixed_project.VERSIONS[0]], tmp_path / "calls")
    assert calls > 30
