"""A text made by a fork of this process, on another core, while this one goes on."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable


def can_fork() -> bool:
    """Whether a fork is safe and of use here: on Linux, with more than one core, and no other thread."""
    return sys.platform == "linux" and (os.cpu_count() or 1) > 1 and threading.active_count() == 1


class Forked:
    """One function called in a fork of this process, begun at once.

    Shape: the fork sees all that this process knew, and gives back nothing but the text; a function that raises gives
    an empty one. It must not use connections that are open, which both processes share.
    """

    def __init__(self, make: Callable[[], str]) -> None:
        reading, writing = os.pipe()
        self._child = os.fork()
        if not self._child:
            _answer(make, writing)
        os.close(writing)
        self._reading = reading

    def result(self) -> str:
        """Wait for the text."""
        with open(self._reading, encoding="utf-8", closefd=False) as answer:
            return answer.read()

    def end(self) -> None:
        """End it, if it has not ended by itself."""
        os.close(self._reading)
        os.kill(self._child, signal.SIGKILL)  # until it is waited for, its number is nobody else's
        os.waitpid(self._child, 0)


def _answer(make: Callable[[], str], writing: int) -> None:
    """Write what the function makes, and leave: nothing that was open is closed, flushed or ended from here."""
    try:
        with open(writing, "w", encoding="utf-8") as answer:
            answer.write(make())
    finally:
        os._exit(0)
