"""What a migration must not contain: transaction control, and commands for the client or the session."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, pairwise

from neoron.sql.batch_commands import batch_command, batch_transaction_control
from neoron.sql.copying import copy_stream
from neoron.sql.dialects import dialect_named
from neoron.sql.lexer import Kind, tokens
from neoron.sql.quote import unquote_identifier

_TRANSACTION = ("BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE TRANSACTION")
_AUTOCOMMIT = ("SET AUTOCOMMIT", "SET SESSION AUTOCOMMIT", "SET GLOBAL AUTOCOMMIT", "SET @@AUTOCOMMIT")
_TO_SAVEPOINT = ("ROLLBACK TO", "ROLLBACK WORK TO", "ROLLBACK TRANSACTION TO")
_SESSION = {
    "USE": "USE", "ATTACH": "ATTACH", "DETACH": "DETACH", "SOURCE": "SOURCE",
    "SET SESSION AUTHORIZATION": "SET SESSION AUTHORIZATION",
    "SET LOCAL SESSION AUTHORIZATION": "SET SESSION AUTHORIZATION",
    "RESET SESSION AUTHORIZATION": "SET SESSION AUTHORIZATION",
    "LOAD DATA LOCAL": "LOAD DATA LOCAL", "LOAD DATA CONCURRENT LOCAL": "LOAD DATA LOCAL",
    "LOAD DATA LOW_PRIORITY LOCAL": "LOAD DATA LOCAL",
}  # fmt: skip
_FIRST_WORD = re.compile(r"([A-Za-z]+)\s")
_SUSPECT = frozenset(words.split()[0] for words in (*_TRANSACTION, *_AUTOCOMMIT, *_SESSION, "COPY"))


def transaction_control(statement: str, dialect: str) -> str:
    """The keyword with which a statement opens or ends a transaction; empty for savepoints and all else."""
    if dialect_named(dialect).has_batches:
        return batch_transaction_control(statement, dialect)
    head = _head(statement, dialect)
    if head.startswith(tuple(f"{words} " for words in _TO_SAVEPOINT)):
        return ""
    if head.replace("@ ", "@").startswith(_AUTOCOMMIT):
        return "SET autocommit"
    return next((words for words in _TRANSACTION if head.startswith(f"{words} ")), "")


def session_command(statement: str, dialect: str) -> str:
    """The name of what a migration must not contain; empty when the statement is for the server and stays in it."""
    if dialect_named(dialect).has_batches:
        return batch_command(statement, dialect)
    head = _head(statement, dialect)
    stream = copy_stream(statement, dialect) if head.startswith("COPY ") else ""
    if stream:
        return f"COPY {stream}"
    if head.startswith("."):
        return "dot-command"
    if "\\" in statement and _has_backslash(statement, dialect):
        return "psql meta-command"
    found = next((reason for words, reason in _SESSION.items() if head.startswith(f"{words} ")), "")
    return found or _refused_call(statement, dialect)


@lru_cache(maxsize=64)
def _head(statement: str, dialect: str) -> str:
    """The first words with one space after each, upper case; a statement that begins with a mark begins with it.

    Shape: only the first word where no refused command begins with it.
    """
    first = _FIRST_WORD.match(statement)
    if first and first.group(1).upper() not in _SUSPECT:
        return f"{first.group(1).upper()} "
    solid = (t.text for t in tokens(statement, dialect) if t.kind is not Kind.COMMENT)
    return " ".join(islice(solid, 6)).upper() + " "


def _has_backslash(statement: str, dialect: str) -> bool:
    return any(t.text == "\\" for t in tokens(statement, dialect))


def _refused_call(statement: str, dialect: str) -> str:
    refused = [name for name in dialect_named(dialect).refused_functions if name in statement.lower()]
    if not refused:
        return ""
    solid = [t for t in tokens(statement, dialect) if t.kind is not Kind.COMMENT]
    names_called = (a for a, b in pairwise(solid) if b.text == "(" and a.kind in (Kind.WORD, Kind.IDENTIFIER))
    names = {unquote_identifier(token.text, dialect).lower() for token in names_called}
    return next((name for name in refused if name in names), "")
