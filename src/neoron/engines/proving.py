"""What proves a backup on any engine: the digest of a part, and a table that came back compared with its record."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from neoron.errors import BackupError
from neoron.model.schema import TableContent

_PIECE_BYTES = 1 << 20
# Whoever writes the file waits while it is sent to the disk; read more often, a backup took a twentieth longer.
_WORTH_READING = 1 << 25


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises: OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Digests:
    """The SHA-256 of every file below a folder, read on while a program still appends to them.

    What was read is sent to the disk at once, so that a program which syncs at its end has little left to wait for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[Any, int]] = {}

    def read_on(self, *, least_bytes: int = _WORTH_READING) -> None:
        """Read what was written since where it is worth it, and wait until it is on the disk. Raises: OSError."""
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            digest, done = self._read.get(path, (None, 0))
            if done <= path.stat().st_size < done + least_bytes:
                continue
            with path.open("rb") as file:
                if digest is None or done > os.fstat(file.fileno()).st_size:  # new, or begun again
                    digest = hashlib.sha256()
                else:
                    file.seek(done)
                while piece := file.read(_PIECE_BYTES):
                    digest.update(piece)
                self._read[path] = (digest, file.tell())
                os.fsync(file.fileno())

    def ended(self) -> dict[str, str]:
        """The digest of each file, by its path in the folder, once nobody writes any more. Raises: OSError."""
        self.read_on(least_bytes=0)
        return {path.relative_to(self._folder).as_posix(): made.hexdigest() for path, (made, _) in self._read.items()}


def require_same_table(expected: TableContent, found: TableContent, backup: str) -> None:
    """Hold a table that came back against its record. Raises: BackupError naming the table and what differs."""
    if found.row_count != expected.row_count:
        message = f"table {expected.table} came back with {found.row_count} rows instead of {expected.row_count}"
        raise BackupError(message, where=backup)
    if found.checksum != expected.checksum:
        raise BackupError(f"table {expected.table} came back with other values", where=backup)
