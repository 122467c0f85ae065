"""The T-SQL of a backup: take it, have it checked by the server, restore it aside, throw the copy away.

Source: Microsoft, "BACKUP", "RESTORE VERIFYONLY", "RESTORE FILELISTONLY", "RESTORE", "DBCC CHECKDB".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neoron.sql.quote import quote_identifier, quote_literal

FileInBackup = tuple[str, str, str]
"""Logical name, the path it had, and its type (D data, L log, F full-text, S files such as memory-optimized data)."""


def backup_sql(database: str, file: str, label: str, *, is_compressed: bool) -> str:
    """Back up a whole database into a file of its own.

    Shape: a file without a folder lies in the server's own backup folder; COPY_ONLY leaves the chain of differential
    backups as it is, CHECKSUM has every page checked, FORMAT overwrites nothing but this file.
    """
    options = ["COPY_ONLY", "CHECKSUM", *(["COMPRESSION"] if is_compressed else []), "FORMAT", "INIT"]
    return (
        f"BACKUP DATABASE {_name(database)} TO DISK = {_text(file)} "
        f"WITH {', '.join(options)}, NAME = {_text(label[:128])}, STATS = 10"
    )


def verify_sql(file: str) -> str:
    """Have the server read the whole file and check every page."""
    return f"RESTORE VERIFYONLY FROM DISK = {_text(file)} WITH CHECKSUM"


def files_sql(file: str) -> str:
    """Ask which files the database in a backup is made of."""
    return f"RESTORE FILELISTONLY FROM DISK = {_text(file)}"


def restore_sql(copy: str, file: str, files: Sequence[FileInBackup]) -> str:
    """Restore a backup as another database, each of its files beside the one it was."""
    return (
        f"RESTORE DATABASE {_name(copy)} FROM DISK = {_text(file)} "
        f"WITH CHECKSUM, RECOVERY, STATS = 10{moves(copy, files)}"
    )


def moves(copy: str, files: Sequence[FileInBackup]) -> str:
    """The options that put each file of a copy beside the one it was."""
    return "".join(
        f", MOVE {_text(logical)} TO {_text(moved(path, copy, number))}"
        for number, (logical, path, _kind) in enumerate(files)
    )


def moved(path: str, copy: str, number: int) -> str:
    """Where a file of the copy lies: in the same folder, under the copy's name, whatever the system's separator."""
    folder = re.match(r".*[/\\]", path, re.DOTALL)
    ending = re.search(r"\.[A-Za-z0-9]{1,5}$", path)
    return f"{folder.group() if folder else ''}{copy}_{number}{ending.group() if ending else ''}"


def check_sql(copy: str) -> str:
    """Have the server check the structure of every page and index of the copy."""
    return f"DBCC CHECKDB ({_text(copy)}) WITH NO_INFOMSGS, ALL_ERRORMSGS"


def drop_sql(copy: str) -> str:
    """Throw the copy away, with its files, also while somebody looks at it, or half restored.

    Shape: nobody can be in one that is being restored, and its options cannot be set.
    """
    name, text = _name(copy), _text(copy)
    is_open = f"DATABASEPROPERTYEX({text}, N'Status') = N'ONLINE' AND DATABASEPROPERTYEX({text}, N'IsInStandBy') = 0"
    return (
        f"IF DB_ID({text}) IS NOT NULL BEGIN "
        f"IF {is_open} ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE {name}; END"
    )


TAKEN = (
    "SELECT TOP (1) CAST(ISNULL(compressed_backup_size, backup_size) AS bigint), CAST(last_lsn AS nvarchar(30)) "
    "FROM msdb.dbo.backupset WHERE database_name = DB_NAME() AND name = ? ORDER BY backup_finish_date DESC"
)
"""Size and last log position of a backup. Source: Microsoft, "backupset"."""


def _name(text: str) -> str:
    return quote_identifier(text, "mssql")


def _text(text: str) -> str:
    return quote_literal(text, "mssql")
