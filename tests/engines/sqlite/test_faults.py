"""sqlite3's errors in our words."""

from __future__ import annotations

import sqlite3

import pytest

from neoron.engines.sqlite.faults import errors, translate
from neoron.engines.sqlite.session import Session


def _fault_of(session: Session, statement: str) -> tuple[str, str]:
    with pytest.raises(errors()) as caught:
        session.execute(statement)
    fault = translate(caught.value)
    assert not fault.is_lost
    return fault.code, fault.message


def test_a_broken_constraint_keeps_its_message(session: Session) -> None:
    """A constraint error names the table and column, as SQLite said it."""
    session.execute("CREATE TABLE a(x UNIQUE)")
    session.execute("INSERT INTO a VALUES (1)")
    code, message = _fault_of(session, "INSERT INTO a VALUES (1)")
    assert (code, message) == ("SQLITE_CONSTRAINT", "UNIQUE constraint failed: a.x")


def test_a_syntax_error_is_not_worth_a_retry(session: Session) -> None:
    """A wrong statement fails once, with its own words."""
    assert _fault_of(session, "CREATE TABEL a(x)") == ("SQLITE_ERROR", 'near "TABEL": syntax error')


def test_two_statements_at_once_are_an_error_of_the_driver(session: Session) -> None:
    """The driver's own complaint is caught as well, whatever class it has in this Python version."""
    assert "one statement at a time" in _fault_of(session, "SELECT 1; SELECT 2")[1]


@pytest.mark.parametrize(
    ("name", "words", "is_retryable"),
    [
        ("SQLITE_BUSY_SNAPSHOT", "locked by another process", True),
        ("SQLITE_LOCKED_SHAREDCACHE", "locked by another process", True),
        ("SQLITE_FULL", "disk full", False),
        ("SQLITE_READONLY_DIRECTORY", "read-only", False),
        ("SQLITE_IOERR_WRITE", "reading or writing the file failed", False),
        ("SQLITE_CORRUPT_INDEX", "damaged", False),
        ("SQLITE_NOTADB", "the file is not a database", False),
    ],
)
def test_extended_codes_count_as_their_primary_code(name: str, words: str, is_retryable: bool) -> None:
    """Only a lock is worth a retry."""
    error = sqlite3.OperationalError("some\ntext")
    setattr(error, "sqlite_errorname", name)
    fault = translate(error)
    assert words in fault.message
    assert "\n" not in fault.message
    assert (fault.is_retryable, fault.is_lock_wait) == (is_retryable, is_retryable)
