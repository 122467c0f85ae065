"""The GitHub Action and the pre-commit hook of this repository, run as their runners run them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RISKY, SAFE = "DROP TABLE orders;\n", "CREATE TABLE orders (id int);\n"


def review_step() -> str:
    """The shell script of the action's last step."""
    text = (ROOT / "action.yml").read_text()
    found = re.search(r"^    - run: \|\n(.*?)^      shell: bash$", text, re.MULTILINE | re.DOTALL)
    assert found
    return textwrap.dedent(found[1])


def ran(folder: Path, command: list[str], **values: str) -> subprocess.CompletedProcess[str]:
    """What a command does with this Neoron first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path, **values}, capture_output=True, text=True, check=False
    )


def acted(folder: Path, files: str, engine: str = "postgresql", **values: str) -> subprocess.CompletedProcess[str]:
    """The action's review step with its inputs, in the shell that GitHub gives it."""
    inputs = {"FILES": files, "ENGINE": engine, "ENGINE_VERSION": "", "SCHEMA": "", "FAIL_ON": "error", **values}
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", review_step()]
    return ran(folder, shell, **inputs)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with a risky file, a safe one deeper down, and the schema that is there."""
    (tmp_path / "db" / "new").mkdir(parents=True)
    (tmp_path / "db" / "bad.sql").write_text(RISKY)
    (tmp_path / "db" / "new" / "good.sql").write_text(SAFE)
    (tmp_path / "there.sql").write_text("CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n")
    return tmp_path


def test_the_action_annotates_what_it_finds(repository: Path) -> None:
    """Patterns of files, also over folders, are reviewed; an error fails the step with an annotation at its line."""
    failed = acted(repository, "db/**/*.sql")
    assert (failed.returncode, failed.stdout.count("::error file=db/bad.sql,line=1")) == (1, 1), failed.stdout
    assert acted(repository, "db/new/*.sql").returncode == 0
    assert acted(repository, "db/bad.sql db/new/good.sql", "sqlite", FAIL_ON="error").returncode == 1


def test_the_action_uses_its_inputs(repository: Path) -> None:
    """Version, schema and threshold reach the review; no file that fits is said, and is no failure."""
    (repository / "db" / "bad.sql").write_text("ALTER TABLE orders ADD COLUMN seen timestamptz DEFAULT now();\n")
    assert acted(repository, "db/bad.sql", ENGINE_VERSION="16").returncode == 0
    assert acted(repository, "db/bad.sql", ENGINE_VERSION="10").returncode == 1
    (repository / "db" / "bad.sql").write_text("ALTER TABLE orders ALTER COLUMN id SET NOT NULL;\n")
    assert acted(repository, "db/bad.sql").returncode == 1
    assert acted(repository, "db/bad.sql", SCHEMA="there.sql").returncode == 0
    nothing = acted(repository, "none/*.sql")
    assert (nothing.returncode, nothing.stdout) == (0, "::notice::no file fits none/*.sql\n")


def test_every_input_of_the_action_reaches_its_step() -> None:
    """Each input that action.yml names is an environment variable that its script reads."""
    text = (ROOT / "action.yml").read_text()
    inputs = re.findall(r"^  ([\w-]+):$", text.partition("inputs:")[2].partition("runs:")[0], re.MULTILINE)
    assert len(inputs) == 5
    for name in inputs:
        variable = name.upper().replace("-", "_")
        assert f"{variable}: ${{{{ inputs.{name} }}}}" in text
        assert f"${variable}" in review_step()


def test_the_hook_reviews_the_files_that_it_is_given(repository: Path) -> None:
    """The hook's entry and arguments with file names behind them, blanks and all, as pre-commit calls it."""
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entry = re.search(r"^  entry: (.*)$", text, re.MULTILINE)
    args = re.search(r"^  args: \[(.*)\]$", text, re.MULTILINE)
    assert entry
    assert args
    (repository / "db" / "not so bad.sql").write_text(SAFE)
    command = [*shlex.split(entry[1]), *args[1].split(", ")]
    assert ran(repository, [*command, "db/new/good.sql", "db/not so bad.sql"]).returncode == 0
    failed = ran(repository, [*command, "db/not so bad.sql", "db/bad.sql"])
    assert (failed.returncode, "db/bad.sql:1" in failed.stdout) == (1, True)
