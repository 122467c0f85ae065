"""A text made by a fork of this process, on another core, while this one goes on."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn


def can_fork() -> bool:
    """Whether a fork is safe and of use here: on Linux, with more than one core, and no other thread."""
    return sys.platform == "linux" and (os.cpu_count() or 1) > 1 and threading.active_count() == 1


class Forked:
    """One function called in a fork of this process, begun at once.

    Shape: the fork sees all that this process knew, and gives back nothing but the text; if it raises or is killed, an
    empty one. It must not use connections that are open, which both processes share.
    Raises: OSError where there is no room for another process.
    """

    def __init__(self, make: Callable[[], str]) -> None:
        self._reading, writing = os.pipe()
        try:
            self._child = os.fork()
        except OSError:
            os.close(self._reading)
            os.close(writing)
            raise
        if not self._child:
            _answer(make, writing)
        os.close(writing)

    def result(self) -> str:
        """Wait for the text."""
        with open(self._reading, encoding="utf-8", closefd=False) as answer:
            text = answer.read()
        return text if self._status() == 0 else ""

    def end(self) -> None:
        """End it, if it has not ended by itself."""
        os.close(self._reading)
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            self._status()

    def _status(self) -> int | None:
        """Wait for its end; None where a parent that ignores SIGCHLD is not told how it ended."""
        child, self._child = self._child, 0
        with suppress(ChildProcessError):
            return os.waitpid(child, 0)[1]
        return None


def _answer(make: Callable[[], str], writing: int) -> NoReturn:
    """Write what the function makes, and leave: nothing that was open is closed, flushed or ended from here."""
    status = 1
    try:
        with open(writing, "w", encoding="utf-8") as answer:
            answer.write(make())
        status = 0
    finally:
        os._exit(status)
