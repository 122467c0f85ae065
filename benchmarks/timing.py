"""Whole processes against the clock: competitors take turns, so that noise hits all alike."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TAIL_CHARS = 300
Words = Sequence[str | Path]


@dataclass(frozen=True)
class Trial:
    """One process to be timed.

    Shape: wrong looks at what the process did and says what is not as it should be, or ""; clear removes what the
    trial made. Neither is timed.
    """

    command: Words
    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    wrong: Callable[[], str] = lambda: ""
    clear: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Competitor:
    """Something to be measured; start makes everything that one trial needs, untimed."""

    label: str
    start: Callable[[], Trial]


@dataclass
class Row:
    """The times of one competitor.

    Units: seconds. Shape: failure says why the times are worth nothing.
    """

    label: str
    seconds: list[float] = field(default_factory=list)
    failure: str = ""

    @property
    def median(self) -> float | None:
        """The median, or None when a trial went wrong or none was made."""
        return statistics.median(self.seconds) if self.seconds and not self.failure else None


def take_turns(competitors: Sequence[Competitor], rounds: int) -> list[Row]:
    """Time every competitor once in each round: A B C, A B C; a first round only warms up.

    Shape: who fails once is left out of the rounds that follow.
    """
    rows = [Row(competitor.label) for competitor in competitors]
    for number in range(rounds + 1):
        for competitor, row in zip(competitors, rows, strict=True):
            if not row.failure:
                elapsed_s, row.failure = _try(competitor)
                if number:
                    row.seconds.append(elapsed_s)
    return rows


def _try(competitor: Competitor) -> tuple[float, str]:
    trial = competitor.start()
    try:
        elapsed_s, failure = timed(trial)
        return elapsed_s, failure or trial.wrong()
    finally:
        trial.clear()


def timed(trial: Trial) -> tuple[float, str]:
    """Run a trial's process; its wall time in seconds, and what it said if it failed."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        try:
            process = subprocess.Popen(
                trial.command, cwd=trial.folder, env=dict(trial.environment), stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            return 0.0, f"{Path(trial.command[0]).name}: {error.strerror}"
        code = process.wait()
        elapsed_s = time.perf_counter() - began
        output.seek(0)
        words = " ".join(output.read().decode(errors="replace").split())
    return elapsed_s, f"exit code {code}: {words[-TAIL_CHARS:]}" if code else ""
