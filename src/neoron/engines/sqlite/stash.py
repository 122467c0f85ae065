"""The stash of a SQLite file."""

from __future__ import annotations

import re

from neoron.engines.roles import Session
from neoron.engines.sqlite.reader import words as first_words
from neoron.engines.stash_words import Reference, StashColumn, StashWords
from neoron.engines.stashing import Stash, compare
from neoron.model.stash import Lost
from neoron.sql.classify import classify
from neoron.sql.quote import quote_identifier

_MAY_LOSE = re.compile(r"\b(?:DROP|DELETE|UPDATE)\b", re.IGNORECASE)


def _lost_by(statement: str) -> tuple[Lost, ...]:
    if not _MAY_LOSE.search(statement):
        return ()
    found = classify(statement, "sqlite")
    if found.verb in ("DELETE", "UPDATE") and found.tables:
        return (Lost(found.tables[0]),)
    if found.verb == "DROP TABLE":
        return tuple(Lost(table) for table in found.lost_tables)
    if found.lost_columns and "RENAME" not in first_words(statement, 8).split():
        return tuple(Lost(table, "", (column,)) for table, column in found.lost_columns)
    return ()


def _columns(session: Session, schema: str, table: str) -> list[StashColumn]:
    query = (
        "SELECT x.name, x.type, x.hidden > 1 FROM main.sqlite_master m, pragma_table_xinfo(m.name, 'main') x"
        " WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name = ? COLLATE NOCASE AND x.hidden <> 1"
        " ORDER BY x.cid"
    )
    return [StashColumn(name, type, bool(generated)) for name, type, generated in session.query(query, (table,))]


def _key(session: Session, schema: str, table: str) -> tuple[str, ...]:
    """The primary key, unless it may hold NULL, which SQLite allows where it is not declared otherwise."""
    rows = session.query('SELECT name, "notnull", type FROM pragma_table_info(?) WHERE pk ORDER BY pk', (table,))
    is_row_id = len(rows) == 1 and rows[0][2].upper() == "INTEGER"
    if rows and not is_row_id and not all(row[1] for row in rows):
        empty = " OR ".join(f"{quote_identifier(row[0], 'sqlite')} IS NULL" for row in rows)
        if session.query(f"SELECT 1 FROM {quote_identifier(table, 'sqlite')} WHERE {empty} LIMIT 1"):
            return ()
    return tuple(row[0] for row in rows)


def _followers(session: Session, schema: str, table: str) -> list[tuple[str, str]]:
    query = (
        "SELECT DISTINCT m.name FROM main.sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"
        " AND f.\"table\" = ? COLLATE NOCASE AND (f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"
        " OR f.on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) AND m.name <> ? COLLATE NOCASE"
    )
    return [("", name) for (name,) in session.query(query, (table, table))]


def _parents(session: Session, schema: str, table: str) -> list[Reference]:
    found: dict[int, list[tuple[str, str, str]]] = {}
    rows = session.query('SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq', (table,))
    for number, parent, column, to in rows:
        found.setdefault(number, []).append((parent, column, to or ""))
    return [
        Reference(tuple(p[1] for p in parts), "", parts[0][0], tuple(p[2] for p in parts if p[2]))
        for parts in found.values()
        if len([p for p in parts if p[2]]) in (0, len(parts))
    ]


def _silence(session: Session, schema: str, table: str) -> list[str]:
    """Take a table's triggers away; the statements that make them again."""
    query = "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
    triggers = session.query(query, (table,))
    for name, _sql in triggers:
        session.execute(f"DROP TRIGGER {quote_identifier(name, 'sqlite')}")
    return [sql for _name, sql in triggers]


STASH = Stash(
    StashWords(
        dialect="sqlite", mark="?", short="TEXT", long="TEXT",
        table_exists="SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?",
        as_text="{}", same_values="(typeof({0}) = typeof({1}) AND {0} IS {1} COLLATE BINARY)", cast="{0}",
        overriding="", folds=True, locks=lambda table: (), columns=_columns, key=_key, followers=_followers,
        parents=_parents, silence=_silence, settle_sequences=lambda session, schema, table: None,
    ),
    _lost_by, compare,
)  # fmt: skip
lost, send, entries, purge = STASH.lost, STASH.send, STASH.entries, STASH.purge
