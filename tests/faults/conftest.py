"""Targets for the faults that are an engine's own; what every engine must survive is in tests/conformance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.engine_mariadb import Mariadb
from conformance.engine_postgresql import Postgresql
from conformance.engine_sqlite import Sqlite
from conformance.engine_under_test import EngineUnderTest
from conformance.trip_wire import TripWire
from fix_postgres_server import PostgresServer


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def targets(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineUnderTest]:
    """Targets of each engine in turn; all are gone afterwards."""
    if request.param == "sqlite":
        yield Sqlite(tmp_path / "targets")
        return
    with Postgresql(request.getfixturevalue("postgres_server").url("postgres")) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql), "mariadb"])
def restorable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineUnderTest]:
    """Targets of each engine that brings backups back, in turn; all are gone afterwards."""
    if request.param == "sqlite":
        yield Sqlite(tmp_path / "targets")
        return
    kind, server, lobby = {
        "postgresql": (Postgresql, "postgres_server", "postgres"), "mariadb": (Mariadb, "mariadb_server", ""),
    }[request.param]  # fmt: skip
    with kind(request.getfixturevalue(server).url(lobby)) as made:
        yield made


@pytest.fixture
def made(postgres_server: PostgresServer) -> Iterator[Postgresql]:
    """Databases of the private server."""
    with Postgresql(postgres_server.url("postgres")) as targets:
        yield targets


@pytest.fixture
def wire(made: Postgresql) -> Iterator[TripWire]:
    """A proxy in front of it."""
    with TripWire(made.server, made.traits.protocol) as wire:
        yield wire
