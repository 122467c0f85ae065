"""The driver's errors in our words: the only place that looks into them."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import Any

from neoron.model.report import Fault

LOCK_WAIT = "55P03"
RETRYABLE = frozenset({LOCK_WAIT, "40P01", "40001", "53300"})
"""Lock limit reached, deadlock, serialization failure, no connection left."""

# The server ends the session with these: shutdown, crash, start-up, database dropped, idle limits.
_LOST = frozenset({"57P01", "57P02", "57P03", "57P04", "57P05", "25P03"})
# Details that quote a row: the column names help, the values may be anybody's.
_ROW_VALUES = (
    (re.compile(r"(Key \(.*?\))=\(.*?\)(?= (?:already|is |conflicts)|\.?$)", re.DOTALL), r"\1"),
    (re.compile(r" with existing key \((.*?)\)=\(.*\)", re.DOTALL), r" with an existing key (\1)"),
    (re.compile(r"Failing row contains \(.*\)\.?", re.DOTALL), ""),
)


@cache
def _driver_errors() -> tuple[type[BaseException], ...]:
    import psycopg

    return (psycopg.Error,)


def errors() -> tuple[type[BaseException], ...]:
    """The driver's error classes, for `except`.

    Shape: with SQLAlchemy's wrapper of them as soon as a Python step has loaded SQLAlchemy.
    Source: PEP 249, Exceptions.
    """
    wrapper = getattr(sys.modules.get("sqlalchemy.exc"), "DBAPIError", None)
    return (*_driver_errors(), wrapper) if wrapper else _driver_errors()


def translate(error: BaseException) -> Fault:
    """A driver's error in our words: the server's message, never the statement or the values of a row.

    Source: PostgreSQL manual, appendix A "PostgreSQL Error Codes"; "Error and Notice Message Fields".
    """
    original: Any = getattr(error, "orig", None) or error
    code = getattr(original, "sqlstate", None) or ""
    return Fault(
        message=_message(original),
        code=code,
        is_lost=_is_lost(original, code),
        is_retryable=code in RETRYABLE,
        is_lock_wait=code == LOCK_WAIT,
    )


def _is_lost(error: Any, code: str) -> bool:
    import psycopg

    if code:
        return code in _LOST or code.startswith("08")
    # libpq itself reports a broken connection, and it has no SQLSTATE for that.
    return isinstance(error, psycopg.OperationalError)


def _message(error: Any) -> str:
    diagnostics = getattr(error, "diag", None)
    if diagnostics is None or not diagnostics.message_primary:
        lines = str(error).strip().splitlines()
        return lines[0].strip() if lines else type(error).__name__
    detail = diagnostics.message_detail or ""
    for pattern, replacement in _ROW_VALUES:
        detail = pattern.sub(replacement, detail)
    hint = f"Hint: {diagnostics.message_hint}" if diagnostics.message_hint else ""
    parts = [diagnostics.message_primary, detail, hint]
    return ". ".join(" ".join(part.split()).rstrip(".") for part in parts if part.strip())
