"""What the tests run on, said at the top; the long tests are left out unless they are asked for."""

from __future__ import annotations

import os
import platform
import signal
import sqlite3
import subprocess

import pytest

from fix_postgres_binaries import server_binaries


def _versions() -> str:
    folder = server_binaries()
    command = [str(folder / "postgres"), "--version"] if folder else ["echo", "no PostgreSQL"]
    server = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {server} in {folder}"


def pytest_configure() -> None:
    """Let what the tests start hear SIGINT: a shell that runs them in the background tells its children not to."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """The versions of what is tested with."""
    return _versions()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the figures that tests have recorded, and the versions when `-q` has hidden the header."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "figure":
                terminalreporter.write_line(str(value))
    if config.get_verbosity() < 0:
        terminalreporter.write_line(_versions())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests, unless NEORON_NIGHTLY is set or `-m` speaks of them."""
    if os.environ.get("NEORON_NIGHTLY") or "nightly" in config.getoption("-m"):
        return
    nightly = [item for item in items if item.get_closest_marker("nightly")]
    if nightly:
        config.hook.pytest_deselected(items=nightly)
        items[:] = [item for item in items if item not in nightly]
