"""The safe form of a risky MySQL or MariaDB statement: ALGORITHM and LOCK stated, so that the server fails closed."""

from __future__ import annotations

from typing import cast

from neoron.rules.remedy import Part, Remedy
from neoron.sql.actions import AddConstraint, Upkeep
from neoron.sql.lexer import Kind, tokens
from neoron.sql.quote import quote_identifier

ONLINE = "ALGORITHM=INPLACE, LOCK=NONE"


def stated_online(part: Part) -> Remedy | str:
    """ALTER TABLE with what it may cost; OPTIMIZE TABLE as the rebuild that it is.

    Source: MySQL manual, 13.1.9 ALTER TABLE, Performance and Space Requirements; MariaDB documentation, ALTER TABLE.
    """
    if isinstance(part.action, Upkeep):
        return _rebuilt(part)
    dialect = part.scene.engine
    words = [t.text.upper() for t in tokens(part.statement, dialect) if t.kind is Kind.WORD]
    if words[:1] != ["ALTER"]:
        return "only ALTER TABLE can state what it may cost"
    if "ALGORITHM" in words or "LOCK" in words:
        return "it states ALGORITHM or LOCK itself"
    if "PARTITION" in words or "PARTITIONING" in words:
        return "a change of partitions takes no ALGORITHM"
    end = max(t.start + len(t.text) for t in tokens(part.statement, dialect) if t.kind is not Kind.COMMENT)
    return Remedy(instead=(f"{part.statement[:end]}, {ONLINE}{part.statement[end:]}",))


def _rebuilt(part: Part) -> Remedy | str:
    action = cast(Upkeep, part.action)
    if not action.work.startswith("optimize") or len(action.tables) != 1:
        return "ask the server for each table by itself: ALTER TABLE … FORCE"
    table = action.tables[0]
    dialect = part.scene.engine
    name = ".".join(quote_identifier(p, dialect) for p in (table.schema, table.name) if p)
    return Remedy(instead=(f"ALTER TABLE {name} FORCE, {ONLINE}",))


def key_online(part: Part) -> Remedy | str:
    """A primary key: only over columns that are known to be NOT NULL, else the server copies the table."""
    action = cast(AddConstraint, part.action)
    known = part.scene.table(action.table).columns
    open_ = [c for c in action.constraint.columns if c not in known or known[c].is_nullable is not False]
    if open_:
        return f"not known to be NOT NULL, so the table would be copied: {', '.join(open_)}"
    return stated_online(part)
