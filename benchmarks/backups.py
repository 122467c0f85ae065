"""Backups of the demo's messages: taking one, proving it, the stash of a dropped column, and the memory it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import tools
from figures import Goal, Table
from messages import filled, scan
from targets import Place, Target, libpq_environment
from timing import Row

from neoron.demo.layout import lay_out
from neoron.engines.roles import Engine, Session
from neoron.model.backup import BackupRecord
from neoron.model.plan import Step, StepKind

ENGINES = ("sqlite", "postgresql")
MEMORY_LIMIT_MIB = 150
CREATE, VERIFY, NATIVE, RESTORE = "neoron, create", "neoron, verify", "the native tool", "native restore + scan"
_KEEP = 'STASH keep [["", "Messages", ["Content"]]]'
STASH, BARE = "neoron, stash of a column", "CREATE TABLE AS SELECT"


def speed(place: Place, folder: Path, rounds: int, count: int) -> Table:
    """Back up, restore aside and compare, beside the engine's own tools on the same database."""
    with filled(place, folder, count) as (target, engine, session):
        bench = _Bench(target, engine, session, folder / f"backups-{place.engine}", count)
        measured: dict[str, Callable[[], float]] = {
            NATIVE: bench.native, CREATE: bench.create, RESTORE: bench.restore, VERIFY: bench.verify,
            BARE: bench.bare, STASH: bench.stash,
        }  # fmt: skip
        rows = _alternate(measured, rounds)
        bench.clear()
    goals = [
        Goal(f"{place.title}, create, at most 1.1 × the native tool", CREATE, 1.1, NATIVE),
        Goal(f"{place.title}, verify, at most 1.5 × native restore + scan", VERIFY, 1.5, RESTORE),
        Goal(f"{place.title}, stash of a column, at most 1.3 × {BARE}", STASH, 1.3, BARE),
    ]
    return Table(f"Backup of {count:,} messages, {place.title}", rows, goals, NATIVE)


def memory(place: Place, folder: Path, count: int) -> Table:
    """The most that one `neoron backup create`, verification included, holds in memory; its programs count alone."""
    row = Row("neoron backup create")
    with filled(place, folder / "memory", count) as (target, _engine, _session):
        project = folder / f"memory-{place.engine}"
        lay_out(project)
        command = [sys.executable, "-m", "neoron", "--project", project, "--url", target.url, "backup", "create"]
        environment = {**os.environ, **tools.environment(folder)}
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak_kib = 0
        while child.poll() is None:
            peak_kib = max(peak_kib, _peak_kib(child.pid))
            time.sleep(0.02)
        row.failure = f"exit code {child.returncode}" if child.returncode else ""
        row.seconds.append(peak_kib / 1024)
    goal = Goal(f"{place.title}, memory, at most {MEMORY_LIMIT_MIB} MiB", row.label, MEMORY_LIMIT_MIB)
    return Table(f"Memory for a backup of {count:,} messages, {place.title}", [row], [goal], unit="MiB")


def _peak_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def _alternate(measured: Mapping[str, Callable[[], float]], rounds: int) -> list[Row]:
    rows = [Row(label) for label in measured]
    for _ in range(rounds):
        for row in rows:
            try:
                row.seconds.append(measured[row.label]())
            except (OSError, subprocess.CalledProcessError, RuntimeError) as error:
                row.failure = str(error)
    return rows


class _Bench:
    """One filled database, and where its backups go; every measure returns seconds."""

    def __init__(self, target: Target, engine: Engine, session: Session, folder: Path, count: int) -> None:
        self._target, self._engine, self._session, self._count = target, engine, session, count
        self._native, self._ours = folder / "native", folder / "ours"
        self._record: BackupRecord | None = None
        self._environment = {**os.environ, **(libpq_environment(target.url) if target.engine == "postgresql" else {})}

    def clear(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self._ours.parent, ignore_errors=True)

    def native(self) -> float:
        """The engine's own program, to the same kind of backup."""
        shutil.rmtree(self._native, ignore_errors=True)
        self._native.mkdir(parents=True)
        if self._target.engine == "sqlite":
            file = self._target.url.removeprefix("sqlite:///")
            return self._run("sqlite3", file, f".backup '{self._native}/copy.db'")
        return self._run("pg_dump", "-Fd", "-j2", "-Z1", "-f", self._native / "dump", self._environment["PGDATABASE"])

    def create(self) -> float:
        """Ours, with the checksums of every table."""
        shutil.rmtree(self._ours, ignore_errors=True)
        self._ours.mkdir(parents=True)
        began = time.perf_counter()
        self._record = self._engine.backup.create(self._session, self._ours, progress=_silent)
        return time.perf_counter() - began

    def restore(self) -> float:
        """The native backup brought back, and every column read once."""
        if self._target.engine == "sqlite":
            copy = self._native / "restored.db"
            took_s = self._run("sqlite3", copy, f".restore '{self._native}/copy.db'")
            return took_s + scan(self._target)[0]
        self._run("psql", "-X", "-q", "-c", "CREATE DATABASE bench_restored")
        took_s = self._run("pg_restore", "-Fd", "-j2", "-d", "bench_restored", self._native / "dump")
        self._run("psql", "-X", "-q", "-c", "DROP DATABASE bench_restored")
        return took_s + scan(self._target)[0]

    def verify(self) -> float:
        """Ours, restored aside and compared."""
        if self._record is None:
            raise RuntimeError("no backup was taken")
        began = time.perf_counter()
        self._engine.backup.verify(self._session, self._record, self._ours, progress=_silent)
        return time.perf_counter() - began

    def bare(self) -> float:
        """The key and one column, copied into a new table."""
        self._session.begin()
        began = time.perf_counter()
        self._session.execute('CREATE TABLE bench_copy AS SELECT "MessageId", "Content" FROM "Messages"')
        took_s = time.perf_counter() - began
        self._session.rollback()
        return took_s

    def stash(self) -> float:
        """What a dropped column's stash keeps, taken back afterwards."""
        step = Step("bench/up/keep1", "bench", StepKind.STASH, _KEEP, 1)
        self._session.begin()
        began = time.perf_counter()
        kept = self._engine.stash.send(self._session, step, "bench")
        took_s = time.perf_counter() - began
        self._session.rollback()
        if kept != self._count:
            raise RuntimeError(f"{kept} values kept, not {self._count}")
        return took_s

    def _run(self, *words: str | Path) -> float:
        began = time.perf_counter()
        subprocess.run(words, env=self._environment, check=True, capture_output=True)
        return time.perf_counter() - began


def _silent(what: str, done: int, total: int) -> None:
    """Nobody looks on."""
