"""The driver's errors in our words: the only place that looks into them."""

from __future__ import annotations

import re
import sys

from neoron.model.report import Fault

# Error number -> what it means to a run. Source: Microsoft, "Database Engine events and errors".
LOCK_WAITS = frozenset({1222, 1204})
"""The wait for a lock ended; the server has no more locks to give."""

DEADLOCKS = frozenset({1205, 3635})
# Azure SQL ends sessions when it moves a database, and says so with these. Source: Microsoft, "Troubleshoot transient
# connection errors in Azure SQL Database".
LOST = frozenset({
    -2, -1, 53, 64, 121, 233, 596, 1236, 4060, 6002, 6005, 10053, 10054, 10060, 10928, 10929, 40143, 40197, 40501,
    40540, 40549, 40550, 40613, 49918, 49919, 49920,
})  # fmt: skip
_LOST_STATES = ("08S01", "08001", "08003", "08007", "HYT01")
_WORDS = {
    207: "no column of that name", 208: "no table or view of that name", 547: "rows break a constraint",
    1105: "the database's files are full", 1205: "chosen as the victim of a deadlock",
    1222: "waited too long for a lock",
    1785: "two ways of cascading to one table", 1913: "an index of that name is there already",
    2627: "rows with the same key", 2601: "rows with the same key", 2705: "a column of that name is there already",
    2714: "an object of that name is there already", 3701: "it is not there, or this user may not drop it",
    3726: "a foreign key still refers to it", 3728: "no constraint of that name", 3906: "the database is read-only",
    4922: "something else depends on the column", 5074: "something else depends on the column",
    9002: "the transaction log is full", 15225: "no object of that name", 229: "this user lacks a right",
    262: "this user lacks a right", 297: "this user lacks a right", 300: "this user lacks a right",
}  # fmt: skip
_NUMBER = re.compile(r"\b(?:Msg|Error|error)[ :#]*(\d{2,6})\b|\((\d{2,6})\)")
_STATE = re.compile(r"\b(?:SQLSTATE|State)[ =:]*\[?([0-9A-Z]{5})\b|\[([0-9A-Z]{5})\]")
_PREFIX = re.compile(r"^(?:\[[^\]]*\]\s*)+")


def errors() -> tuple[type[BaseException], ...]:
    """The driver's error classes, for `except`; none before the driver is imported.

    Shape: with SQLAlchemy's wrapper of them as soon as a Python step has loaded SQLAlchemy.
    Source: mssql-python documentation, exceptions (PEP 249).
    """
    driver = sys.modules.get("mssql_python")
    wrapper = getattr(sys.modules.get("sqlalchemy.exc"), "DBAPIError", None)
    return (*((driver.Error,) if driver else ()), *((wrapper,) if wrapper else ()))


def code_of(error: BaseException) -> int:
    """The server's error number; 0 where the driver does not tell it.

    Source: Microsoft, "Database Engine events and errors"; mssql-python documentation, error messages.
    """
    for name in ("number", "native_error", "error_code"):
        value = getattr(error, name, None)
        if isinstance(value, int) and value:
            return value
    for text in _texts(error):
        match = _NUMBER.search(text)
        if match:
            return int(match.group(1) or match.group(2))
    return next((code for pattern, code in _BY_TEXT if pattern.search(" ".join(_texts(error)))), 0)


# Where the driver keeps the number to itself the message, which the server writes in English, still tells it.
_BY_TEXT = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        ("Lock request time out period exceeded", 1222), ("was deadlocked on lock", 1205), ("Invalid column name", 207),
        ("Invalid object name", 208), ("Violation of (?:PRIMARY|UNIQUE) KEY constraint", 2627),
        ("Cannot insert duplicate key row", 2601), ("duplicate key was found", 1505),
        ("conflicted with the (?:FOREIGN|CHECK|REFERENCE|SAME TABLE REFERENCE)", 547),
        ("There is already an object named", 2714), ("Column names in each table must be unique", 2705),
        ("is dependent on column", 5074), ("Cannot open database|database .* does not exist", 4060),
        ("Login failed for user", 18456), ("transaction log for database .* is full", 9002),
        ("database is read-only", 3906), ("permission was denied|does not have permission", 229),
        ("because it does not exist or you do not have", 3701),
    )
)  # fmt: skip


_ROW_VALUES = (
    (re.compile(r"The duplicate key value is \(.*\)\.?", re.DOTALL), ""),
    (re.compile(r"Truncated value: '.*'\.?", re.DOTALL), ""),
    (re.compile(r"(converting the \w+ value) '.*'(?= to)", re.DOTALL), r"\1"),
)


def _texts(error: BaseException) -> tuple[str, ...]:
    named = (getattr(error, name, "") for name in ("ddbc_error", "driver_error", "message"))
    return tuple(str(text) for text in (*named, *error.args) if text)


def _state(error: BaseException) -> str:
    value = getattr(error, "sqlstate", "") or getattr(error, "sqlstate_code", "")
    for text in (str(value), *_texts(error)):
        if re.fullmatch(r"[0-9A-Z]{5}", text):
            return text
        match = _STATE.search(text)
        if match:
            return match.group(1) or match.group(2)
    return ""


def message_of(error: BaseException) -> str:
    """What the server said, on one line, without the names of the driver's layers and the values of a row.

    Source: mssql-python documentation, error messages.
    """
    text = str(getattr(error, "ddbc_error", "") or (error.args[-1] if error.args else "") or error)
    for pattern, replacement in _ROW_VALUES:
        text = pattern.sub(replacement, text)
    return " ".join(_PREFIX.sub("", text.strip()).split()) or type(error).__name__


def translate(error: BaseException) -> Fault:
    """A driver's error in our words.

    Source: Microsoft, "Database Engine events and errors"; "SET LOCK_TIMEOUT" (1222); "Deadlocks guide" (1205).
    """
    error = getattr(error, "orig", None) or error
    code, state, text = code_of(error), _state(error), message_of(error)
    is_lost = code in LOST or state in _LOST_STATES or _is_broken(" ".join(_texts(error)))
    meaning = _WORDS.get(code, "")
    number = f" (error {code})" if code else ""
    return Fault(
        f"{meaning}: {text}{number}" if meaning else f"{text}{number}",
        code=str(code or state),
        is_lost=is_lost,
        is_retryable=code in LOCK_WAITS or code in DEADLOCKS,
        is_lock_wait=code in LOCK_WAITS,
    )


def _is_broken(text: str) -> bool:
    words = ("communication link failure", "connection is closed", "connection is broken", "broken pipe")
    return any(word in text.lower() for word in words)
