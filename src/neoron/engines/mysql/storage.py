"""Tables whose rows no transaction takes back: those of MyISAM, Aria, MEMORY and their like.

A write to one stays when its transaction is rolled back, and a MySQL whose transactions have identifiers refuses it
beside other writes (error 1785). So it runs alone, noted before and after.
"""

from __future__ import annotations

import re

from neoron.engines.mysql.losses import lost_by
from neoron.engines.roles import Session
from neoron.sql.classify import classify
from neoron.sql.reader import Reader

_HELD = frozenset({"INNODB", "NDB", "NDBCLUSTER", "ROCKSDB", "TOKUDB", "SPIDER"})
_UNHELD = frozenset({
    "MYISAM", "ARIA", "MEMORY", "HEAP", "CSV", "ARCHIVE", "MERGE", "MRG_MYISAM", "BLACKHOLE", "FEDERATED", "CONNECT",
    "S3",
})  # fmt: skip
_OF_TARGET = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
    f" AND UPPER(engine) NOT IN ({', '.join(repr(name) for name in sorted(_HELD))})"
)
_MAKES = re.compile(r"(?:CREATE (?:OR REPLACE )?|ALTER (?:ONLINE |IGNORE )*)TABLE |RENAME TABLES? ")
_MAY_SAY = re.compile(r"\b(?:ENGINE|LIKE|RENAME)\b", re.IGNORECASE)


def unheld_tables(session: Session) -> frozenset[str]:
    """The names of this database's tables whose rows no transaction takes back, in lower case.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema TABLES Table"; MySQL manual, "Alternative Storage Engines".
    """
    return frozenset(str(name).lower() for (name,) in session.query(_OF_TARGET))


def unheld(statement: str, names: frozenset[str]) -> tuple[bool, frozenset[str]]:
    """Whether a statement writes rows of these tables, and which tables are like them after it.

    Source: MySQL manual, "Restrictions on Replication with GTIDs"; MariaDB manual, "ROLLBACK".
    """
    text = statement[:20_000]
    if names and not names.isdisjoint(_written(text)):
        return True, names
    return False, _after(text, names) if _MAY_SAY.search(text) else names


def _written(statement: str) -> set[str]:
    verb = (facts := classify(statement, "mysql")).verb
    if verb in ("INSERT", "REPLACE"):
        return {table.rpartition(".")[2].lower() for table in facts.tables[:1]}
    if verb in ("UPDATE", "DELETE"):
        return {lost.table.lower() for lost in lost_by(statement)}
    reader = Reader.of(statement, "mysql")
    if verb == "LOAD" and reader.find("INTO") and reader.find("TABLE"):
        return _last(reader.parts())
    return set()


def _after(statement: str, names: frozenset[str]) -> frozenset[str]:
    reader = Reader.of(statement, "mysql")
    if not _MAKES.match(" ".join(word or "x" for word in reader.words)):
        return names
    ends = ("TO", ",") if reader.word() == "RENAME" else ("TO", "LIKE")
    while reader.word() not in ("TABLE", "TABLES"):
        reader.at += 1
    reader.at += 1
    reader.skip_any("IF", "NOT", "EXISTS")
    touched, start = _last(reader.parts()), reader.at
    while reader.find(*ends):  # a table that is renamed, or made like another, stays with its engine
        touched |= _last(reader.parts())
    reader.at = start
    engine = _engine(reader)
    is_unheld = engine in _UNHELD or (not engine and not names.isdisjoint(touched))
    return names | touched if is_unheld else names - touched if engine else names


def _engine(reader: Reader) -> str:
    """The storage engine that a table gets; empty where the text names none that is known."""
    while reader.find("ENGINE"):
        reader.skip("=")
        name = "" if reader.is_done else reader.source[reader.at].text.strip("'\"`").upper()
        if name in _UNHELD or name in _HELD:
            return name
    return ""


def _last(parts: list[str]) -> set[str]:
    return {name.lower() for name in parts[-1:]}
