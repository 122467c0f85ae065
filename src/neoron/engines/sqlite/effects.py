"""What a statement keeps others from doing in a SQLite file, and how it may be run.

SQLite locks the whole file, never a table: one writer at a time. Without WAL that writer keeps readers out
too, from the moment it writes pages back; in WAL mode readers go on. A plan is made without asking which, so
every write counts as blocking all.
"""

from __future__ import annotations

from collections.abc import Sequence

from neoron.engines.roles import Effect
from neoron.engines.sqlite.reader import change, renamed_tables, words
from neoron.model.plan import LockLevel

has_transactional_ddl = True

_READS = ("SELECT", "VALUES", "EXPLAIN", "PRAGMA")

_TRANSACTIONS = ("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE")
_REFUSED_PRAGMAS = {
    "JOURNAL_MODE": "the journal mode belongs to the file and cannot change inside a transaction",
    "FOREIGN_KEYS": "it is ignored inside a transaction; Neoron itself switches it around a table rebuild",
    "WRITABLE_SCHEMA": "it lets statements damage the schema",
}
_FOREIGN_KEYS_BROKEN = (
    "SELECT 'row '||coalesce(rowid,'?')||' of '||\"table\"||' breaks its reference to '||parent "
    "FROM pragma_foreign_key_check"
)
_REPEAT = "SELECT 'undone'"
"""For a statement that may simply be run once more."""


def effect(statement: str) -> Effect:
    """The effect of one statement: what it blocks, and whether a transaction may hold it.

    Source: SQLite, "File Locking And Concurrency", "Write-Ahead Logging", and "VACUUM": not inside a transaction.
    """
    verb = words(statement, 1)
    if verb in ("CREATE", "DROP", "ALTER"):
        return Effect(LockLevel.ALL)
    if verb == "VACUUM":
        return _vacuum(statement)
    if verb in ("ATTACH", "DETACH"):
        return Effect(LockLevel.NONE, refused=f"{verb} reaches other files than this target")
    if verb in _TRANSACTIONS:
        return Effect(LockLevel.NONE, refused=f"{verb}: the runner owns the transaction")
    if verb == "PRAGMA":
        return _pragma(statement)
    # WITH may begin a query as well; it counts as the write that it may be.
    return Effect(LockLevel.NONE if verb in _READS else LockLevel.ALL)


def _vacuum(statement: str) -> Effect:
    if " INTO " in f" {words(statement, 3)} ":
        return Effect(LockLevel.NONE, refused="VACUUM INTO writes another file than this target")
    return Effect(LockLevel.ALL, can_run_in_transaction=False, probe=_REPEAT)


def _pragma(statement: str) -> Effect:
    names = words(statement.replace(".", " "), 3).split()[1:]
    refused = next((f"PRAGMA {n.lower()}: {_REFUSED_PRAGMAS[n]}" for n in names if n in _REFUSED_PRAGMAS), "")
    return Effect(LockLevel.NONE, refused=refused)


def unheld(statement: str, names: frozenset[str]) -> tuple[bool, frozenset[str]]:
    """Never: a transaction takes back the rows of every table.

    Source: SQLite documentation, "Transaction".
    """
    return False, names


def surround(statements: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Settings before, checks inside at the end, and settings after a transaction of these statements.

    Shape: foreign keys are off while a table is dropped, or dropping it deletes what refers to it (measured: every
    child row, with a clean foreign_key_check afterwards). The old behaviour of ALTER TABLE is for a rebuild only:
    it keeps the references of other tables, views and triggers to the rebuilt name, and in a rename that is meant
    as one it would leave them behind at the old name.
    Source: SQLite, "ALTER TABLE", section 7; "SQLite Foreign Key Support", section 5; both settings are ignored or
    refused inside a transaction.
    """
    drops = [s for s in statements if (found := change(s)) and (found.verb, found.kind) == ("DROP", "table")]
    rebuilds, renames = renamed_tables(statements)
    if not drops and not rebuilds:
        return (), (), ()
    before, after = ["PRAGMA foreign_keys=OFF"], ["PRAGMA foreign_keys=ON"]
    if rebuilds and not renames:
        before.append("PRAGMA legacy_alter_table=ON")
        after.insert(0, "PRAGMA legacy_alter_table=OFF")
    return tuple(before), (_FOREIGN_KEYS_BROKEN,), tuple(after)
