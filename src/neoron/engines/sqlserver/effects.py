"""What a batch keeps others from doing, and how it may be run.

A batch may hold many statements: it blocks as much as the strongest of them. The body of a module is not run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neoron.engines.roles import Effect
from neoron.engines.sqlserver.probes import probe
from neoron.model.plan import LockLevel
from neoron.sql.reader import Reader

has_transactional_ddl = True

NONE, WRITES, ALL, UNKNOWN = LockLevel.NONE, LockLevel.WRITES, LockLevel.ALL, LockLevel.UNKNOWN

# What an open transaction refuses. Source: Microsoft, "Transactions (Transact-SQL)", statements not allowed in explicit
# transactions; "CREATE INDEX", RESUMABLE; "Transactions with memory-optimized tables".
OUTSIDE = re.compile(
    r"\b(?:(?:ALTER|CREATE|DROP) (?:DATABASE(?! SCOPED| AUDIT)|FULLTEXT (?:CATALOG|INDEX))|BACKUP (?:DATABASE|LOG)"
    r"|RESTORE (?:DATABASE|LOG)|RECONFIGURE|RESUMABLE = ON|MEMORY_OPTIMIZED = ON)\b"
)
_MODULE = re.compile(r"(?:CREATE|ALTER|CREATE OR ALTER) (?:PROC|PROCEDURE|FUNCTION|TRIGGER|VIEW)\b")
# The words of a statement -> what it blocks, the strongest first. ALL stands for a schema modification lock, WRITES
# for a shared lock on the table. Source: Microsoft, "Transaction locking and row versioning guide", schema locks;
# "CREATE INDEX" and "ALTER INDEX", ONLINE; "ALTER TABLE", remarks about locks.
LOCKS: tuple[tuple[re.Pattern[str], LockLevel], ...] = (
    (re.compile(r"\b(?:ALTER|DROP) DATABASE\b|\bRESTORE (?:DATABASE|LOG)\b"), UNKNOWN),
    (re.compile(r"\bALTER TABLE \S+(?: \. \S+)* SWITCH\b|\bTRUNCATE TABLE\b|\bSP_RENAME\b"), ALL),
    (re.compile(r"\bALTER (?:TABLE|SCHEMA|INDEX (?!.*\bONLINE = ON\b|.*\bREORGANIZE\b))"), ALL),
    (re.compile(r"\bDROP (?:TABLE|INDEX|VIEW|PROC|PROCEDURE|FUNCTION|TRIGGER|SEQUENCE|SYNONYM|TYPE|SCHEMA)\b"), ALL),
    (re.compile(r"\bCREATE (?:UNIQUE )?CLUSTERED INDEX (?!.*\bONLINE = ON\b)"), ALL),
    (re.compile(r"\bALTER (?:VIEW|FUNCTION|TRIGGER)\b"), ALL),
    (re.compile(r"\bCREATE (?:UNIQUE )?(?:NONCLUSTERED )?(?:COLUMNSTORE )?INDEX (?!.*\bONLINE = ON\b)"), WRITES),
    (re.compile(r"\bCREATE (?:OR ALTER )?TRIGGER\b"), ALL),
    (re.compile(r"\bTABLOCKX\b"), ALL),
    (re.compile(r"\bTABLOCK\b"), WRITES),
    (re.compile(
        r"\b(?:CREATE|INSERT|UPDATE|DELETE|MERGE|SELECT|WITH|SET|GRANT|REVOKE|DENY|PRINT|DECLARE|IF|ALTER INDEX"
        r"|SP_ADDEXTENDEDPROPERTY|SP_UPDATEEXTENDEDPROPERTY|SP_DROPEXTENDEDPROPERTY)\b"
    ), NONE),
)  # fmt: skip
# What lets a failed statement pass, or keeps a statement from being run, undoes what the runner promises.
# Source: Microsoft, "SET XACT_ABORT", "SET IMPLICIT_TRANSACTIONS", "SET NOEXEC", "SET PARSEONLY", "SET FMTONLY".
_REFUSED = (
    (re.compile(r"\bSET XACT_ABORT OFF\b"), "SET XACT_ABORT OFF lets a failed statement pass"),
    (re.compile(r"\bSET IMPLICIT_TRANSACTIONS ON\b"), "SET IMPLICIT_TRANSACTIONS: the runner owns the transaction"),
    (re.compile(r"\bSET (?:NOEXEC|PARSEONLY|FMTONLY) ON\b"), "it keeps what follows from being run"),
)


def effect(statement: str) -> Effect:
    """The effect of one batch: its lock, whether a transaction may hold it, and how to ask what it left.

    Source: Microsoft, "Transaction locking and row versioning guide"; "Transactions (Transact-SQL)".
    """
    words = words_of(statement)
    is_module = _MODULE.match(words) is not None
    is_outside = not is_module and OUTSIDE.search(words) is not None
    return Effect(
        lock=_module_lock(words) if is_module else _lock(words),
        can_run_in_transaction=not is_outside,
        probe=probe(statement) if is_outside else "",
        refused="" if is_module else next((why for pattern, why in _REFUSED if pattern.search(words)), ""),
        is_session=is_setting(words),
    )


def words_of(statement: str) -> str:
    """The words and marks of a batch with one space between them; what is quoted becomes `x`.

    Source: Microsoft, "Database identifiers", delimited identifiers.
    """
    return " ".join(word or "x" for word in Reader.of(statement[:50_000], "mssql").words)


def is_setting(words: str) -> bool:
    """True for a batch that only sets what its session knows.

    Source: Microsoft, "SET statements".
    """
    parts = [part.strip() for part in re.split(r" ; ?|(?<!\S)(?=SET )", words) if part.strip(" ;")]
    return bool(parts) and all(re.match(r"SET [A-Z_]+(?: |$)", part) for part in parts)


def _module_lock(words: str) -> LockLevel:
    return NONE if re.match(r"CREATE (?!OR ALTER|TRIGGER)", words) else ALL


def _lock(words: str) -> LockLevel:
    return next((level for pattern, level in LOCKS if pattern.search(words)), UNKNOWN)


def unheld(statement: str, names: frozenset[str]) -> tuple[bool, frozenset[str]]:
    """Never: a transaction takes back the rows of every table.

    Source: Microsoft, "Transactions (Transact-SQL)".
    """
    return False, names


def surround(statements: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Nothing: a transaction needs no settings here.

    Source: Microsoft, "BEGIN TRANSACTION".
    """
    return (), (), ()
