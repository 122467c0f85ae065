"""Runs Neoron in forked children that can be made to die at an exact call; a program of its own.

Everything is imported once; then each line on standard input is a list of runs (JSON), which are forked, started
together, awaited, and answered by one line. A run's `trap` counts the calls that reach the target, which it names by
`module:class` (or a module alone), and strikes before or after call `at`.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any

FILE_EVENTS = frozenset({
    "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "shutil.rmtree",
    "sqlite3.connect", "subprocess.Popen",
})  # fmt: skip
LEFT_OUT = ("neoron.demo", "neoron.__main__", "neoron.cli.demo")


def load_everything() -> None:
    """Import all of Neoron and its drivers, so that a fork is ready to go."""
    import neoron

    for module in pkgutil.walk_packages(neoron.__path__, "neoron."):
        if not module.name.startswith(LEFT_OUT):
            importlib.import_module(module.name)
    dialects = ("sqlite", "postgresql.psycopg", "mysql.pymysql")
    for name in ("psycopg", "pymysql", "sqlite3", *(f"sqlalchemy.dialects.{name}" for name in dialects),
                 "alembic.operations", "alembic.runtime.migration", "neoron.render.text", "getpass"):  # fmt: skip
        importlib.import_module(name)
    importlib.import_module("neoron.render.html")._template()
    # A run as another user may not be able to read Python's own files any more.
    for encoding in ("utf-8-sig", "idna", "latin-1"):
        "".encode(encoding)


class Trap:
    """Counts calls in order and kills this process at one of them. Shape: at 0 only counts."""

    def __init__(
        self, log: str, calls: dict[str, list[str]], at: int = 0, when: str = "before", has_files: bool = False
    ) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._at, self._when, self._calls = at, when, 0
        self._inside = threading.local()  # a call of one thread hides none of another's, whatever their order
        self._counting = threading.Lock()
        self._counted, self._has_files = calls, has_files

    def set(self) -> None:
        """Put it around the calls, and where asked before every change of a file."""
        if self._has_files:
            sys.addaudithook(self._heard)
        for place, names in self._counted.items():
            module, _, owner_name = place.partition(":")
            owner = importlib.import_module(module)
            owner = getattr(owner, owner_name) if owner_name else owner
            for name in names:
                if hasattr(owner, name):
                    setattr(owner, name, self._around(name, getattr(owner, name)))

    def _heard(self, event: str, details: tuple[Any, ...]) -> None:
        is_write = event in FILE_EVENTS or (
            event == "open" and bool(int(details[2] or 0) & (os.O_WRONLY | os.O_RDWR))
        )
        if is_write and not self._is_inside():
            self._strike(self._noted(f"{event} {details[:2]}"), "before")

    def _around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def trapped(*args: Any, **options: Any) -> Any:
            if self._is_inside():
                return call(*args, **options)
            text = args[1] if len(args) > 1 else ""
            text = text.decode(errors="replace") if isinstance(text, bytes) else text if isinstance(text, str) else ""
            number = self._noted(" ".join(f"{name} {text}".split()))
            self._strike(number, "before")
            self._inside.is_here = True
            try:
                return call(*args, **options)
            finally:
                self._inside.is_here = False
                self._strike(number, "after")

        return trapped

    def _is_inside(self) -> bool:
        return getattr(self._inside, "is_here", False)

    def _noted(self, text: str) -> int:
        with self._counting:
            self._calls += 1
            os.write(self._log, text[:100].encode() + b"\n")
            return self._calls

    def _strike(self, number: int, when: str) -> None:
        if (number, when) == (self._at, self._when):
            os.kill(os.getpid(), signal.SIGKILL)


def child(run: dict[str, Any], files: dict[str, str], barrier: int) -> None:
    """One run, in a forked process; never returns."""
    code = 99
    try:
        for name, number in (("stdout", 1), ("stderr", 2)):
            os.dup2(os.open(files[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(run["folder"])
        if run.get("uid"):
            os.setgid(run["uid"])
            os.setuid(run["uid"])
        if run.get("trap"):
            Trap(files["calls"], **run["trap"]).set()
        from neoron.cli import main

        os.read(barrier, 1)
        code = main(run["words"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def start(run: dict[str, Any], folder: str, number: int, barrier: tuple[int, int]) -> tuple[int, dict[str, str]]:
    """Fork one run, which waits at the barrier."""
    files = {name: f"{folder}/{number}.{name}" for name in ("stdout", "stderr", "calls")}
    pid = os.fork()
    if pid == 0:
        os.close(barrier[1])
        child(run, files, barrier[0])
    return pid, files


def answer(status: int, files: dict[str, str]) -> dict[str, Any]:
    """What one run did. Shape: exit_code is negative for a signal; calls are its trapped calls in order."""
    result: dict[str, Any] = {"exit_code": os.waitstatus_to_exitcode(status)}
    for name, path in files.items():
        text = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            os.unlink(path)
        result[name] = text.splitlines() if name == "calls" else text
    return result


def run_together(runs: list[dict[str, Any]], folder: str) -> list[dict[str, Any]]:
    """Fork all runs, let them go at once, and wait for all."""
    barrier = os.pipe()
    started = [start(run, folder, number, barrier) for number, run in enumerate(runs)]
    os.close(barrier[0])
    os.close(barrier[1])
    return [answer(os.waitpid(pid, 0)[1], files) for pid, files in started]


def serve() -> None:
    """Answer lines until standard input ends."""
    load_everything()
    gc.freeze()  # or every child would copy what it only looks at
    with tempfile.TemporaryDirectory(prefix="neoron-runs-") as folder:
        for line in sys.stdin:
            print(json.dumps(run_together(json.loads(line), folder)), flush=True)


if __name__ == "__main__":
    serve()
