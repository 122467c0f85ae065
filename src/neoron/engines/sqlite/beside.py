"""Work that goes on beside other work: SQLite and hashlib leave the interpreter to others while they are busy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_PAUSE_S = 0.02


class Beside(Generic[T]):
    """One call on a thread of its own, begun at once.

    Shape: nobody has to wait for it: it ends with the process, so Ctrl-C is obeyed at once.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._made: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._made.append(self._work())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
            self._error = error

    def result(self) -> T:
        """Wait for its end, and give what it made. Raises: what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._made[0]

    def stop(self, interrupt: Callable[[], None]) -> None:
        """Interrupt it until it has ended; what it made or raised is nobody's any more."""
        while self._thread.is_alive():
            interrupt()
            self._thread.join(_PAUSE_S)
