"""sqlite3's errors in our words; the only place that looks into one."""

from __future__ import annotations

import sqlite3

from neoron.model.report import Fault

_WORDS = {
    "SQLITE_FULL": "disk full: {message}",
    "SQLITE_READONLY": "the target is read-only: {message}",
    "SQLITE_CORRUPT": "the database file is damaged: {message}",
    "SQLITE_NOTADB": "the file is not a database",
    "SQLITE_IOERR": "reading or writing the file failed: {message}",
    "SQLITE_CANTOPEN": "the file, or the journal beside it, cannot be opened: {message}",
    "SQLITE_PERM": "no permission for the file: {message}",
    "SQLITE_INTERRUPT": "the statement was ended by its time limit",
}
_WAITS = ("SQLITE_BUSY", "SQLITE_LOCKED")


def errors() -> tuple[type[BaseException], ...]:
    """The driver's error classes, for `except`.

    Source: Python manual, sqlite3, "Exceptions": Warning stands beside Error, not below it.
    """
    return (sqlite3.Error, sqlite3.Warning)


def translate(error: BaseException) -> Fault:
    """A driver's error in our words; never lost, because the connection is a file.

    Source: SQLite, "Result and Error Codes": an extended code's name begins with its primary code's.
    """
    message = " ".join(str(error).split())
    code = primary_code(error)
    if code in _WAITS:
        # A read transaction that was overtaken (BUSY_SNAPSHOT) never gets the lock by waiting, only by a retry.
        text = f"the database is locked by another process: {message}"
        return Fault(text, code, is_retryable=True, is_lock_wait=True)
    return Fault(_WORDS.get(code, "{message}").replace("{message}", message), code)


def primary_code(error: BaseException) -> str:
    """The primary result code, such as `SQLITE_BUSY`; empty when the driver itself complained.

    Source: SQLite, "Result and Error Codes", primary versus extended codes: the low eight bits.
    """
    name = str(getattr(error, "sqlite_errorname", ""))
    return "_".join(name.split("_")[:2])
