"""The driver's errors in our words: the only place that looks into them."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import Any

from neoron.model.report import Fault

LOCK_WAIT = 1205
RETRYABLE = frozenset({LOCK_WAIT, 1213, 1040, 1020, 3572})
"""Lock wait over, deadlock, no connection left, row changed since the snapshot, NOWAIT."""

NO_RIGHT = frozenset({1044, 1045, 1142, 1143, 1227, 1370})
"""A right is missing: on the database, a table, a column, a routine, or for the whole server."""

MIXED_ENGINES = 1785
"""MySQL with transaction identifiers: tables with and without transactions are written together."""

UNBEGUN = frozenset({1064, 1142, MIXED_ENGINES, 1787, 3748})
"""A change of rows that was refused while it was read: its grammar, its rights, an engine beside another."""

# Source: MySQL manual, "Restrictions on Replication with GTIDs".
_TEMPORARY = "; set the server's binlog_format to ROW, or make an ordinary table and drop it"
_HINTS = {
    MIXED_ENGINES: "; it reaches a table without transactions, maybe by a trigger or a view: give that ENGINE=InnoDB",
    1786: "; write CREATE TABLE and INSERT … SELECT as two statements, or upgrade to 8.0.21",
    1787: _TEMPORARY,  # before 8.0.13, whatever the log's form is
    3748: _TEMPORARY,
}
# The server is gone, or it ended the session: client errors 2xxx, and shutdown, kill, idle limits.
_LOST = frozenset({0, 1053, 1080, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 2055, 4031})
# The key's values may be anybody's; the key's name helps.
_ROW_VALUES = (
    (re.compile(r"Duplicate entry '.*' for key", re.DOTALL), "Duplicate entry for key"),
    (re.compile(r"(Incorrect \w+ value|Data truncated|Truncated incorrect \w+ value): '.*'(?= for column|$)",
                re.DOTALL), r"\1"),
)  # fmt: skip


@cache
def _driver_errors() -> tuple[type[BaseException], ...]:
    import pymysql

    return (pymysql.err.Error,)


def errors() -> tuple[type[BaseException], ...]:
    """The driver's error classes, for `except`.

    Shape: with SQLAlchemy's wrapper of them as soon as a Python step has loaded SQLAlchemy.
    Source: PEP 249, Exceptions.
    """
    wrapper = getattr(sys.modules.get("sqlalchemy.exc"), "DBAPIError", None)
    return (*_driver_errors(), wrapper) if wrapper else _driver_errors()


def translate(error: BaseException) -> Fault:
    """A driver's error in our words: the server's message, never the values of a row.

    Source: MariaDB manual, "MariaDB Error Code Reference"; MySQL manual, "Server Error Message Reference".
    """
    original: Any = getattr(error, "orig", None) or error
    code, message = code_of(original), _message(original)
    return Fault(
        message=message.rstrip(".") + _HINTS[code] if code in _HINTS else message,
        code=str(code),
        is_lost=code in _LOST,
        is_retryable=code in RETRYABLE,
        is_lock_wait=code in (LOCK_WAIT, 3572),
        is_unbegun=code in UNBEGUN,
    )


def code_of(error: BaseException) -> int:
    """The server's or client's error number; 0 for a closed connection, -1 when there is none.

    Source: PyMySQL, `err`: the number is the first argument.
    """
    first = error.args[0] if error.args else -1
    return first if isinstance(first, int) else -1


def _message(error: BaseException) -> str:
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    text = text or "the connection was lost"
    for pattern, replacement in _ROW_VALUES:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())
