"""Imports point down, and the command line starts without its heavy libraries."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from house.tree import PACKAGE, ROOT

CONTRACTS = ROOT / ".importlinter"
HEAVY = ("alembic", "jinja2", "psycopg", "pymysql", "rich", "sqlalchemy")


def lint_imports(source_folder: Path, config: Path = CONTRACTS) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of the package in a folder."""
    check = f"lint_imports({str(config)!r}, no_cache=True)"
    code = f"import sys; from importlinter.cli import lint_imports; sys.exit({check})"
    path = os.pathsep.join([str(source_folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=source_folder, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def loaded_by(module: str, candidates: tuple[str, ...] = HEAVY) -> list[str]:
    """Which of the candidates are loaded when a module is imported in a fresh interpreter."""
    code = f"import json, sys, {module}; print(json.dumps([c for c in {candidates!r} if c in sys.modules]))"
    path = os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path}
    )
    return list(json.loads(done.stdout))


def test_imports_point_down() -> None:
    """cli, api, stages, engines, sql, model: each imports only from those below, as .importlinter says."""
    done = lint_imports(PACKAGE.parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_engine_is_under_the_contract() -> None:
    """A new engine's folder must be named where engines are kept apart."""
    contracts = configparser.ConfigParser()
    contracts.read(CONTRACTS)
    named = set(contracts["importlinter:contract:engines"]["modules"].split())
    folders = {f"neoron.engines.{init.parent.name}" for init in (PACKAGE / "engines").glob("*/__init__.py")}
    assert named == folders


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("model/plan.py", "neoron.stages"),
        ("rules/index.py", "neoron.engines"),
        ("render/html.py", "neoron.config"),
        ("engines/sqlite/lock.py", "neoron.engines.postgresql"),
        ("engines/mysql/lock.py", "neoron.engines.mariadb"),
        ("model/schema.py", "sqlalchemy"),
    ],
)
def test_the_import_check_can_fail(tmp_path: Path, importer: str, imported: str) -> None:
    """An import that points up, sideways between engines, or out of the model is found."""
    layers = ("cli", "demo", "api", "stages", "rules", "source", "engines", "records", "render", "sql", "config")
    engines = tuple(f"engines/{name}" for name in ("sqlite", "postgresql", "mysql", "mariadb", "sqlserver"))
    for name in (*layers, "model", "errors", "__main__", *engines):
        (tmp_path / "neoron" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "neoron" / name / "__init__.py").touch()
    (tmp_path / "neoron" / "__init__.py").touch()
    assert lint_imports(tmp_path).returncode == 0
    (tmp_path / "neoron" / importer).write_text(f"import {imported}\n")
    assert lint_imports(tmp_path).returncode == 1


def test_the_command_line_starts_light() -> None:
    """Importing neoron.cli loads neither SQLAlchemy, Alembic, a driver, Jinja nor Rich."""
    assert loaded_by("neoron.cli") == []


def test_the_lightness_check_can_fail() -> None:
    """A library that is loaded is named."""
    assert loaded_by("sqlalchemy") == ["sqlalchemy"]
