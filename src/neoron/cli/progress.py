"""Progress of long work: a bar with rate and time left on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from neoron.cli.invocation import Invocation, is_terminal

if TYPE_CHECKING:
    from neoron.model.report import StepResult

LINE_EVERY_S = 3.0
QUIET_FOR_S = 1.0


class ShownProgress:
    """Hears what is being done and shows it; short work shows nothing."""

    def __init__(self, invocation: Invocation) -> None:
        self._is_shown = not invocation.quiet and not invocation.as_json
        self._is_terminal = is_terminal(sys.stderr) and not invocation.no_color
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._began = time.monotonic()
        self._began_at: dict[str, tuple[float, int]] = {}
        self._last_line = self._began
        self._steps_done = 0

    def __enter__(self) -> ShownProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def work(self, what: str, done: int, total: int) -> None:
        """Hear how far one piece of work is; total is 0 when unknown."""
        if not self._is_shown:
            return
        self._began_at.setdefault(what, (time.monotonic(), done))
        if self._is_terminal:
            self._draw(what, done, total)
        elif time.monotonic() - self._last_line >= LINE_EVERY_S:
            self._line(what, done, total)

    def step(self, result: StepResult, count: int) -> None:
        """Hear of one more step of a plan."""
        self._steps_done = self._steps_done % count + 1
        self.work("steps", self._steps_done, count)

    def _line(self, what: str, done: int, total: int) -> None:
        self._last_line = time.monotonic()
        began, done_before = self._began_at[what]
        of = f" of {total:,}, {100 * done // total} %" if total else ""
        spent_s = self._last_line - began
        rate = (done - done_before) / spent_s if spent_s else 0.0
        told = f", {rate:,.0f}/s" if rate >= 1 else ""
        left = f", about {(total - done) / rate:,.0f} s left" if rate and total > done else ""
        print(f"{what}: {done:,}{of}{told}, {self._last_line - self._began:.0f} s{left}", file=sys.stderr)

    def _draw(self, what: str, done: int, total: int) -> None:
        if self._bars is None:
            if time.monotonic() - self._began < QUIET_FOR_S and (not total or done < total):
                self._tasks.setdefault(what, None)
                return
            self._bars = _bars()
            self._bars.start()
        if self._tasks.get(what) is None:
            self._tasks[what] = self._bars.add_task(what, total=total or None)
        self._bars.update(self._tasks[what], completed=done, total=total or None)


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.progress import TaskProgressColumn as PercentColumn

    columns = (
        TextColumn("{task.description:<12}"), BarColumn(), PercentColumn(show_speed=True), MofNCompleteColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    return Progress(*columns, console=Console(stderr=True))
