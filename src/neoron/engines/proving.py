"""What proves a backup on any engine: the digest of a part, and a table that came back compared with its record."""

from __future__ import annotations

import hashlib
from pathlib import Path

from neoron.errors import BackupError
from neoron.model.schema import TableContent


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises: OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_same_table(expected: TableContent, found: TableContent, backup: str) -> None:
    """Hold a table that came back against its record. Raises: BackupError naming the table and what differs."""
    if found.row_count != expected.row_count:
        message = f"table {expected.table} came back with {found.row_count} rows instead of {expected.row_count}"
        raise BackupError(message, where=backup)
    if found.checksum != expected.checksum:
        raise BackupError(f"table {expected.table} came back with other values", where=backup)
