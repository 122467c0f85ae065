"""CONCURRENTLY for PostgreSQL statements that build, rebuild or drop an index, and REFRESH."""

from __future__ import annotations

from typing import cast

from neoron.rules.names_postgresql import written
from neoron.rules.remedy import Part, Phase, Remedy
from neoron.sql.actions import CreateIndex, Drop, Upkeep
from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.parts import Name


def safe_build(part: Part) -> Remedy | str:
    """CREATE INDEX CONCURRENTLY, outside transactions."""
    index = cast(CreateIndex, part.action).index
    if part.scene.table(index.table).is_partitioned:
        return "an index of a partitioned table is built partition by partition: CREATE INDEX ON ONLY, then ATTACH"
    undo = (f"DROP INDEX CONCURRENTLY IF EXISTS {written(Name(index.name, index.table.schema))}",) if index.name else ()
    return _outside(_with_word(part.statement, "INDEX"), undo)


def safe_drop(part: Part) -> Remedy | str:
    """DROP INDEX CONCURRENTLY, one by one."""
    action = cast(Drop, part.action)
    if action.is_cascade:
        return "CONCURRENTLY knows no CASCADE: drop what depends on the index first"
    if any(table.is_partitioned and name.name in table.indexes
           for table in part.scene.tables.values() for name in action.names):  # fmt: skip
        return "an index of a partitioned table cannot be dropped concurrently"
    exists = "IF EXISTS " if action.if_exists else ""
    return Remedy(then=tuple(
        Phase(brief=(f"DROP INDEX CONCURRENTLY {exists}{written(name)}",), is_outside=True) for name in action.names
    ))  # fmt: skip


def safe_reindex(part: Part) -> Remedy | str:
    """REINDEX … CONCURRENTLY, outside transactions."""
    if part.scene.version < (12,):
        return "REINDEX CONCURRENTLY came with PostgreSQL 12"
    for word in ("INDEX", "TABLE", "SCHEMA", "DATABASE"):
        if _word(part.statement, word):
            return _outside(_with_word(part.statement, word))
    return "indexes of the catalog cannot be rebuilt concurrently"


def safe_refresh(part: Part) -> Remedy | str:
    """REFRESH MATERIALIZED VIEW CONCURRENTLY, where a unique index is known to be there."""
    action = cast(Upkeep, part.action)
    indexes = [i for name in action.tables for i in part.scene.table(name).indexes.values()]
    if not any(i.is_unique and not i.is_filtered and i.columns and all(i.columns) for i in indexes):
        return "it needs a unique index over plain columns of the view"
    if _word(part.statement, "NO"):
        return "WITH NO DATA cannot be concurrent"
    return Remedy(instead=(_with_word(part.statement, "VIEW"),))


def outside(part: Part) -> Remedy | str:
    """The statement as it is, outside transactions."""
    return _outside(part.statement) if not part.action.inside else "take it out of the body that it stands in"


def _outside(statement: str, undo: tuple[str, ...] = ()) -> Remedy:
    return Remedy(then=(Phase(brief=(statement,), is_outside=True, undo=undo),))


def _with_word(statement: str, after: str) -> str:
    found = _word(statement, after)
    at = found.start + len(found.text) if found else 0
    return f"{statement[:at]} CONCURRENTLY{statement[at:]}"


def _word(statement: str, word: str) -> Token | None:
    depth = 0
    for token in tokens(statement, "postgresql"):
        depth += (token.text == "(") - (token.text == ")")
        if token.kind is Kind.WORD and token.text.upper() == word and not depth:
            return token
    return None
