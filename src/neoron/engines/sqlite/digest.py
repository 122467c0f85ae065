"""The SHA-256 of a copy while it is made: of each page as soon as SQLite has written it.

A SHA-256 begins with the first page, which SQLite writes last. So it begins with that page as it is going to be, and is
thrown away if this does not come true.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from neoron.engines.proving import sha256_of
from neoron.engines.sqlite.beside import Beside

# A smaller file is read at the end before a program has begun.
_LEAST_BYTES = 1 << 24
# What fits a core's own memory.
_PIECE_BYTES = 1 << 18
_FLUSH_BYTES = 1 << 25
# SQLite locks the bytes from here on, and never writes the page that begins there.
_LOCK_BYTE = 1 << 30
_SMALLEST_PAGE, _LARGEST_PAGE = 512, 65_536
_HEAD = f"import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read({_LARGEST_PAGE}))"
# Fields of the first page, of four bytes each: how many pages there are; and three that count changes of the file and
# of its schema, all of them 1 in a new copy. Source: SQLite, "Database File Format", 1.3.
_PAGES, _COUNTERS = 28, (24, 40, 92)


class CopyDigest:
    """The SHA-256 of one new file that SQLite's backup fills, for as long as the block runs.

    Shape: source is the file that is copied, or nothing if it lies in memory. A copy that cannot be followed (it is
    small, the file system does not tell what was written, a writer made it begin again) is read at the end.
    Changes: sends what was written to the disk meanwhile, so that the end has little to wait for.
    """

    def __init__(self, copy: Path, source: Path | None) -> None:
        self._path, self._file = copy, copy.open("rb", buffering=0)
        self._news = threading.Condition()
        self._done = self._pages = self._page_bytes = self._written = 0
        self._is_over = self._is_lost = False
        self._works: tuple[Beside[str], Beside[str]] | None = None
        if source is not None and hasattr(os, "SEEK_HOLE") and source.stat().st_size >= _LEAST_BYTES:
            self._works = Beside(lambda: self._follow(source)), Beside(self._flush)

    def __enter__(self) -> CopyDigest:
        return self

    def __exit__(self, *error: object) -> None:
        self._tell(is_lost=True)
        for work in self._works or ():
            work.stop(lambda: None)
        self._file.close()

    def see(self, left: int, pages: int) -> None:
        """Note how far the copy is, between two of its steps: nothing is written meanwhile. Raises: OSError."""
        done = pages - left
        # A copy that begins again writes once more what was read already.
        is_lost = done <= self._done or pages != (self._pages or pages)
        self._done, self._pages = done, pages
        if self._works and not self._is_lost:
            # The last step has written the first page, too.
            self._tell(is_lost=is_lost, written=self._whole_bytes() if left and not is_lost else 0)

    def ended(self) -> str:
        """The digest of the file, which is whole and closed. Raises: OSError."""
        digest = ""
        if self._works:
            self._tell(is_over=True, written=os.fstat(self._file.fileno()).st_size)
            digest, _ = [work.result() for work in self._works]
        return digest or sha256_of(self._path)

    def _tell(self, *, written: int = 0, is_lost: bool = False, is_over: bool = False) -> None:
        with self._news:
            self._written = max(self._written, written)
            self._is_lost |= is_lost
            self._is_over |= is_over
            self._news.notify_all()

    def _whole_bytes(self) -> int:
        """Up to which byte every page but the first is in the file. Raises: OSError."""
        file, page = self._file.fileno(), self._page_bytes
        size = os.fstat(file).st_size
        if not page or size <= page:
            return 0
        if os.lseek(file, 0, os.SEEK_HOLE):
            # The first page is not written yet, and this file system does not tell.
            self._tell(is_lost=True)
            return 0
        hole = os.lseek(file, page, os.SEEK_HOLE)
        if hole == _LOCK_BYTE and size > hole + page:
            hole = os.lseek(file, hole + page, os.SEEK_HOLE)
        return hole

    def _follow(self, source: Path) -> str:
        """The digest, or nothing if it could not be made. Raises: OSError."""
        first = self._first_page(source)
        if not first:
            self._tell(is_lost=True)
            return ""
        digest, done = hashlib.sha256(first), len(first)
        while self._waited_for(done + 1):
            while done < self._written:
                piece = os.pread(self._file.fileno(), min(_PIECE_BYTES, self._written - done), done)
                digest.update(piece)
                done += len(piece)
        if self._is_lost or os.pread(self._file.fileno(), len(first), 0) != first:
            return ""
        return digest.hexdigest()

    def _first_page(self, source: Path) -> bytes:
        """The first page of the finished copy, or nothing if it is not known."""
        # A program of its own reads it: closing the source here would drop the locks of SQLite on it.
        # Source: SQLite, "How To Corrupt An SQLite Database File", 2.2.
        words: list[str | Path] = [sys.executable, "-I", "-S", "-c", _HEAD, source]
        try:
            page = bytearray(subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout)
        except OSError:  # no room for another process
            return b""
        size = int.from_bytes(page[16:18], "big")
        del page[_LARGEST_PAGE if size == 1 else size :]
        if len(page) < _SMALLEST_PAGE:
            return b""
        self._page_bytes = len(page)
        self._waited_for(1)
        for field in _COUNTERS:
            page[field : field + 4] = (1).to_bytes(4, "big")
        page[_PAGES : _PAGES + 4] = self._pages.to_bytes(4, "big")
        return bytes(page)

    def _flush(self) -> str:
        """Send what is written to the disk, some at a time. Raises: OSError."""
        sent = 0
        while self._waited_for(sent + _FLUSH_BYTES):
            sent = self._written
            os.fsync(self._file.fileno())
        return ""

    def _waited_for(self, written: int) -> bool:
        """Wait until so many bytes are written; whether they will be."""
        with self._news:
            self._news.wait_for(lambda: self._is_lost or self._is_over or self._written >= written)
            return not self._is_lost and self._written >= written
