"""A reader with a fresh checkout, a fresh home and one terminal, who types what the page says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from house.tree import ROOT, kept_files

MADE_HERE = shutil.ignore_patterns(".git", ".venv", ".cache", ".*_cache", "__pycache__", "neoron-demo", "node_modules")
OURS_ALONE = ("NEORON_", "DATABASE_URL", "PG", "VIRTUAL_ENV", "PYTHON", "XDG_", "PYTEST_", "COLUMNS", "MAKE", "MFLAGS")
LONGEST_COMMAND_S = 120


class Reader:
    """One bash session. Shape: `cd`, variables and virtual environments live on from command to command."""

    def __init__(self, checkout: Path, environment: dict[str, str]) -> None:
        self.transcript = checkout.parent / "output"
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=checkout, env=environment, stdin=subprocess.PIPE, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()

    def type(self, command: str, timeout_s: float = LONGEST_COMMAND_S) -> tuple[int, str]:
        """Type one command; its exit code and all that it printed. Raises: TimeoutError."""
        code_file = self.transcript.with_suffix(".code")
        code_file.unlink(missing_ok=True)
        assert self.process.stdin
        # Redirecting the group, not a subshell: `cd` and `export` must reach the next command.
        self.process.stdin.write(
            f"{{\n{command}\n}} >'{self.transcript}' 2>&1 </dev/null\n"
            f"echo $? >'{code_file}.new'; mv '{code_file}.new' '{code_file}'\n"
        )
        self.process.stdin.flush()
        deadline = time.monotonic() + timeout_s
        while not code_file.exists():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise TimeoutError(f"`{command}` did not end within {timeout_s} s, or it ended the terminal")
            time.sleep(0.01)
        return int(code_file.read_text()), self.transcript.read_text(errors="replace")


def fresh_checkout(folder: Path) -> Path:
    """A copy of what is or would be committed, as a clone would bring it."""
    checkout = folder / "neoron"
    files = kept_files()
    if files is None:
        shutil.copytree(ROOT, checkout, ignore=MADE_HERE)
        return checkout
    for file in files:
        copy = checkout / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)
    return checkout


def environment(folder: Path, programs: Path, **extra: str) -> dict[str, str]:
    """A new user's settings: an empty home, and `neoron` and `python` from one folder of programs first on PATH."""
    home = folder / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS_ALONE)}
    path = f"{programs}{os.pathsep}{kept['PATH']}"
    return {**kept, "HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb", "NO_COLOR": "1", **extra}


def programs_of_this_run(folder: Path) -> Path:
    """A folder where `neoron` and `python` are those that the tests run with, whether or not it is installed."""
    programs = folder / "programs"
    programs.mkdir()
    for name, call in (("neoron", "-m neoron "), ("python", ""), ("python3", "")):
        script = programs / name
        path = f"PYTHONPATH='{ROOT / 'src'}' " if name == "neoron" else ""
        script.write_text(f"#!/bin/sh\n{path}exec '{sys.executable}' {call}\"$@\"\n")
        script.chmod(0o755)
    return programs


def programs_of_a_new_environment(folder: Path) -> Path:
    """The programs of an empty virtual environment, for pages that install Neoron themselves."""
    subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
    return folder / "environment" / "bin"
