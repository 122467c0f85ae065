"""What a statement would take away, as its text tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neoron.model.stash import Lost
from neoron.sql.classify import classify
from neoron.sql.reader import Reader

_MAY_LOSE = re.compile(
    r"\b(?:DROP|DELETE|UPDATE|TRUNCATE|MODIFY|CHANGE|CONVERT|REPLACE|IGNORE)\b", re.IGNORECASE
)
_NO_COLUMN = frozenset({
    "INDEX", "KEY", "PRIMARY", "FOREIGN", "CONSTRAINT", "CHECK", "PARTITION", "SYSTEM", "PERIOD",
})  # fmt: skip


def lost_by(statement: str) -> tuple[Lost, ...]:
    """The tables and columns that a statement takes something of, each as often as it is named.

    Source: MariaDB manual, "SQL Statements"; MySQL manual, "SQL Statements".
    """
    if not _MAY_LOSE.search(statement):
        return ()
    reader = Reader.of(statement, "mysql")
    verb = reader.word()
    if verb == "ALTER":
        return tuple(_altered(reader))
    if verb == "CREATE":
        is_replacing = reader.word(1) == "OR" and reader.word(3) == "TABLE"
        reader.at = 4
        reader.skip("IF", "NOT", "EXISTS")
        return (_lost(reader.parts()),) if is_replacing else ()
    if verb == "TRUNCATE":
        reader.at = 1
        reader.skip("TABLE")
        return (_lost(reader.parts()),)
    if verb == "DROP":
        return tuple(_dropped(reader))
    return tuple(_written(statement, reader))


def _lost(parts: list[str], *columns: str) -> Lost:
    return Lost(parts[-1] if parts else "", parts[-2] if len(parts) > 1 else "", columns)


def _dropped(reader: Reader) -> Iterator[Lost]:
    reader.at = 1
    if not (reader.skip("TABLE") or reader.skip("TABLES")):
        return
    reader.skip("IF", "EXISTS")
    yield _lost(reader.parts())
    while reader.skip(","):
        yield _lost(reader.parts())


def _written(statement: str, reader: Reader) -> Iterator[Lost]:
    """UPDATE, DELETE, REPLACE, and INSERT … ON DUPLICATE KEY UPDATE: rows of the tables that they name."""
    facts = classify(statement, "mysql")
    while reader.word() not in (facts.verb, ""):  # WITH … comes before
        reader.at += 1
    reader.at += 1
    reader.skip_any("LOW_PRIORITY", "QUICK", "IGNORE", "DELAYED")
    if facts.verb == "UPDATE":
        yield from map(_lost, _referred(reader, "SET"))
    elif facts.verb == "DELETE":
        # Of joined tables any may be the one whose rows go, and aliases hide which.
        start = reader.at
        is_single = reader.skip("FROM") and not reader.find("USING")
        reader.at = start
        reader.find("FROM" if is_single or not reader.skip("FROM") else "USING")
        yield from map(_lost, _referred(reader, "WHERE"))
    elif facts.tables and (facts.verb == "REPLACE" or (facts.verb == "INSERT" and reader.find("DUPLICATE"))):
        yield _lost(_split(facts.tables[0]))


def _referred(reader: Reader, end: str) -> Iterator[list[str]]:
    """The tables named up to a word, those of subqueries left out."""
    is_next = True
    while reader.word() != end and not reader.is_done:
        if is_next and reader.word() != "(":
            yield reader.parts()
            is_next = False
            continue
        if reader.word() == "(" and (not is_next or reader.word(1) in ("SELECT", "WITH")):
            reader.skip_parentheses()
            is_next = False
            continue
        is_next = reader.word() in (",", "JOIN", "STRAIGHT_JOIN") or (is_next and reader.word() == "(")
        reader.at += 1


def _split(name: str) -> list[str]:
    return name.split(".")


def _altered(reader: Reader) -> Iterator[Lost]:
    reader.at = 1
    reader.skip("ONLINE")
    is_ignoring = reader.skip("IGNORE")
    if not reader.skip("TABLE"):
        return
    reader.skip("IF", "EXISTS")
    table = reader.parts()
    if is_ignoring:
        yield _lost(table)  # a new unique key throws rows away
    for action in reader.actions():
        yield from _acted(action, table)


def _acted(action: Reader, table: list[str]) -> Iterator[Lost]:
    verb = action.word()
    action.at += 1
    if verb == "CONVERT" or (verb in ("DROP", "TRUNCATE") and action.word() == "PARTITION"):
        yield _lost(table)
    elif verb in ("MODIFY", "CHANGE") or (verb == "DROP" and action.word() not in _NO_COLUMN):
        action.skip("COLUMN")
        action.skip("IF", "EXISTS")
        if column := action.name():
            yield _lost(table, column)
