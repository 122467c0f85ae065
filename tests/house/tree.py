"""The files that the house checks look at, read once."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "neoron"
# The demo project is what a user owns: its style is a project's, not the package's.
USER_PROJECT = PACKAGE / "demo" / "project"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file. Shape: path is relative to the checkout; place(node) is `path:line`."""

    path: Path
    text: str

    @functools.cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, str(self.path))

    def place(self, node: ast.AST) -> str:
        """Where a node is, for a message."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def is_under(self, *folders: str) -> bool:
        """Whether it is in one of these folders of the package."""
        return any(folder in self.path.parts[2:-1] for folder in folders)


@functools.cache
def package_sources() -> tuple[Source, ...]:
    """Every module of the package, without the demo's own project."""
    return tuple(_read(path) for path in sorted(PACKAGE.rglob("*.py")) if USER_PROJECT not in path.parents)


@functools.cache
def all_sources() -> tuple[Source, ...]:
    """The package, the tests and the benchmarks."""
    others = (path for folder in ("tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py")))
    return package_sources() + tuple(_read(path) for path in others if ".cache" not in path.parts)


def functions(source: Source) -> Iterator[Function]:
    """Every function and method of a file, nested ones included."""
    return (node for node in ast.walk(source.tree) if isinstance(node, Function))


@functools.cache
def kept_files() -> tuple[Path, ...] | None:
    """Files that are or would be committed; None outside of a git checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(ROOT / name for name in sorted(set(done.stdout.split("\0"))) if name and (ROOT / name).is_file())


def _read(path: Path) -> Source:
    return Source(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
