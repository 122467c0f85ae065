"""What the fault tests share: the forking driver, and targets that are made, copied and thrown away quickly."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_runs import Driver
from fault_targets import PostgresTargets, SqliteTargets, Targets
from fault_wire import TripWire

from fix_postgres_server import PostgresServer
from fix_project import _environment

DRIVER = Path(__file__).parent / "fault_driver.py"


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """The forking driver of this test process."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, str(DRIVER)], stdin=pipe, stdout=pipe, text=True, encoding="utf-8", env=_environment(None)
    )
    yield Driver(process)
    assert process.stdin
    process.stdin.close()
    process.wait(timeout=30)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def targets(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Targets]:
    """Targets of each engine in turn; all are gone afterwards."""
    if request.param == "sqlite":
        yield SqliteTargets(tmp_path / "targets")
        return
    with PostgresTargets(request.getfixturevalue("postgres_server")) as made:
        yield made


@pytest.fixture
def made(postgres_server: PostgresServer) -> Iterator[PostgresTargets]:
    """Databases of the private server."""
    with PostgresTargets(postgres_server) as targets:
        yield targets


@pytest.fixture
def wire(postgres_server: PostgresServer) -> Iterator[TripWire]:
    """A proxy in front of it."""
    with TripWire(postgres_server.host, postgres_server.port) as wire:
        yield wire
