"""A project on disk, and Neoron run on it as a user runs it: as a separate process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SETTING_PREFIXES = ("NEORON_", "DATABASE_URL", "PG")
TEST_SETTINGS = ("NEORON_TEST_", "NEORON_NIGHTLY")


@dataclass(frozen=True)
class Ran:
    """What a run of Neoron did: its exit code and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str
    command: tuple[str, ...] = field(default=(), repr=False)

    @property
    def output(self) -> str:
        """Both streams, for looking for words that must or must not be there."""
        return self.stdout + self.stderr


@dataclass(frozen=True)
class ProjectFolder:
    """A project for one target. Shape: migrations are written as they are given, only dedented."""

    path: Path
    url: str

    @property
    def migrations(self) -> Path:
        """The folder of migration files."""
        return self.path / "migrations"

    def sql(self, version: str, name: str, up: str, down: str | None = "", *, options: str = "") -> Path:
        """Write `<version>_<name>.sql` with an up and, unless it is None, a down section."""
        header = f"-- migrate:up {options}".rstrip()
        way_down = "" if down is None else f"\n-- migrate:down {options}".rstrip() + f"\n{_tidy(down)}"
        return self._write(f"{version}_{name}.sql", f"{header}\n{_tidy(up)}{way_down}")

    def py(self, version: str, name: str, parent: str | None, up_code: str, down_code: str = "pass") -> Path:
        """Write `<version>_<name>.py`, an Alembic revision file."""
        parent_code = None if parent is None else str(parent)
        return self._write(
            f"{version}_{name}.py",
            f'"""{name}"""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f"revision = {str(version)!r}\ndown_revision = {parent_code!r}\n"
            "branch_labels = None\ndepends_on = None\n\n\n"
            f"def upgrade() -> None:\n{_indented(up_code)}\n\ndef downgrade() -> None:\n{_indented(down_code)}",
        )

    def run(
        self, *args: str, env: Mapping[str, str] | None = None, stdin: str | None = None, timeout: float = 60
    ) -> Ran:
        """Run `neoron ARGS` and wait for it."""
        process = self.start(*args, env=env)
        try:
            stdout, stderr = process.communicate(stdin, timeout=timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return Ran(process.returncode, stdout, stderr, args)

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start `neoron ARGS` without waiting, for tests that kill it or run several at once."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-m", "neoron", "--project", str(self.path), *args],
            stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", cwd=self.path, env=_environment(env),
        )  # fmt: skip

    def json(self, *args: str, **options: Any) -> dict[str, Any]:
        """Run `neoron --json ARGS`; the one object that it printed."""
        ran = self.run("--json", *args, **options)
        try:
            answer = json.loads(ran.stdout)
        except ValueError:
            pytest.fail(f"not one JSON object (exit {ran.exit_code}):\n{ran.stdout}\n{ran.stderr}")
        assert answer["exit_code"] == ran.exit_code, answer
        return dict(answer)

    def _write(self, name: str, text: str) -> Path:
        file = self.migrations / name
        file.write_text(text, encoding="utf-8")
        return file


def make_project(path: Path, url: str, settings: str = "") -> ProjectFolder:
    """Lay out a project for a URL; settings is TOML that is added at the end."""
    (path / "migrations").mkdir(parents=True)
    text = f'[project]\nmigrations = "migrations"\n\n[environments.dev]\nurl = {json.dumps(url)}\n{_tidy(settings)}'
    (path / "neoron.toml").write_text(text, encoding="utf-8")
    return ProjectFolder(path, url)


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., ProjectFolder]:
    """`project(url, settings="", name="project")` lays out a project in a temporary folder."""

    def make(url: str, settings: str = "", name: str = "project") -> ProjectFolder:
        return make_project(tmp_path / name, url, settings)

    return make


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """Ours, without settings that would reach into the test, and in plain UTF-8 without colour."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(TEST_SETTINGS) or not name.startswith(SETTING_PREFIXES)
    }
    return {**kept, "NO_COLOR": "1", "PYTHONUTF8": "1", **(extra or {})}


def _tidy(text: str) -> str:
    return textwrap.dedent(text).strip("\n") + "\n" if text.strip() else ""


def _indented(code: str) -> str:
    return textwrap.indent(_tidy(code) or "pass\n", "    ")
