"""The journal of a run: every event in order, each row chained to the last by a hash."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime

from neoron.engines.roles import Row

_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def now() -> str:
    """This moment in UTC, ISO 8601."""
    return f"{datetime.now(UTC).isoformat(timespec='microseconds')[:-6]}Z"


def user_name() -> str:
    """The operating system's user of this process, or its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


@dataclass
class Journal:
    """Events waiting for the next transaction, and the chain they continue.

    Shape: seq and last_hash are those of the last row that was handed out.
    """

    run_id: str
    seq: int = 0
    last_hash: str = ""
    by: str = field(default_factory=user_name)
    host: str = field(default_factory=socket.gethostname)
    _waiting: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)

    def note(self, event: str, *, version: str = "", step: str = "", outcome: str = "", detail: str = "") -> None:
        """Keep one event for the next `take`."""
        self._waiting.append((now(), event, version, step, outcome, detail))

    def take(self) -> list[Row]:
        """The waiting events as rows, chained; they stay waiting until `stored` says that they committed."""
        rows: list[Row] = []
        seq, last = self.seq, self.last_hash
        for at, event, version, step, outcome, detail in self._waiting:
            seq += 1
            values = (seq, at, self.run_id, event, version, step, outcome, detail, self.by, self.host)
            last = chain(last, values)
            rows.append((*values, last))
        return rows

    def stored(self, rows: list[Row]) -> None:
        """Go on from rows that committed."""
        if rows:
            self.seq, self.last_hash = int(rows[-1][0]), str(rows[-1][-1])
            del self._waiting[: len(rows)]

    def drop_waiting(self, count: int) -> None:
        """Forget all but the first `count` waiting events: their transaction was rolled back."""
        del self._waiting[count:]

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return len(self._waiting)


def chain(last_hash: str, values: Row) -> str:
    """The hash of one row: SHA-256 over the hash before it and the row's values as JSON."""
    text = _as_json([last_hash, *values])
    return hashlib.sha256(text.encode()).hexdigest()


def broken_at(rows: list[Row]) -> int | None:
    """The seq of the first row (oldest first) whose hash does not continue the chain, or None."""
    last = str(rows[0][-1]) if rows else ""
    for row in rows[1:]:
        if chain(last, row[:-1]) != row[-1]:
            return int(row[0])
        last = str(row[-1])
    return None
