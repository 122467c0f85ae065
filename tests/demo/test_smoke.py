"""The demo's application check, run as the project runs it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def smoke(project: Path, url: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "NEORON_URL"} | ({"NEORON_URL": url} if url else {})
    command = [sys.executable, "-m", "message_store.smoke"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("last", [0, 1, 2])
def test_passes_on_every_version(migrated: Any, project: Path, last: int) -> None:
    """The application works on 1.0, 1.1 and 1.2, and its check leaves no row behind."""
    path = migrated(last)
    before = path.read_bytes()
    run = smoke(project, f"sqlite:///{path}")
    assert (run.returncode, run.stdout, run.stderr) == (0, "smoke: 5 checks passed\n", "")
    assert path.read_bytes() == before


def test_fails_in_one_line(migrated: Any, project: Path) -> None:
    """A table that the application cannot use is one clear line and exit code 1."""
    path = migrated(2)
    with sqlite3.connect(path) as connection:
        connection.execute('ALTER TABLE "MessageAudits" DROP COLUMN "OldValue"')
    run = smoke(project, f"sqlite:///{path}")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("smoke: failed: ")
    assert "OldValue" in run.stderr
    assert run.stderr.count("\n") == 1


def test_needs_a_url(project: Path) -> None:
    """Without NEORON_URL the check says what to set."""
    run = smoke(project, "")
    assert run.returncode == 1
    assert "NEORON_URL" in run.stderr


def test_password_stays_secret(project: Path) -> None:
    """A server that is not there is reported without the password."""
    run = smoke(project, "postgresql://alice:s3cret-word@127.0.0.1:1/store")
    assert run.returncode == 1
    assert "s3cret-word" not in run.stdout + run.stderr
    assert run.stderr.count("\n") == 1
