"""The write-ahead log as a server archives it: a folder of segments, and how far in time they reach."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Log:
    """One server's log.

    Shape: system is the number of its cluster; archive is the folder that it archives into.
    Units: segment_bytes bytes.
    Source: PostgreSQL manual, "WAL Internals": a segment's name is its timeline and its number.
    """

    archive: Path
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

    def found(self) -> dict[int, Path]:
        """The whole segments of the archive by number, of the newest timeline that has each. Raises: BackupError."""
        try:
            files = sorted(entry.path for entry in os.scandir(self.archive) if self._is_whole(entry))
        except OSError as error:
            raise BackupError(f"the WAL archive cannot be read: {error.strerror}", where=str(self.archive)) from None
        return {self._number(Path(file).name): Path(file) for file in files}

    def _is_whole(self, entry: os.DirEntry[str]) -> bool:
        return _NAME.fullmatch(entry.name) is not None and entry.stat().st_size == self.segment_bytes

    def _number(self, name: str) -> int:
        return int(name[8:16], 16) * self._per_file + int(name[16:24], 16)

    def wait_for(self, session: Session, timeline: int, first: int, last: int) -> list[Path]:
        """The archived segments from first to last, once they are all there.

        Raises: BackupError naming the one that does not come, or that is of another server.
        """
        names = [self.name(timeline, number) for number in range(first, last + 1)]
        start = time.monotonic()
        while missing := [name for name in names if not self._has(name)]:
            waited_s, failure = time.monotonic() - start, _failure(session)
            if waited_s > _WAIT_S or (failure in names and waited_s > _WAIT_AFTER_FAILURE_S):
                reason = f": the server's archive_command failed with {failure}" if failure else ""
                raise BackupError(
                    f"WAL segment {missing[0]} did not come into the archive in {waited_s:.0f} s{reason}",
                    where=str(self.archive), next="mend the server's archive_command, or [backup] wal_archive",
                )  # fmt: skip
            time.sleep(_LOOK_EVERY_S)
        for name in names:
            self._require_own(self.archive / name)
        return [self.archive / name for name in names]

    def _has(self, name: str) -> bool:
        try:
            return (self.archive / name).stat().st_size == self.segment_bytes
        except FileNotFoundError:
            return False
        except OSError as error:
            raise BackupError(f"the WAL archive cannot be read: {error.strerror}", where=str(self.archive)) from None

    def _require_own(self, file: Path) -> None:
        with file.open("rb") as segment:
            system = _HEADER.unpack(segment.read(_HEADER.size))[-1]
        if system != self.system:
            raise BackupError(
                f"the WAL archive is another server's: {file.name} is of cluster {system}, and this is {self.system}",
                where=str(self.archive), next="correct [backup] wal_archive",
            )  # fmt: skip

    def whole_run(self, first: int, timeline: int) -> tuple[list[Path], str]:
        """The segments that follow each other from one on, and the name of a missing one that others come after.

        Raises: BackupError when one is another server's.
        """
        found = self.found()
        run = []
        while first in found:
            run.append(found[first])
            first += 1
        for file in {run[0], run[-1]} if run else ():
            self._require_own(file)
        if not found or max(found) < first:
            return run, ""
        return run, self.name(int(run[-1].name[:8], 16) if run else timeline, first)


def _failure(session: Session) -> str:
    """The segment that the server could not archive, if that is the last it tried; else nothing.

    Source: PostgreSQL manual, "pg_stat_archiver".
    """
    query = (
        "SELECT coalesce(last_failed_wal, '') FROM pg_stat_archiver"
        " WHERE last_failed_time > coalesce(last_archived_time, '-infinity')"
    )
    return "".join(str(row[0]) for row in session.query(query))


def last_change(program: str, run: list[Path]) -> datetime | None:
    """When the last transaction in these segments ended; None when there is none in them. Raises: BackupError.

    Source: PostgreSQL manual, pg_waldump.
    """
    for segment in reversed(run):
        command = [program, "--rmgr=Transaction", str(segment)]
        try:
            # A record that goes on in a segment that is not there is reported as an error, after what was readable.
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", env={"TZ": "UTC", "LC_ALL": "C"}, check=False
            )
        except OSError as error:
            raise BackupError(f"pg_waldump did not run: {error.strerror}") from None
        times = _COMMIT.findall(done.stdout)
        if times:
            return max(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in times)
    return None
