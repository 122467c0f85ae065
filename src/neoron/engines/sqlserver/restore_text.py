"""The T-SQL of a restore: play the log on to a time, change the names of two databases, and what is asked on the way.

Source: Microsoft, "RESTORE statements", "RESTORE arguments", "BACKUP", "ALTER DATABASE", "DATABASEPROPERTYEX".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neoron.engines.sqlserver.backup_text import FileInBackup, moved, moves
from neoron.sql.quote import quote_identifier, quote_literal


@dataclass(frozen=True, slots=True)
class LogBackup:
    """A backup of the log. Shape: files are all stripes of its media; position counts the backups in them from 1."""

    files: tuple[str, ...]
    position: int = 1


def standby_sql(aside: str, file: str, files: Sequence[FileInBackup]) -> str:
    """Restore a backup as another database that can be read, and that takes more of the log.

    Shape: what was not committed waits in a file beside its first one.
    """
    undo = moved(files[0][1], aside, len(files)) + ".undo"
    return (
        f"RESTORE DATABASE {_name(aside)} FROM DISK = {_text(file)} "
        f"WITH CHECKSUM, STANDBY = {_text(undo)}, STATS = 10{moves(aside, files)}"
    )


def log_sql(aside: str, log: LogBackup, local_time: str) -> str:
    """Play a backup of the log, up to a time of the server's own clock.

    Shape: where the log ends before that time, the database waits for more of it.
    """
    disks = ", ".join(f"DISK = {_text(file)}" for file in log.files)
    return (
        f"RESTORE LOG {_name(aside)} FROM {disks} "
        f"WITH FILE = {log.position:d}, RECOVERY, STOPAT = {_text(local_time)}, STATS = 10"
    )


def tail_sql(database: str, file: str, *, is_damaged: bool = False) -> str:
    """Back up the log as far as it goes, and leave it to the usual backups all the same.

    Shape: is_damaged takes what can be read of a database that cannot be opened.
    """
    how = "NO_TRUNCATE" if is_damaged else "COPY_ONLY, CHECKSUM"
    return f"BACKUP LOG {_name(database)} TO DISK = {_text(file)} WITH {how}, FORMAT, INIT, STATS = 10"


def logs_sql(position: str) -> str:
    """Ask for the log's backups on disk that go on behind a place in the log, oldest first; one row per file."""
    return (
        "SELECT s.backup_set_id, s.position, m.physical_device_name FROM msdb.dbo.backupset AS s "
        "JOIN msdb.dbo.backupmediafamily AS m ON m.media_set_id = s.media_set_id "
        f"WHERE s.database_name = ? AND s.type = 'L' AND s.is_copy_only = 0 AND s.last_lsn > {int(position):d} "
        "AND m.device_type IN (2, 102) ORDER BY s.first_lsn, s.backup_set_id, m.family_sequence_number"
    )


def local_sql(moment: str) -> str:
    """Ask what a time in UTC is on the server's clock; only 2022 and later know."""
    local = f"CAST({_text(moment)} AS datetimeoffset(3)) AT TIME ZONE CURRENT_TIMEZONE_ID()"
    return f"SELECT CONVERT(nvarchar(30), CAST({local} AS datetime2(3)), 126)"


OFFSET = "SELECT DATEPART(TZOFFSET, SYSDATETIMEOFFSET())"
"""Minutes that the server's clock is ahead of UTC now."""


def state_sql(database: str) -> str:
    """Ask for a database's state, and whether it waits for more of the log."""
    name = _text(database)
    return (
        f"SELECT CAST(DATABASEPROPERTYEX({name}, N'Status') AS nvarchar(20)), "
        f"CAST(DATABASEPROPERTYEX({name}, N'IsInStandBy') AS int)"
    )


def there_sql(database: str) -> str:
    """Ask for a database's number; NULL where there is none."""
    return f"SELECT DB_ID({_text(database)})"


LIKENESS = "SELECT SUSER_SNAME(owner_sid), is_trustworthy_on FROM sys.databases WHERE name = ?"
"""What belongs to a database and is in no backup of it."""


def like_sql(aside: str, owner: str, *, is_trustworthy: bool) -> tuple[str, ...]:
    """Give it an owner, and the setting that a restore switches off."""
    trust = (f"ALTER DATABASE {_name(aside)} SET TRUSTWORTHY ON",) if is_trustworthy else ()
    return (f"ALTER AUTHORIZATION ON DATABASE::{_name(aside)} TO {_name(owner)}", *trust)


HOLDERS = (
    "SELECT DISTINCT TOP (20) s.session_id, s.login_name, s.program_name, s.host_name "
    "FROM sys.dm_tran_locks AS l JOIN sys.dm_exec_sessions AS s ON s.session_id = l.request_session_id "
    "WHERE l.resource_type = N'DATABASE' AND l.resource_database_id = DB_ID(?) AND s.session_id <> @@SPID "
    "AND s.is_user_process = 1 ORDER BY s.session_id"
)
"""Who uses a database, also from another one."""


def swap_sql(target: str, aside: str, safety: str, *, ends_sessions: bool) -> str:
    """Give the target's name to `aside` and `safety` to the target, in one batch.

    Shape: it is enough when the target is not there, or an earlier batch was cut off behind the first name. There is
    no TRY: it would keep the last of a statement's errors, and the first tells why.
    """
    there = f"DB_ID({_text(target)})"
    rename = f"ALTER DATABASE {_name(target)} MODIFY NAME = {_name(safety)};"
    if ends_sessions:
        rename = (
            f"ALTER DATABASE {_name(target)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; {rename} "
            f"ALTER DATABASE {_name(safety)} SET MULTI_USER;"
        )
    return (
        f"IF {there} IS NOT NULL BEGIN {rename} END; "
        f"IF {there} IS NULL ALTER DATABASE {_name(aside)} MODIFY NAME = {_name(target)}"
    )


def set_back_sql(target: str, safety: str, *, ends_sessions: bool) -> str:
    """Undo what a failed batch of `swap_sql` has done."""
    there, kept = f"DB_ID({_text(target)})", f"DB_ID({_text(safety)})"
    shared = f" IF {there} IS NOT NULL ALTER DATABASE {_name(target)} SET MULTI_USER;" if ends_sessions else ""
    return (
        f"IF {there} IS NULL AND {kept} IS NOT NULL "
        f"ALTER DATABASE {_name(safety)} MODIFY NAME = {_name(target)};{shared}"
    )


def end_sql(session: int) -> str:
    """End a session."""
    return f"KILL {session:d}"


def _name(text: str) -> str:
    return quote_identifier(text, "mssql")


def _text(text: str) -> str:
    return quote_literal(text, "mssql")
