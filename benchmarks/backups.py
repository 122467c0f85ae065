"""Backups of the demo's messages: taking one, proving it, the stash of a dropped column, and the memory it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import tools
from figures import Goal, Table
from messages import filled
from native_backups import emptied, native_of, restored_and_scanned
from targets import Place, Target
from timing import Row

from neoron.demo.layout import lay_out
from neoron.engines.roles import Engine, Session
from neoron.errors import MigrationError
from neoron.model.backup import BackupRecord
from neoron.model.plan import Step, StepKind

MEMORY_LIMIT_MIB = 150
CREATE, VERIFY, AGAIN = "neoron, create", "neoron, first verify", "neoron, verify again"
NATIVE, RESTORE = "the native tool", "native restore + scan"
# Here the first proof also checks what the SHA-256 stands for later; elsewhere every proof is the same.
_PROVEN_ONCE = ("sqlite",)
_KEEP = 'STASH keep [["", "Messages", ["Content"]]]'
STASH, BARE = "neoron, stash of a column", "CREATE TABLE AS SELECT"


def measured(place: Place, folder: Path, rounds: int, count: int) -> Iterator[Table]:
    """One database filled once: first the times, then the memory."""
    with filled(place, folder, count) as (target, engine, session):
        yield _speed(place, _Bench(target, engine, session, folder / f"backups-{place.engine}", count), rounds, count)
        yield _memory(place, target, folder, count)


def _speed(place: Place, bench: _Bench, rounds: int, count: int) -> Table:
    """Back up, restore aside and compare, beside the engine's own tools on the same database."""
    measures: dict[str, Callable[[], float]] = {
        NATIVE: bench.native, CREATE: bench.create, RESTORE: bench.restore, VERIFY: bench.verify,
        **({AGAIN: bench.verify_again} if place.engine in _PROVEN_ONCE else {}), BARE: bench.bare, STASH: bench.stash,
    }  # fmt: skip
    rows = _alternate(measures, rounds)
    bench.clear()
    goals = [
        Goal(f"{place.title}, create, at most 1.1 × the native tool", CREATE, 1.1, NATIVE),
        Goal(f"{place.title}, first verify, at most 1.5 × native restore + scan", VERIFY, 1.5, RESTORE),
        Goal(f"{place.title}, stash of a column, at most 1.3 × {BARE}", STASH, 1.3, BARE),
    ]
    if AGAIN in measures:
        goals.append(Goal(f"{place.title}, verify again, at most 1.5 × native restore + scan", AGAIN, 1.5, RESTORE))
    return Table(f"Backup of {count:,} messages, {place.title}", rows, goals, NATIVE)


def _memory(place: Place, target: Target, folder: Path, count: int) -> Table:
    """The most that one `neoron backup create`, verification included, holds in memory; its programs count alone."""
    row = Row("neoron backup create")
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
    shutil.rmtree(project)
    goal = Goal(f"{place.title}, memory, at most {MEMORY_LIMIT_MIB} MiB", row.label, MEMORY_LIMIT_MIB)
    return Table(f"Memory for a backup of {count:,} messages, {place.title}", [row], [goal], unit="MiB")


def _peak_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def _alternate(measures: Mapping[str, Callable[[], float]], rounds: int) -> list[Row]:
    """All of them once in each round; a first round only warms up."""
    rows = [Row(label) for label in measures]
    for number in range(rounds + 1):
        for row in rows:
            try:
                took_s = measures[row.label]()
            except (OSError, subprocess.CalledProcessError, RuntimeError, MigrationError) as error:
                row.failure = str(error)
                continue
            if number:
                row.seconds.append(took_s)
    return rows


class _Bench:
    """One filled database, and where its backups go; every measure returns seconds."""

    def __init__(self, target: Target, engine: Engine, session: Session, folder: Path, count: int) -> None:
        self._target, self._engine, self._session, self._count = target, engine, session, count
        self._tools, self._native, self._ours = native_of(target), folder / "native", folder / "ours"
        self._record: BackupRecord | None = None

    def clear(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self._ours.parent, ignore_errors=True)

    def native(self) -> float:
        """The engine's own program, to the same kind of backup."""
        return self._tools.dump(emptied(self._native))

    def create(self) -> float:
        """Ours, with the checksums of every table."""
        emptied(self._ours)
        began = time.perf_counter()
        self._record = self._engine.backup.create(self._session, self._ours, progress=_silent)
        return time.perf_counter() - began

    def restore(self) -> float:
        """The native backup brought back, and every column read once."""
        return restored_and_scanned(self._tools, self._target, self._native)

    def verify(self) -> float:
        """Ours, restored aside and compared for the first time, as `backup create` does once it is taken."""
        if self._record is None:
            raise RuntimeError("no backup was taken")
        began = time.perf_counter()
        self._record = self._engine.backup.verify(self._session, self._record, self._ours, progress=_silent)
        return time.perf_counter() - began

    def verify_again(self) -> float:
        """The same for a backup that is proven, as `backup verify` does."""
        if self._record is None or not self._record.verified_at:
            raise RuntimeError("no backup was proven")
        return self.verify()

    def bare(self) -> float:
        """The key and one column, copied into a new table."""
        if self._engine.effects.has_transactional_ddl:
            self._session.begin()
        began = time.perf_counter()
        self._session.execute(self._tools.bare)
        took_s = time.perf_counter() - began
        self._undo("DROP TABLE bench_copy")
        return took_s

    def stash(self) -> float:
        """What a dropped column's stash keeps, taken back afterwards."""
        is_undone = self._engine.effects.has_transactional_ddl
        step = Step("bench/up/keep1", "bench", StepKind.STASH, _KEEP, 1 if is_undone else None)
        if is_undone:
            self._session.begin()
        began = time.perf_counter()
        kept = self._engine.stash.send(self._session, step, "bench")
        took_s = time.perf_counter() - began
        self._undo("UNLOCK TABLES")
        if not is_undone:
            self._engine.stash.purge(self._session, [entry.id for entry in self._engine.stash.entries(self._session)])
        if kept != self._count:
            raise RuntimeError(f"{kept} values kept, not {self._count}")
        return took_s

    def _undo(self, otherwise: str) -> None:
        if self._engine.effects.has_transactional_ddl:
            self._session.rollback()
        else:
            self._session.execute(otherwise)


def _silent(what: str, done: int, total: int) -> None:
    """Nobody looks on."""
