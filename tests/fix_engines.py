"""The engines under test, one after the other: `engine`, its forking `driver`, and a `wire` in front of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.all_engines import ENGINES
from conformance.engine_sqlite import Sqlite
from conformance.engine_under_test import EngineUnderTest
from conformance.forked_runs import Driver
from conformance.trip_wire import TripWire
from fix_project import _environment

DRIVER = Path(__file__).parent / "conformance" / "run_driver.py"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for an `engine` on each of them that can do what its mark `needs` says; not what names its own."""
    own = {name for mark in metafunc.definition.iter_markers("parametrize") for name in _names(mark.args[0])}
    if "engine" not in metafunc.fixturenames or "engine" in own:
        return
    needed = {word for mark in metafunc.definition.iter_markers("needs") for word in mark.args}
    metafunc.parametrize("engine", _parameters(needed), indirect=True)


def _names(argument: str | Sequence[str]) -> list[str]:
    return argument.replace(",", " ").split() if isinstance(argument, str) else list(argument)


def _parameters(needed: set[str]) -> list[Any]:
    marks = {True: [pytest.mark.nightly], False: []}
    fit = [engine for engine in ENGINES if needed <= engine.traits.can]
    return [pytest.param(engine, id=engine.id, marks=marks[engine.is_nightly]) for engine in fit]


@pytest.fixture
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, record_property: Any
) -> Iterator[EngineUnderTest]:
    """One engine, on the server that its variable names or on one that the tests start; else a named skip."""
    kind: type[EngineUnderTest] = request.param
    if kind is Sqlite:
        yield Sqlite(tmp_path / "targets")
        return
    server = kind.given()
    if not kind.is_at_hand():
        pytest.skip(f"no {kind.id} server: set {kind.setting()} to the URL of one, with the right to make databases")
    if not server:
        server = request.getfixturevalue(kind.private).url(kind.lobby)
    with kind(server) as made:
        if kind.given():
            record_property("figure", f"{kind.setting()} is {made.version()}")
        yield made


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


@pytest.fixture
def wire(engine: EngineUnderTest) -> Iterator[TripWire]:
    """A proxy in front of the engine's server."""
    with TripWire(engine.server, engine.traits.protocol) as wire:
        yield wire
