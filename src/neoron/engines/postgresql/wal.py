"""The write-ahead log as a server archives it: a folder of segments, and how far in time they reach."""

from __future__ import annotations

import os
import re
import shlex
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from neoron.engines.roles import Session
from neoron.errors import BackupError

_NAME = re.compile(r"[0-9A-F]{24}")
_WAIT_S, _LOOK_EVERY_S = 60.0, 0.1
# The server tries a segment three times, a second apart, before it reports again.
_WAIT_AFTER_FAILURE_S = 4.0
_COMMIT = re.compile(r"desc: (?:COMMIT|ABORT)\w* (?:\S+: )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC")
# XLogLongPageHeaderData: magic, info, timeline, address, rest, padding, then the number of the server's cluster.
_HEADER = struct.Struct("=HHIQI4xQ")


def number_of(lsn: str) -> int:
    """A place in the log such as `1/A0000028` as a number."""
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


class Archive(Protocol):
    """Where a server's log is kept."""

    def names(self) -> list[str]:
        """The whole segments in it. Raises: BackupError."""

    def has(self, name: str) -> bool:
        """Whether it holds a whole segment. Raises: BackupError."""

    def fetch(self, name: str, folder: Path) -> Path:
        """A segment as a plain file, which may be made in the folder. Raises: BackupError."""

    def restore_command(self, data: Path) -> str:
        """What a server in the folder `data` runs to get a segment."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder that a server archives into, one plain file a segment. Units: segment_bytes bytes."""

    path: Path
    segment_bytes: int

    def __str__(self) -> str:
        return str(self.path)

    def names(self) -> list[str]:
        """The whole segments in it. Raises: BackupError."""
        try:
            return [entry.name for entry in os.scandir(self.path) if entry.stat().st_size == self.segment_bytes]
        except OSError as error:
            raise self._unreadable(error) from None

    def has(self, name: str) -> bool:
        """Whether it holds a whole segment. Raises: BackupError."""
        try:
            return (self.path / name).stat().st_size == self.segment_bytes
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unreadable(error) from None

    def fetch(self, name: str, folder: Path) -> Path:
        """Its own file."""
        return self.path / name

    def restore_command(self, data: Path) -> str:
        """Copies a segment. Source: PostgreSQL manual, "Archive Recovery": a shell runs it, and `%` is its own."""
        return f'cp -- {shlex.quote(str(self.path)).replace("%", "%%")}/%f "%p"'

    def _unreadable(self, error: OSError) -> BackupError:
        return BackupError(f"the WAL archive cannot be read: {error.strerror}", where=str(self.path))


@dataclass(frozen=True, slots=True)
class Log:
    """One server's log.

    Shape: system is the number of its cluster.
    Units: segment_bytes bytes.
    Source: PostgreSQL manual, "WAL Internals": a segment's name is its timeline and its number.
    """

    archive: Archive
    system: int
    segment_bytes: int

    @property
    def _per_file(self) -> int:
        return (1 << 32) // self.segment_bytes

    def segment_of(self, lsn: str) -> int:
        """The number of the segment that holds what lies right before a place in the log."""
        return (number_of(lsn) - 1) // self.segment_bytes

    def name(self, timeline: int, number: int) -> str:
        """The file name of a segment."""
        return f"{timeline:08X}{number // self._per_file:08X}{number % self._per_file:08X}"

    def found(self) -> dict[int, str]:
        """The whole segments of the archive by number, of the newest timeline that has each. Raises: BackupError."""
        names = sorted(name for name in self.archive.names() if _NAME.fullmatch(name))
        return {self.number(name): name for name in names}

    def number(self, name: str) -> int:
        """The number of a segment by its file name."""
        return int(name[8:16], 16) * self._per_file + int(name[16:24], 16)

    def wait_for(self, session: Session, timeline: int, first: int, last: int) -> list[str]:
        """The archived segments from first to last, once they are all there.

        Raises: BackupError naming the one that does not come.
        """
        names = [self.name(timeline, number) for number in range(first, last + 1)]
        start = time.monotonic()
        while missing := [name for name in names if not self.archive.has(name)]:
            waited_s, failure = time.monotonic() - start, _failure(session)
            if waited_s > _WAIT_S or (failure in names and waited_s > _WAIT_AFTER_FAILURE_S):
                reason = f": the server's archive_command failed with {failure}" if failure else ""
                raise BackupError(
                    f"WAL segment {missing[0]} did not come into the archive in {waited_s:.0f} s{reason}",
                    where=str(self.archive), next="mend the server's archive_command, or [backup]",
                )  # fmt: skip
            time.sleep(_LOOK_EVERY_S)
        return names

    def require_own(self, file: Path) -> None:
        """Refuse a segment of another server. Raises: BackupError."""
        with file.open("rb") as segment:
            system = _HEADER.unpack(segment.read(_HEADER.size))[-1]
        if system != self.system:
            raise BackupError(
                f"the WAL archive is another server's: {file.name} is of cluster {system}, and this is {self.system}",
                where=str(self.archive), next="correct [backup] wal_archive",
            )  # fmt: skip

    def whole_run(self, first: int, timeline: int) -> tuple[list[str], str]:
        """The segments that follow each other from one on, and the name of a missing one that others come after.

        Raises: BackupError.
        """
        found = self.found()
        run = []
        while first in found:
            run.append(found[first])
            first += 1
        if not found or max(found) < first:
            return run, ""
        return run, self.name(int(run[-1][:8], 16) if run else timeline, first)

    def last_change(self, program: str, run: list[str]) -> datetime | None:
        """When the last transaction in these segments ended; None when there is none in them. Raises: BackupError.

        Shape: program is pg_waldump.
        """
        with tempfile.TemporaryDirectory(prefix="neoron-wal-") as folder:
            for name in reversed(run):
                segment = self.archive.fetch(name, Path(folder))
                self.require_own(segment)
                if found := _times(program, segment):
                    return max(found)
        return None


def _failure(session: Session) -> str:
    """The segment that the server could not archive, if that is the last it tried; else nothing.

    Source: PostgreSQL manual, "pg_stat_archiver".
    """
    query = (
        "SELECT coalesce(last_failed_wal, '') FROM pg_stat_archiver"
        " WHERE last_failed_time > coalesce(last_archived_time, '-infinity')"
    )
    return "".join(str(row[0]) for row in session.query(query))


def _times(program: str, segment: Path) -> list[datetime]:
    """When the transactions in a segment ended. Raises: BackupError. Source: PostgreSQL manual, pg_waldump."""
    command = [program, "--rmgr=Transaction", str(segment)]
    try:
        # A record that goes on in a segment that is not there is reported as an error, after what was readable.
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", env={"TZ": "UTC", "LC_ALL": "C"}, check=False
        )
    except OSError as error:
        raise BackupError(f"pg_waldump did not run: {error.strerror}") from None
    return [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in _COMMIT.findall(done.stdout)]
