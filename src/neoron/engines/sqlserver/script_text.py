"""The pieces of a script that sqlcmd and Management Studio cut into batches and send one after the other.

Neither stops at an error unless told to, so every batch first asks whether this session still holds the deploy lock:
the batch that fails gives the lock back, and whatever follows it writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neoron.engines.sqlserver.lock import HELD_SQL, RELEASE_SQL
from neoron.sql.quote import quote_literal

WAIT_MS = 60_000
_PIECE = 3900
"""Characters of a literal that is joined with others: up to 4,000 the server keeps its type."""

# What the client would take for its own inside a literal: a variable of sqlcmd, a line GO, a line for sqlcmd.
_CLIENTS = re.compile(r"\$(?=\()|\r?\n(?=[ \t]*(?:GO\b|:|!!))", re.IGNORECASE)
_STATE = 127
"""The state of our errors: sqlcmd leaves a script at it. Source: Microsoft, "sqlcmd utility", RAISERROR state 127."""


def pieces(text: str) -> list[str]:
    """A text as literals that, put together, are the text, and of which no client takes a part for its own."""
    ends = [match.end() for match in _CLIENTS.finditer(text)]
    cut = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    if len(cut) > 1:
        cut = [part[at : at + _PIECE] for part in cut for at in range(0, len(part), _PIECE)]
    return [quote_literal(part, "mssql") for part in cut if part] or ["N''"]


def literal(text: str) -> str:
    """A text of any length as an expression."""
    found = pieces(text)
    # Texts of up to 4,000 characters are joined to no more than that, unless one of them is of the long type.
    return found[0] if len(found) == 1 else f"CAST(N'' AS nvarchar(max)) + {' + '.join(found)}"


def execute(text: str) -> str:
    """A statement that is compiled when its turn comes, not with the batch around it.

    Source: Microsoft, "EXECUTE", character strings: a list of literals has no limit of length.
    """
    return f"EXEC({' + '.join(pieces(text))});"


def message(text: str) -> str:
    """A message as the one literal that THROW and PRINT take."""
    return quote_literal(plain(text)[:2000], "mssql")


def plain(text: str) -> str:
    """A text for a comment or a message: one line, in which sqlcmd finds no variable."""
    return " ".join(text.split()).replace("$(", "$ (")


def stop(text: str) -> str:
    """An error that ends the batch.

    Source: Microsoft, "THROW".
    """
    return f"THROW 50000, {message(f'neoron: stopped: {text}')}, {_STATE};"


def stop_unless(condition: str, text: str) -> str:
    """An error when the condition does not hold."""
    return f"IF NOT ({condition}) {stop(text)}"


def stop_if(condition: str, text: str) -> str:
    """An error when the condition holds."""
    return f"IF {condition} {stop(text)}"


def indented(lines: Sequence[str], depth: int = 1) -> list[str]:
    """Lines further to the right; what stands inside a literal stays as it is."""
    return [("    " * depth) + line if line else line for line in lines]


def batch(*lines: str) -> str:
    """A batch with the `GO` that ends it."""
    return "\n".join([*lines, "GO"])


HELD = stop_unless(HELD_SQL, "this session does not hold the deploy lock, or an earlier batch failed")


def guarded(lines: Sequence[str]) -> str:
    """A batch that runs only under the lock, and gives the lock back when it fails.

    Source: Microsoft, "TRY...CATCH", "THROW", "SET XACT_ABORT".
    """
    return batch(
        HELD,
        "BEGIN TRY",
        *indented(lines),
        "END TRY",
        "BEGIN CATCH",
        "    IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;",
        f"    {RELEASE_SQL}",
        "    THROW;",
        "END CATCH;",
    )


def unless(condition: str, said: str, lines: Sequence[str]) -> list[str]:
    """Lines that run where the condition does not hold; otherwise something is said."""
    return [f"IF {condition}", f"    PRINT {message(said)};", "ELSE", "BEGIN", *indented(lines), "END;"]


def in_transaction(version: str, lines: Sequence[str]) -> list[str]:
    """Lines as one transaction, which the statements in it may neither end nor leave with one more open."""
    closed = f"a statement of {version} opened or ended a transaction; nothing of {version} was kept"
    return [
        "BEGIN TRANSACTION;",
        *lines[:-1],
        stop_if("@@TRANCOUNT <> 1", closed),
        lines[-1],
        "COMMIT TRANSACTION;",
    ]


def settings(timeout_ms: int) -> str:
    """What every script starts with: the settings that indexes on expressions want, and no statement that passes.

    Source: Microsoft, "SET statements", settings required for indexes on computed columns and filtered indexes;
    sqlcmd itself begins with QUOTED_IDENTIFIER OFF.
    """
    on = ("ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "ARITHABORT", "CONCAT_NULL_YIELDS_NULL", "QUOTED_IDENTIFIER",
          "NOCOUNT", "XACT_ABORT")  # fmt: skip
    limit = [f"SET LOCK_TIMEOUT {timeout_ms:d};"] if timeout_ms else []
    off = ("NUMERIC_ROUNDABORT", "IMPLICIT_TRANSACTIONS")
    return batch(*(f"SET {name} ON;" for name in on), *(f"SET {name} OFF;" for name in off), *limit)


def take_lock(*, is_ascii: bool) -> str:
    """Take the runner's own lock, within a minute, or stop.

    Source: Microsoft, "sp_getapplock": every negative result means that it was not taken.
    """
    # Without a mark at its start sqlcmd reads a file in the machine's own code page.
    read = stop_if("UNICODE(N'Ω') <> 937", "this file was not read as UTF-8: sqlcmd needs -f 65001. Nothing changed")
    own = "a transaction of your own is open: this script has its own. Nothing changed"
    held = "the deploy lock is held by another session. Nothing changed"
    return batch(
        stop_if("@@TRANCOUNT <> 0", own),
        *([] if is_ascii else [read]),
        f"IF NOT ({HELD_SQL})",
        "BEGIN",
        "    DECLARE @taken int;",
        "    EXEC @taken = sp_getapplock @Resource = N'neoron', @LockMode = N'Exclusive', @LockOwner = N'Session', "
        f"@LockTimeout = {WAIT_MS:d};",
        f"    {stop_if('ISNULL(@taken, -999) < 0', held)}",
        "END;",
    )
